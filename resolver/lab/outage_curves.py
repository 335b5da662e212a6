# SPDX-License-Identifier: ISC
"""How many questions are still answered while a zone's servers are silent, with stale data and without.

The formula is `models`'; lifetimes and stale windows come from `policy`. Nothing is simulated and nothing plotted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from resolver.lab import models
from resolver.lab.migration.keeping import in_short
from resolver.policy.judge import judge
from resolver.policy.subject import AnswerClass, Subject
from resolver.policy.terms import Policy
from resolver.units import Seconds


@dataclass(frozen=True, slots=True)
class OutageCurve:
    """One policy: seconds it keeps a record fresh and stale, and the share answered through outages of each length."""

    policy: str
    fresh: float
    stale: float
    served: tuple[float, ...]


def outage_curves(
    rates: models.Rates, subject: Subject, policies: Mapping[str, Policy], lengths: Sequence[float]
) -> tuple[OutageCurve, ...]:
    """For each policy the share of questions that are answered through an outage of each of `lengths` seconds.

    `rates` are the questions per second of each name that lies behind the silent servers, `subject` what they publish.
    Every outage begins with caches as they usually are, and fetches nothing until its end.
    """
    curves = []
    for name, policy in policies.items():
        lifetime = judge(subject, 0.0, policy)
        fresh, stale = lifetime.fresh_until, lifetime.stale_until - lifetime.fresh_until
        served = tuple(served_through(rates, fresh, stale, length) for length in lengths)
        curves.append(OutageCurve(name, fresh, stale, served))
    return tuple(curves)


def served_through(rates: models.Rates, ttl: float, stale: float, length: float) -> float:
    """The share of questions over all names that are answered through an outage of `length` seconds.

    Of a length of 0 it is the share that is answered in its first instant: fresh data, and stale.
    """
    if ttl <= 0:
        return 0.0
    each = (
        models.stored_share(rates, ttl, stale)
        if length == 0
        else models.served_in_outage(rates, ttl, stale, length)
    )
    return models.over_names(rates, each)


def subject_of(owner: bytes, rtype: int, ttl: int) -> Subject:
    """What the silent servers published, as a policy is asked about it."""
    return Subject(owner, rtype, AnswerClass.POSITIVE, ttl)


def by_windows(policy: Policy, windows: Iterable[float]) -> dict[str, Policy]:
    """`policy` with each of these stale windows, in seconds, by a name that says so; 0: without stale data."""
    found = {}
    for window in windows:
        stale = msgspec.structs.replace(policy.stale, enabled=window > 0, max_age=Seconds(window))
        name = f"any with stale {Seconds(window)}" if window else "any without stale"
        found[name] = replace(policy, stale=stale)
    return found


def same(curves: Iterable[OutageCurve]) -> list[tuple[str, OutageCurve]]:
    """Curves with the names of all policies that share them, best first through the longest outage."""
    groups: dict[tuple[float, float], list[OutageCurve]] = {}
    for curve in curves:
        groups.setdefault((curve.fresh, curve.stale), []).append(curve)
    found = [(in_short(c.policy for c in group), group[0]) for group in groups.values()]
    return sorted(found, key=lambda pair: pair[1].served[-1:], reverse=True)
