# SPDX-License-Identifier: ISC
"""What the soak's samples say: pure functions from samples to a verdict. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan, sqrt
from typing import Final, NamedTuple

from tests.faults.soak_clients import Counts

WARM_UP: Final = 1 / 3  # of the run: the cache fills, the allocator finds its level
POINTS_MIN: Final = 20  # quiet points after the warm-up, from which on the slope is judged
SLOPE_MAX: Final = 1e6  # octets an hour
RIGHT_MIN: Final = 99.9  # per cent of the good questions that nothing excuses
STARVED_PERCENT: Final = 10.0


class Sample(NamedTuple):
    """The process at one moment; sizes in octets."""

    minute: float
    rss: int
    descriptors: int
    threads: int
    crashes: int
    caches: dict[str, tuple[int, int]]  # by name: entries, and octets as they are accounted
    in_flight: int

    @property
    def cached(self) -> int:
        """Octets in all caches."""
        return sum(octets for _, octets in self.caches.values())


class Quiet(NamedTuple):
    """The process when nobody asks and nobody is connected: the least of some samples, descriptors by kind.

    The last four are of the cycle that ends here: good questions, and per cent of the time in which the resolver was
    ready to run and had to wait for a processor.
    """

    minute: float
    rss: int
    descriptors: dict[str, int]
    threads: int
    in_flight: int
    asked: int
    right: int
    excused: int
    waited_percent: float

    @property
    def is_starved(self) -> bool:
        """Whether others had the processors: what is shed then says nothing of the resolver."""
        return self.waited_percent > STARVED_PERCENT


@dataclass(frozen=True, slots=True)
class Slope:
    """A straight line through the quiet points: octets an hour, and the standard error of that (least squares)."""

    octets_an_hour: float
    standard_error: float
    points: int

    @property
    def is_judged(self) -> bool:
        """Whether there are points enough to say anything of an hour."""
        return self.points >= POINTS_MIN


@dataclass(frozen=True, slots=True)
class Verdict:
    """The numbers of row R30, and what is wrong with them, in words."""

    right_percent: float
    starved_cycles: int
    right_percent_elsewhere: float  # in the cycles in which it was not starved
    slope: Slope
    cached: Slope  # what the caches themselves say they hold: a cache that still fills is no leak
    descriptors_min: int
    descriptors_max: int
    threads_max: int
    crashes: int
    tracebacks: int
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def lines(self) -> list[str]:
        """For people."""
        slope = self.slope
        judged = "" if slope.is_judged else f" (not judged: fewer than {POINTS_MIN} quiet points)"
        return [
            f"right answers    {self.right_percent:.3f} % of those that nothing excuses",
            f"                 {self.right_percent_elsewhere:.3f} % but for the {self.starved_cycles} cycles in which"
            f" it waited over {STARVED_PERCENT:g} % of the time for a processor",
            f"memory           {slope.octets_an_hour / 1e6:+.3f} MB/h, standard error"
            f" {slope.standard_error / 1e6:.3f}, {slope.points} quiet points{judged}",
            f"of it in caches  {self.cached.octets_an_hour / 1e6:+.3f} MB/h, standard error"
            f" {self.cached.standard_error / 1e6:.3f}, as they account for it",
            f"descriptors      {self.descriptors_min} to {self.descriptors_max} at quiet points",
            f"threads          {self.threads_max} at most",
            f"crashes          {self.crashes} counted, {self.tracebacks} tracebacks in the log",
            "verdict          " + ("holds" if self.holds else "BROKEN: " + "; ".join(self.faults)),
        ]


def slope_of(points: Sequence[tuple[float, float]]) -> Slope:
    """Least squares through (minute, octets)."""
    count = len(points)
    if count < 3:
        return Slope(nan, nan, count)
    x_mean = sum(x for x, _ in points) / count
    y_mean = sum(y for _, y in points) / count
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    rise = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    residuals = sum((y - y_mean - rise * (x - x_mean)) ** 2 for x, y in points)
    return Slope(60 * rise, 60 * sqrt(residuals / (count - 2) / spread), count)


def judge(samples: Sequence[Sample], quiet: Sequence[Quiet], counts: Counts, log: str) -> Verdict:
    """All that row R30 asks; memory and descriptors after the warm-up."""
    warm = quiet[round(len(quiet) * WARM_UP) :]
    slope = slope_of([(point.minute, float(point.rss)) for point in warm])
    held = [(one.minute, float(one.cached)) for one in samples if one.minute >= warm[0].minute]
    open_files = [sum(point.descriptors.values()) for point in warm]
    right = _percent(counts.right, counts.asked - counts.excused)
    fed = [point for point in quiet if not point.is_starved]
    crashes, tracebacks = samples[-1].crashes, log.count("Traceback")
    faults = [
        (crashes > 0, f"{crashes} crashes counted"),
        (tracebacks > 0, f"{tracebacks} tracebacks in the log"),
        (right < RIGHT_MIN, f"{right:.3f} % answered right, at least {RIGHT_MIN} expected"),
        (
            any(a.descriptors != b.descriptors for a, b in pairwise(warm)),
            f"descriptors differ at quiet points: {min(open_files)} to {max(open_files)}",
        ),
        (any(point.in_flight for point in warm), "work was in flight when nobody asked"),
        (
            slope.is_judged and slope.octets_an_hour >= SLOPE_MAX,
            f"memory grows by {slope.octets_an_hour / 1e6:.2f} MB/h",
        ),
    ]
    return Verdict(
        right,
        len(quiet) - len(fed),
        _percent(sum(point.right for point in fed), sum(point.asked - point.excused for point in fed)),
        slope,
        slope_of(held),
        min(open_files),
        max(open_files),
        max(sample.threads for sample in samples),
        crashes,
        tracebacks,
        tuple(words for is_so, words in faults if is_so),
    )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
