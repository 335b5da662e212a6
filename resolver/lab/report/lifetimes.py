# SPDX-License-Identifier: ISC
"""Histograms of TTLs: published, and kept under each policy, by how often they were asked for. Only `judge` decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resolver.lab.comparison.candidates import Candidate
from resolver.lab.replay.numbers import KEPT, numbers
from resolver.lab.report.by_ttl import ByTtl
from resolver.policy import AnswerClass
from resolver.units import Seconds

# A column each: at most so many seconds, and more than the one before.
BUCKETS: Final = (0, 5, 30, 60, 120, 300, 900, 3600, 21600, 86400)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of questions by the TTL of what they ask for; the last bucket is what is over a day."""

    label: str
    shares: tuple[float, ...]


def bucket_names() -> tuple[str, ...]:
    """What the buckets are called: `0`, `≤5s` … `>1d`."""
    return ("0", *(f"≤{Seconds(top)}" for top in BUCKETS[1:]), f">{Seconds(BUCKETS[-1])}")


def histograms(found: ByTtl, candidates: Iterable[Candidate]) -> list[Histogram]:
    """What owners publish, then what each candidate keeps of it. Failures have no TTL and are left out.

    A candidate with rules for names is left out too: owners are not told apart here.
    """
    known = [
        (subject, int(count))
        for subject, count in zip(found.subjects, found.asked.tolist(), strict=True)
        if subject.answer is not AnswerClass.FAILURE
    ]
    counts = [count for _, count in known]
    made = [Histogram("as published", shares([subject.published for subject, _ in known], counts))]
    for candidate in candidates:
        if not candidate.policy.by_name:
            kept = [numbers(subject, candidate.policy)[KEPT] for subject, _ in known]
            made.append(Histogram(candidate.label, shares(kept, counts)))
    return made


def shares(seconds: Sequence[float], counts: Sequence[int]) -> tuple[float, ...]:
    """How much of `counts` falls into each bucket; none of nothing."""
    bucket = np.searchsorted(BUCKETS, np.asarray(seconds, np.float64), side="left")
    sums = np.bincount(bucket, np.asarray(counts, np.float64), minlength=len(BUCKETS) + 1)
    return tuple((sums / max(float(sums.sum()), 1.0)).tolist())
