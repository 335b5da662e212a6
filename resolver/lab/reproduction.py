# SPDX-License-Identifier: ISC
"""The laboratory's reference table, by closed form and by replay, with intervals: does what we build obey theory?

100 000 names, Zipf 0.9, 100 questions a second. Caches begin in their stationary state, so that nothing is left of a
start and a TTL of a day needs no days. A row passes when the closed form lies in the replays' interval; the intervals
are so wide that one of all rows is missed by chance in one of twenty choices of seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Final, NamedTuple

import numpy as np

from resolver.lab import models
from resolver.lab.comparison.intervals import student_t
from resolver.lab.fragments import Fragmented
from resolver.lab.replay import step
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, replay
from resolver.lab.replay.results import Tally
from resolver.lab.traces.rows import Trace
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PositiveBounds, PrefetchRules, StaleRules
from resolver.units import Seconds
from resolver.wire import Rtype

NAMES: Final = 100_000
ALPHA: Final = 0.9
RATE: Final = 100.0
SEEDS: Final = 20
_TTL: Final = 300
_TTLS: Final = (5, 30, 60, 300, 900, 3600, 86400)
_CACHES: Final = (1, 2, 4, 16)
_CHANGE_S: Final = 3600.0
_LONG_ENOUGH: Final = 20 * _TTL  # until prefetches have their own stationary state
_CHANCE: Final = 41  # tells these draws from those of traces
# Values that hardly vary have intervals of no width; the laboratory's own table is rounded far above this.
_ROUNDING: Final = 2e-5
_MISTAKES: Final = 0.05  # the chance that any row at all fails for want of luck


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the value published, by closed form, and by replay with half the width of its interval."""

    what: str
    published: float
    model: float
    replayed: float
    half_width: float
    unit: str

    @property
    def passes(self) -> bool:
        """Whether theory lies in the interval."""
        return abs(self.replayed - self.model) <= max(self.half_width, _ROUNDING)


class _Case(NamedTuple):
    """One value that both can tell. `arm` numbers the arms of its run."""

    what: str
    published: float
    model: float
    arm: int
    of: Callable[[Tally], float]
    unit: str = ""


class _Run(NamedTuple):
    """Cases that one pass over one trace settles."""

    cases: tuple[_Case, ...]
    arms: tuple[Arm, ...]
    spec: str
    world: World = World()
    caches: int = 1
    warm_up_s: float = 0.0


def reproduce(
    seeds: Sequence[int] = range(1, SEEDS + 1), told: Callable[[str], None] | None = None
) -> list[Row]:
    """The table. `told` hears of each run before it begins."""
    every = list(runs())
    rows = sum(len(run.cases) for run in every)
    wide = student_t(len(seeds) - 1, 1 - _MISTAKES / rows)
    table = []
    for number, run in enumerate(every, 1):
        if told is not None:
            told(f"run {number} of {len(every)}: {run.cases[0].what} …, {len(seeds)} seeds")
        values: list[list[float]] = [[] for _ in run.cases]
        for seed in seeds:
            tallies = _replay(run, seed)
            for found, case in zip(values, run.cases, strict=True):
                found.append(case.of(tallies[case.arm]))
        for found, case in zip(values, run.cases, strict=True):
            half = wide * stdev(found) / sqrt(len(found))
            table.append(Row(case.what, case.published, case.model, fmean(found), half, case.unit))
    return table


def runs() -> Iterator[_Run]:
    """Everything that is to be shown."""
    rates = models.zipf_rates(NAMES, ALPHA, RATE)
    # 96 clients, so that of 2, 4 and 16 caches each has equally many.
    steady = f"zipf:n={NAMES},alpha={ALPHA},rate={RATE},duration=2h,ttl={_TTL},clients=96"
    yield _Run(tuple(_hits_and_outdated(rates)), tuple(map(_keeps, _TTLS)), steady, World(change_s=_CHANGE_S))
    for caches, published in zip(_CACHES[1:], (0.520, 0.452, 0.328), strict=True):
        model = models.over_names(rates, models.unshared_hit_ratio(rates, _TTL, caches))
        case = _Case(f"hits, TTL {_TTL} s over {caches} unshared caches", published, model, 0, _hit)
        yield _Run((case,), (_keeps(_TTL),), steady, caches=caches)
    hits, fetches = models.prefetched(rates, _TTL, 0.1)
    cases = (
        _Case("hits, prefetch in the last tenth", 0.611, models.over_names(rates, hits), 0, _hit),
        _Case("fetches, the same", 41.9, float(fetches.sum()), 0, _fetches, "/s"),
        _Case(
            "fetches, without prefetch",
            40.8,
            float(models.upstream_rate(rates, _TTL).sum()),
            1,
            _fetches,
            "/s",
        ),
    )
    arms = (_keeps(_TTL, prefetch=0.1), _keeps(_TTL))
    yield _Run(cases, arms, steady.replace("duration=2h", "duration=4h"), warm_up_s=_LONG_ENOUGH)
    yield from _outages(rates)
    busy = models.zipf_rates(NAMES, ALPHA, 10 * RATE)
    case = _Case(
        "hits, TTL 300 s at 1 000/s", 0.834, models.over_names(busy, models.hit_ratio(busy, _TTL)), 0, _hit
    )
    fast = f"zipf:n={NAMES},alpha={ALPHA},rate={10 * RATE},duration=30m,ttl={_TTL}"
    yield _Run((case,), (_keeps(_TTL),), fast)


def _hits_and_outdated(rates: models.Rates) -> Iterator[_Case]:
    published = (0.226, 0.368, 0.430, 0.592, 0.711, 0.851, 0.989)
    for arm, (ttl, value) in enumerate(zip(_TTLS, published, strict=True)):
        model = models.over_names(rates, models.hit_ratio(rates, ttl))
        yield _Case(f"hits, TTL {ttl} s", value, model, arm, _hit)
    for ttl, value in ((30, 0.004), (300, 0.041), (3600, 0.368)):
        model = models.outdated_share(ttl, 1 / _CHANGE_S)
        yield _Case(f"outdated of hits, change 1/h, TTL {ttl} s", value, model, _TTLS.index(ttl), _outdated)


def _outages(rates: models.Rates) -> Iterator[_Run]:
    for length, windows in (
        (3600.0, ((0.0, 0.025), (3600.0, 0.844), (86400.0, 1.0))),
        (600.0, ((0.0, 0.148),)),
    ):
        cases = tuple(
            _Case(
                f"served in {length / 60:g} min of outage, stale {Seconds(window)}",
                value,
                models.over_names(rates, models.served_in_outage(rates, _TTL, window, length)),
                arm,
                _served,
            )
            for arm, (window, value) in enumerate(windows)
        )
        arms = tuple(_keeps(_TTL, stale=window) for window, _ in windows)
        spec = f"zipf:n={NAMES},alpha={ALPHA},rate={RATE},duration={length:g}s,ttl={_TTL}"
        yield _Run(cases, arms, spec, World(outages=((0.0, length),)))


def _keeps(ttl: float, *, stale: float = 0.0, prefetch: float = 0.0) -> Arm:
    """A cache that keeps everything for `ttl` seconds, whatever is published."""
    policy = Policy(
        positive=PositiveBounds(min=Seconds(ttl), max=Seconds(ttl)),
        stale=StaleRules(enabled=stale > 0, max_age=Seconds(stale)),
        prefetch=PrefetchRules(enabled=prefetch > 0, fraction=prefetch, min_ttl=Seconds(1)),
    )
    return Arm(policy)


def _replay(run: _Run, seed: int) -> list[Tally]:
    spec = read_spec(run.spec)
    trace: Trace = Synthetic(spec, seed)
    if run.caches > 1:
        trace = Fragmented(trace, run.caches)
    preparation = Preparation(trace, World(run.world.outages, run.world.change_s or 0.0, seed=seed))
    rrset = preparation.number(np.arange(NAMES * run.caches, dtype=np.int32), int(Rtype.A))
    rates = np.empty(len(rrset))
    rates[rrset] = np.repeat(models.zipf_rates(NAMES, ALPHA, spec.rate / run.caches), run.caches)
    rng = np.random.Generator(np.random.PCG64([seed, _CHANCE]))
    states = [stationary(rates, arm.policy, run.world.change_s, rng) for arm in run.arms]
    return replay(preparation, run.arms, warm_up_s=run.warm_up_s, states=states)


def stationary(
    rates: models.Rates, policy: Policy, change_s: float | None, rng: np.random.Generator
) -> step.Floats:
    """States of caches that have run for ever under a policy with one TTL and no prefetch, seen at instant 0.

    A name is fresh with chance λT/(1+λT), for a time uniform on (0, T); else it has been stale for Exp(1/λ).
    """
    ttl = float(policy.positive.max)
    window = float(policy.stale.max_age) if policy.stale.enabled else 0.0
    is_fresh = rng.random(len(rates)) < models.hit_ratio(rates, ttl)
    fresh_until = np.where(
        is_fresh, rng.random(len(rates)) * ttl, -rng.standard_exponential(len(rates)) / rates
    )
    states = step.blank(len(rates))
    states[:, step.FRESH_UNTIL] = fresh_until
    states[:, step.STALE_UNTIL] = fresh_until + window
    states[:, step.OWNER_UNTIL] = fresh_until
    until_change = rng.standard_exponential(len(rates)) * change_s if change_s else np.inf
    states[:, step.CHANGES_AT] = fresh_until - ttl + until_change
    states[:, step.NEEDED_FROM] = np.inf
    return states


def _hit(tally: Tally) -> float:
    return tally.data_hit


def _outdated(tally: Tally) -> float:
    return tally.outdated_per_hit


def _served(tally: Tally) -> float:
    return tally.served_in_outage


def _fetches(tally: Tally) -> float:
    return tally.upstream_per_s
