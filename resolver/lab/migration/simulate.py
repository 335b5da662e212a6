# SPDX-License-Identifier: ISC
"""The curve of who still sees the old value, under three ways of changing it; with the worst case and the way back.

Seeds in, curves out: the mean over seeds with a 95 % interval. One resolver and its clients are `spread`'s.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from statistics import fmean, stdev
from typing import Final

from resolver.lab.migration.keeping import Caches, Keeping, longest_answered, longest_stale
from resolver.lab.migration.population import Crowd, Population, PopulationError, draw
from resolver.lab.migration.spread import Judged, Published, ends
from resolver.policy.subject import AnswerClass

SHARES_LEFT: Final = (0.5, 0.1, 0.01)  # of the clients; how long until no more than these see the old value
_POINTS: Final = 61  # instants of a curve


class Way(StrEnum):
    """How the change is made.

    LOWER_FIRST: the TTL was lowered, and the old one has run out everywhere. AT_ONCE: lowered `notice` seconds before
    the change, by default with it. NO_PREPARATION: the TTL is never touched.
    """

    LOWER_FIRST = "lower-first"
    AT_ONCE = "at-once"
    NO_PREPARATION = "no preparation"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is changed: TTLs in seconds before and during the move, and how long before it AT_ONCE lowers."""

    owner: bytes
    rtype: int
    old_ttl: int
    lower_to: int
    notice: float = 0.0

    def published(self, way: Way) -> Published:
        """The TTLs around the change."""
        match way:
            case Way.LOWER_FIRST:
                return Published(self.lower_to, self.lower_to, 0.0)
            case Way.AT_ONCE:
                return Published(self.old_ttl, self.lower_to, self.notice)
            case Way.NO_PREPARATION:
                return Published(self.old_ttl, self.old_ttl, 0.0)

    def taken_back(self, way: Way) -> Published:
        """The TTLs around taking the change back, when caches have long taken it up."""
        ttl = self.old_ttl if way is Way.NO_PREPARATION else self.lower_to
        return Published(ttl, ttl, 0.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds and the half width of its 95 % interval."""

    mean: float
    half: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of clients that see the old value, at each of `times` (seconds after the change).

    `until[i]` is the time until no more than SHARES_LEFT[i] of them do; `last` the time until none does.
    """

    times: tuple[float, ...]
    shares: tuple[Estimate, ...]
    until: tuple[Estimate, ...]
    last: Estimate


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way: its curve, the one of taking the change back, and bounds that no cache exceeds.

    `worst` is when the last cache has to have changed; `worst_stale` the same when it cannot reach the authorities and
    serves what it has.
    """

    way: Way
    change: Curve
    back: Curve
    worst: float
    worst_stale: float


def simulate(
    scenario: Scenario,
    population: Population,
    caches: Caches,
    seeds: Sequence[int],
    ways: Iterable[Way] = tuple(Way),
    tick: Callable[[], object] = lambda: None,
    times: Sequence[float] | None = None,
) -> tuple[Outcome, ...]:
    """Play every way for every seed; the same seed means the same clients under each. `tick` is called per run.

    `times` are the instants of the curves, by default evenly up to each curve's worst case.

    Raises PopulationError on a preset that `caches` lacks, and on fewer than two seeds, which give no interval.
    """
    if missing := sorted(set(population.shares) - set(caches.resolvers)):
        raise PopulationError(f"no policy for {', '.join(missing)} - name presets that exist")
    if len(seeds) < 2:
        raise PopulationError(f"{len(seeds)} seed gives no interval - take 20 or more")
    drawn = [draw(population, Random(seed)) for seed in seeds]
    known: dict[Published, list[list[float]]] = {}

    def play(published: Published) -> list[list[float]]:
        """Every client's end for every seed; ways that publish the same TTLs share one run."""
        if published not in known:
            runs = []
            for seed, crowds in zip(seeds, drawn, strict=True):
                runs.append(_play(scenario, caches, crowds, published, Random(seed + 1)))
                tick()
            known[published] = runs
        return known[published]

    outcomes = []
    for way in ways:
        change, back = scenario.published(way), scenario.taken_back(way)
        worst = _worst(scenario, caches, change, longest_answered)
        outcomes.append(
            Outcome(
                way,
                _curve(play(change), times or _up_to(worst)),
                _curve(play(back), times or _up_to(_worst(scenario, caches, back, longest_answered))),
                worst,
                _worst(scenario, caches, change, longest_stale),
            )
        )
    return tuple(outcomes)


def runs_of(scenario: Scenario, seeds: int, ways: Iterable[Way] = tuple(Way)) -> int:
    """How many times `simulate` will call `tick`."""
    ways = tuple(ways)
    return seeds * len({f(way) for way in ways for f in (scenario.published, scenario.taken_back)})


def _play(
    scenario: Scenario, caches: Caches, crowds: Sequence[Crowd], published: Published, rng: Random
) -> list[float]:
    """The sorted ends of all clients of one population."""
    judged = {
        name: Judged(scenario.owner, scenario.rtype, policy) for name, policy in caches.resolvers.items()
    }
    browser = Judged(scenario.owner, scenario.rtype, caches.browser) if caches.browser else None
    found: list[float] = []
    for crowd in crowds:
        found += ends(crowd.clients, judged[crowd.preset], browser, published, rng)
    return sorted(found)


def _worst(
    scenario: Scenario, caches: Caches, published: Published, of: Callable[[Iterable[Keeping]], float]
) -> float:
    """The bound: the longest life of a copy fetched just before the TTL, or the value, changed; and a browser's."""
    front = caches.front(scenario.owner, scenario.rtype, published.before)

    def bound(ttl: int) -> float:
        return of(caches.keepings(scenario.owner, scenario.rtype, AnswerClass.POSITIVE, ttl))

    return max(bound(published.before) - published.notice, bound(published.after)) + front


def _up_to(worst: float) -> tuple[float, ...]:
    return tuple(worst * i / (_POINTS - 1) for i in range(_POINTS))


def _curve(runs: Sequence[Sequence[float]], times: Sequence[float]) -> Curve:
    """Summarise runs of sorted ends."""
    shares = tuple(estimate([1.0 - bisect_right(run, t) / len(run) for run in runs]) for t in times)
    until = tuple(estimate([_left(run, share) for run in runs]) for share in SHARES_LEFT)
    return Curve(tuple(times), shares, until, estimate([run[-1] for run in runs]))


def _left(run: Sequence[float], share: float) -> float:
    """The time until no more than `share` of the clients see the old value."""
    return run[max(0, len(run) - 1 - math.floor(share * len(run)))]


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of independent values and the half width of its 95 % interval by Student's t."""
    count = len(values)
    return Estimate(fmean(values), student(count - 1) * stdev(values) / math.sqrt(count))


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by the expansion of Abramowitz and Stegun 26.7.5; 1 % high at worst."""
    z = 1.959964
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, 1))


def views(outcomes: Iterable[Outcome]) -> list[Mapping[str, object]]:
    """Outcomes as JSON holds them: seconds and shares, each mean with its half width."""
    return [
        {
            "way": outcome.way.value,
            "worst_s": outcome.worst,
            "worst_stale_s": outcome.worst_stale,
            "change": _curve_view(outcome.change),
            "taken_back": _curve_view(outcome.back),
        }
        for outcome in outcomes
    ]


def _curve_view(curve: Curve) -> dict[str, object]:
    return {
        "until": [
            {"share": share, "seconds": round(e.mean, 3), "half_width": round(e.half, 3)}
            for share, e in zip(SHARES_LEFT, curve.until, strict=True)
        ],
        "last": {"seconds": round(curve.last.mean, 3), "half_width": round(curve.last.half, 3)},
        "curve": [
            {"t": round(t, 3), "share": round(e.mean, 6), "half_width": round(e.half, 6)}
            for t, e in zip(curve.times, curve.shares, strict=True)
        ],
    }
