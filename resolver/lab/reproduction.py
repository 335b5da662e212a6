# SPDX-License-Identifier: ISC
"""The laboratory's reference table, by closed form and by replay, with intervals: does what we build obey theory?

100 000 names, Zipf 0.9, 100 questions a second. Caches begin in their stationary state, so that nothing is left of a
start and a TTL of a day needs no days. A row passes when the closed form lies in the replays' interval; the intervals
are so wide that one of all rows is missed by chance in one of twenty choices of seeds.

With a mix of TTLs, which name drew which moves the hits of a seed by a quarter of a point. Theory knows what it does to
the very TTLs drawn; that is taken off each seed's result (a control variate), so that intervals stay narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt
from statistics import fmean, stdev
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolver.lab import models, ttl_mix
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
_MIXES: Final = {"mix-log-uniform": 0.686, "mix-uniform": 0.719, "mix-top": 0.766}
_CLAMPED_LAW: Final = "mix-log-uniform"
_MINIMA: Final = (300, 900, 3600)
_MAXIMA: Final = (300, 3600)
_LONG_ENOUGH: Final = 20 * _TTL  # until prefetches have their own stationary state
_CHANCE: Final = 41  # tells these draws from those of traces
# Values that hardly vary have intervals of no width; the laboratory's own table is rounded far above this.
_ROUNDING: Final = 2e-5
_MISTAKES: Final = 0.05  # the chance that any row at all fails for want of luck


@dataclass(frozen=True, slots=True)
class Row:
    """One row: by closed form, and by replay with half the width of its interval; the value published, if one was."""

    what: str
    published: float | None
    model: float
    replayed: float
    half_width: float
    unit: str

    @property
    def passes(self) -> bool:
        """Whether theory lies in the interval."""
        return abs(self.replayed - self.model) <= max(self.half_width, _ROUNDING)


class _Case(NamedTuple):
    """One value that both can tell. `arm` numbers the arms of its run; `given` is theory for the TTLs of one seed."""

    what: str
    published: float | None
    model: float
    arm: int
    of: Callable[[Tally], float]
    unit: str = ""
    given: Callable[[ttl_mix.Ttls], float] | None = None

    def measured(self, tallies: Sequence[Tally], ttls: ttl_mix.Ttls) -> float:
        """The value that one seed's replay tells."""
        found = self.of(tallies[self.arm])
        return found if self.given is None else found - self.given(ttls) + self.model


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
            tallies, ttls = _replay(run, seed)
            for found, case in zip(values, run.cases, strict=True):
                found.append(case.measured(tallies, ttls))
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
    yield from _mixes(rates)


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


def _mixes(rates: models.Rates) -> Iterator[_Run]:
    """TTLs of the mix under each of its laws as published, and under the first what clamps do."""
    spec = f"zipf:n={NAMES},alpha={ALPHA},rate={RATE},duration=2h"
    for law, published in _MIXES.items():
        policies = {"as published": _clamped()}
        if law == _CLAMPED_LAW:
            policies |= {f"minimum {Seconds(ttl)}": _clamped(least=ttl) for ttl in _MINIMA}
            policies |= {f"maximum {Seconds(ttl)}": _clamped(most=ttl) for ttl in _MAXIMA}
        cases = []
        for arm, (what, policy) in enumerate(policies.items()):
            told = published if arm == 0 else None
            model, given = (
                ttl_mix.hits_expected(rates, law, policy),
                partial(ttl_mix.hits_given, rates, policy),
            )
            cases.append(_Case(f"hits, {law}, {what}", told, model, arm, _hit, given=given))
            if policy.positive.min > 0:
                model, given = (
                    ttl_mix.beyond_expected(rates, law, policy),
                    partial(ttl_mix.beyond_given, rates, policy),
                )
                cases.append(
                    _Case(f"  beyond the owner's TTL, {what}", None, model, arm, _beyond, given=given)
                )
        yield _Run(tuple(cases), tuple(map(Arm, policies.values())), f"{spec},ttl={law}")


def _clamped(least: float = 0.0, most: float = 86400.0) -> Policy:
    return Policy(
        positive=PositiveBounds(min=Seconds(least), max=Seconds(most)),
        stale=StaleRules(enabled=False),
        prefetch=PrefetchRules(enabled=False),
    )


def _keeps(ttl: float, *, stale: float = 0.0, prefetch: float = 0.0) -> Arm:
    """A cache that keeps everything for `ttl` seconds, whatever is published."""
    policy = Policy(
        positive=PositiveBounds(min=Seconds(ttl), max=Seconds(ttl)),
        stale=StaleRules(enabled=stale > 0, max_age=Seconds(stale)),
        prefetch=PrefetchRules(enabled=prefetch > 0, fraction=prefetch, min_ttl=Seconds(1)),
    )
    return Arm(policy)


def _replay(run: _Run, seed: int) -> tuple[list[Tally], ttl_mix.Ttls]:
    """One seed's tallies, and the TTL that each name drew."""
    spec = read_spec(run.spec)
    made = Synthetic(spec, seed)
    trace: Trace = made if run.caches == 1 else Fragmented(made, run.caches)
    preparation = Preparation(trace, World(run.world.outages, run.world.change_s or 0.0, seed=seed))
    rrset = preparation.number(np.arange(NAMES * run.caches, dtype=np.int32), int(Rtype.A))
    rates, ttls = np.empty(len(rrset)), np.empty(len(rrset), np.int64)
    rates[rrset] = np.repeat(models.zipf_rates(NAMES, ALPHA, spec.rate / run.caches), run.caches)
    ttls[rrset] = np.repeat(made.ttl, run.caches)
    subjects = preparation.number_answers(int(Rtype.A), ttls)
    rng = np.random.Generator(np.random.PCG64([seed, _CHANCE]))
    states = [
        stationary(rates, ttl_mix.kept_ttls(ttls, arm.policy), subjects, run.world.change_s, rng)
        for arm in run.arms
    ]
    return replay(preparation, run.arms, warm_up_s=run.warm_up_s, states=states), made.ttl.astype(np.int64)


def stationary(
    rates: models.Rates,
    kept: models.Rates,
    subjects: NDArray[np.int32],
    change_s: float | None,
    rng: np.random.Generator,
) -> step.Floats:
    """States of caches that have run for ever without prefetch, seen at instant 0; a row an RRset.

    A name that is kept for T seconds is fresh with chance λT/(1+λT), for a time uniform on (0, T); else its life has
    been over for Exp(1/λ). `subjects` numbers what is held of each.
    """
    is_fresh = rng.random(len(rates)) < models.hit_ratio(rates, kept)
    fresh_until = np.where(
        is_fresh, rng.random(len(rates)) * kept, -rng.standard_exponential(len(rates)) / rates
    )
    states = step.blank(len(rates), step.CHANGES_AT + (1 if change_s else 0))
    states[:, step.HELD] = np.where(kept > 0, subjects + 1, 0)
    states[:, step.SINCE] = fresh_until - kept
    states[:, step.NEEDED_FROM] = np.inf
    if change_s:
        states[:, step.CHANGES_AT] = fresh_until - kept + rng.standard_exponential(len(rates)) * change_s
    return states


def _hit(tally: Tally) -> float:
    return tally.data_hit


def _beyond(tally: Tally) -> float:
    return tally.beyond


def _outdated(tally: Tally) -> float:
    return tally.outdated_per_hit


def _served(tally: Tally) -> float:
    return tally.served_in_outage


def _fetches(tally: Tally) -> float:
    return tally.upstream_per_s
