# SPDX-License-Identifier: ISC
"""One trace under every TTL: the hit ratio were all records given the same life, replayed, and as the model has it.

Also what was asked and how often, from which the model and the histograms of TTLs come. Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab import models
from resolver.lab.comparison.candidates import read_candidates
from resolver.lab.replay.changes import grown
from resolver.lab.replay.questions import Preparation, Questions, World
from resolver.lab.replay.replaying import Arm, Progress, replay
from resolver.lab.traces.rows import Trace
from resolver.policy import Subject

TTLS: Final = (5, 15, 30, 60, 300, 900, 3600, 21600, 86400)
_POINTS: Final = 61


@dataclass(frozen=True, slots=True)
class ByTtl:
    """Hit ratios by TTL in seconds: replayed at `TTLS`, modelled at `lengths`; how often each subject was asked."""

    replayed: tuple[float, ...]
    lengths: tuple[float, ...]
    modelled: tuple[float, ...]
    subjects: tuple[Subject, ...]
    asked: NDArray[np.int64]
    span_s: float


@dataclass(slots=True)
class _Asked:
    """How often each RRset and each subject was asked."""

    rrsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    subjects: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, arm: int, block: Questions, outcomes: NDArray[np.uint8]) -> None:
        if arm == 0:
            self.rrsets = _counted(self.rrsets, block.rrset)
            self.subjects = _counted(self.subjects, block.subject)


def _counted(counts: NDArray[np.int64], numbers: NDArray[np.int32]) -> NDArray[np.int64]:
    more = np.bincount(numbers)
    counts = grown(counts, len(more), 0)
    counts[: len(more)] += more
    return counts


def by_ttl(trace: Trace, world: World, progress: Progress | None = None) -> ByTtl:
    """Replay `trace` from an empty cache under each of `TTLS`; outages of `world` are left out.

    Raises what reading the trace raises.
    """
    quiet = World((), world.change_s, world.missing_ttl, world.seed)
    preparation, asked = Preparation(trace, quiet), _Asked()
    words = [f"rfc:max={ttl}+min={ttl}+negative_max={ttl}+negative_min={ttl}" for ttl in TTLS]
    arms = [Arm(candidate.policy) for candidate in read_candidates(words)]
    tallies = replay(preparation, arms, progress=progress, observe=asked.add)
    span = tallies[0].span_s
    lengths = tuple(np.geomspace(TTLS[0], TTLS[-1], _POINTS).tolist())
    return ByTtl(
        tuple(tally.data_hit for tally in tallies),
        lengths,
        tuple(modelled(asked.rrsets, span, length) for length in lengths),
        tuple(preparation.subjects),
        asked.subjects[: len(preparation.subjects)],
        span,
    )


def modelled(asked: Sequence[int] | NDArray[np.int64], span_s: float, ttl: float) -> float:
    """The hit ratio of Poisson questions, `asked` so often each within `span_s` seconds, from an empty cache.

    Σ nᵢ·λᵢT/(1+λᵢT) / Σ nᵢ with λᵢ = (nᵢ−1)/span: what a question finds was brought by one of the others. That is 0
    for who is asked once, and for T = span exactly what an empty cache leaves: one miss each. Longer TTLs add nothing.
    """
    counts = np.asarray(asked, np.float64)
    counts = counts[counts > 0]
    if not len(counts) or span_s <= 0:
        return 0.0
    return models.over_names(counts, models.hit_ratio((counts - 1.0) / span_s, min(ttl, span_s)))
