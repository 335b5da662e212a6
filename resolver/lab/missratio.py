# SPDX-License-Identifier: ISC
"""Miss ratios by size of cache and by cap on TTLs, from a sample of names: each curve point with its error.

Spatial sampling (SHARDS, Waldspurger et al., FAST 2015): a hash picks names, and their questions go through caches as
much smaller as the sample; that works for any order of eviction (miniature simulation, Waldspurger et al., ATC 2017).
A sample tells by how much a cache misses more than one without limit and cap, which the whole trace then tells exactly:
which names are in a sample matters far less to that than to the misses themselves. Several samples tell the error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.comparison.intervals import student_t
from resolver.lab.replay.eviction import Eviction
from resolver.lab.replay.outcome import Kind
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, Progress, replay
from resolver.lab.replay.results import Tally
from resolver.lab.traces.chance import unit
from resolver.lab.traces.columns import rows_of
from resolver.lab.traces.rows import Columns, Row, Trace
from resolver.policy import Policy, PositiveBounds
from resolver.units import Seconds

SAMPLES: Final = 5
_CHOSEN: Final = 51  # tells these draws from those of traces


@dataclass(frozen=True, slots=True)
class Point:
    """The miss ratio at a size in bytes or with a cap in seconds, and half the width of its 95 % interval."""

    at: float
    miss_ratio: float
    half_width: float


@dataclass(frozen=True, slots=True)
class Curves:
    """Miss ratios by bytes of cache, and by cap on positive TTLs without a limit, from `share` of all names."""

    by_size: tuple[Point, ...]
    by_cap: tuple[Point, ...]
    share: float
    questions: int


def curves(
    trace: Trace,
    world: World,
    policy: Policy,
    sizes: Sequence[int],
    caps: Sequence[float],
    *,
    share: float = 0.2,
    eviction: Eviction = Eviction.S3FIFO,
    progress: Progress | None = None,
) -> Curves:
    """Estimate both curves from `share` of the names (at most 1): a pass for the whole trace and one for each sample.

    Raises what reading the trace raises.
    """
    part = share / SAMPLES
    arms = [Arm(policy), *(Arm(policy, max(int(size * part), 1), eviction) for size in sizes)]
    arms += [Arm(replace(policy, positive=_capped(policy, cap))) for cap in caps]
    (whole,) = replay(Preparation(trace, world), arms[:1], progress=progress)
    found = np.array(
        [
            [_misses(tally) for tally in replay(Preparation(sample, world), arms, progress=progress)]
            for sample in (Sampled(trace, n * part, (n + 1) * part, world.seed) for n in range(SAMPLES))
        ]
    )  # by sample and arm
    exact = _misses(whole) / whole.questions
    more = found[:, 1:] / found[:, :1]
    mean = found[:, 1:].sum(axis=0) / found[:, 0].sum()
    half = student_t(SAMPLES - 1) / sqrt(SAMPLES) * more.std(axis=0, ddof=1)
    points = [
        Point(at, exact * times, exact * wide)
        for at, times, wide in zip((*sizes, *caps), mean.tolist(), half.tolist(), strict=True)
    ]
    questions = whole.questions
    return Curves(tuple(points[: len(sizes)]), tuple(points[len(sizes) :]), share, questions)


def _misses(tally: Tally) -> int:
    return tally.count(Kind.ANSWERED, Kind.FAILED)


def _capped(policy: Policy, cap: float) -> PositiveBounds:
    bounds = policy.positive
    return PositiveBounds(min=Seconds(min(bounds.min, cap)), max=Seconds(min(bounds.max, cap)))


class Sampled:
    """The questions of a trace whose names hash into [low, high)."""

    def __init__(self, trace: Trace, low: float, high: float, seed: int) -> None:
        self.about = f"{trace.about}, names in [{low:g}, {high:g})"
        self.made_from = trace
        self._low, self._high, self._seed = low, high, seed

    @property
    def names(self) -> Sequence[bytes]:
        """The names of the trace, by the same numbers."""
        return self.made_from.names

    def client(self, number: int) -> str:
        """Return the client of that number."""
        return self.made_from.client(number)

    def blocks(self) -> Iterator[Columns]:
        """Yield what of each block is in the sample."""
        for block in self.made_from.blocks():
            chosen = self._is_in(block.name)
            yield Columns(*(getattr(block, each.name)[chosen] for each in fields(Columns)))

    def rows(self) -> Iterator[Row]:
        """Yield the same questions one by one."""
        for block in self.blocks():
            yield from rows_of(block, self.names, self.client)

    def _is_in(self, name: NDArray[np.int32]) -> NDArray[np.bool_]:
        hashed = unit(name.astype(np.int64), self._seed, _CHOSEN)
        return np.asarray((hashed >= self._low) & (hashed < self._high))
