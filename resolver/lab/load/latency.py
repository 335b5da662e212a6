# SPDX-License-Identifier: ISC
"""Latencies in buckets whose width grows with them: percentiles within 1.1 %, and the modes they form.

a cache answers in two ways: at once, or after asking others; where the two humps part is found, not assumed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import Final

_LEAST_S: Final = 1e-6
_PER_DOUBLING: Final = 32
_BUCKETS: Final = _PER_DOUBLING * 27  # to 134 seconds
_COARSE: Final = 8  # buckets that make one when modes are looked for: a quarter of a doubling
_APART: Final = 4  # coarse buckets between two humps: a factor of two at least
_VALLEY: Final = 0.5  # between them there are this few for each of the lesser hump
_SHARE: Final = 0.005  # what is rarer is no mode


@dataclass(frozen=True, slots=True)
class Modes:
    """Two humps: what took less than `threshold_s` and what took longer; medians in seconds."""

    threshold_s: float
    fast_share: float
    fast_median_s: float
    slow_median_s: float


class Latencies:
    """A histogram of seconds."""

    __slots__ = ("_counts", "count", "greatest_s", "least_s", "total_s")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.total_s = 0.0
        self.least_s = float("inf")
        self.greatest_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        place = int(log2(seconds / _LEAST_S) * _PER_DOUBLING) if seconds > _LEAST_S else 0
        self._counts[min(place, _BUCKETS - 1)] += 1
        self.count += 1
        self.total_s += seconds
        if seconds < self.least_s:
            self.least_s = seconds
        if seconds > self.greatest_s:
            self.greatest_s = seconds

    def merge(self, other: Latencies) -> None:
        """Count all that the other one has counted."""
        self._counts = [mine + its for mine, its in zip(self._counts, other._counts, strict=True)]
        self.count += other.count
        self.total_s += other.total_s
        self.least_s = min(self.least_s, other.least_s)
        self.greatest_s = max(self.greatest_s, other.greatest_s)

    @property
    def mean_s(self) -> float:
        """The mean; 0 for none."""
        return self.total_s / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """The latency in seconds that the `share` of all (0 to 1) does not exceed; 0 for none."""
        if not self.count:
            return 0.0
        found = self._in(range(_BUCKETS), share)
        return min(max(found, self.least_s), self.greatest_s)

    def curve(self) -> list[tuple[float, int]]:
        """Upper edge in seconds and count of each bucket that holds something."""
        return [(_edge(place + 1), count) for place, count in enumerate(self._counts) if count]

    def modes(self) -> Modes | None:
        """The two humps, if there are two: each the highest of its side, with a valley between them."""
        coarse = [sum(self._counts[at : at + _COARSE]) for at in range(0, _BUCKETS, _COARSE)]
        cut = _otsu(coarse)
        low = max(range(cut), key=coarse.__getitem__, default=0)
        high = max(range(cut, len(coarse)), key=coarse.__getitem__)
        if high - low < _APART:
            return None
        valley = min(range(low + 1, high), key=lambda at: (coarse[at], -at))
        if coarse[valley] > _VALLEY * min(coarse[low], coarse[high]):
            return None
        edge = (valley + 1) * _COARSE
        fast = sum(self._counts[:edge])
        if not _SHARE < fast / self.count < 1 - _SHARE:
            return None
        return Modes(
            _edge(edge),
            fast / self.count,
            self._in(range(edge), 0.5),
            self._in(range(edge, _BUCKETS), 0.5),
        )

    def _in(self, places: range, share: float) -> float:
        """The quantile among the buckets `places`: the middle, on their scale, of the bucket it falls into."""
        wanted = share * sum(self._counts[place] for place in places)
        passed = 0
        for place in places:
            passed += self._counts[place]
            if self._counts[place] and passed >= wanted:
                return _edge(place + 0.5)
        return 0.0


def _edge(place: float) -> float:
    """Where the bucket begins, in seconds."""
    return float(_LEAST_S * 2 ** (place / _PER_DOUBLING))


def _otsu(counts: Iterable[int]) -> int:
    """Where to cut a histogram in two for the least spread within both parts (Otsu 1979)."""
    numbers = list(counts)
    total, moment = sum(numbers), sum(at * number for at, number in enumerate(numbers))
    best, cut = -1.0, 1
    below = below_moment = 0
    for at, number in enumerate(numbers[:-1]):
        below += number
        below_moment += at * number
        if below in (0, total):
            continue
        apart = below_moment / below - (moment - below_moment) / (total - below)
        between = below * (total - below) * apart * apart
        if between > best:
            best, cut = between, at + 1
    return cut
