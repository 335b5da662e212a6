# SPDX-License-Identifier: ISC
"""What to do with one question, given what the cache holds: the whole of RFC 8767 section 5 as one pure decision.

No timer runs here: the service waits, this says for how long.
"""

from __future__ import annotations

from dataclasses import dataclass

from resolver.policy.lifetime import Freshness
from resolver.policy.rules import StaleRules

__all__ = [
    "AnswerFailure",
    "Fresh",
    "NotCached",
    "Plan",
    "Resolve",
    "ResolveThenStale",
    "ServeStaleNow",
    "StaleRules",
    "plan",
]


@dataclass(frozen=True, slots=True)
class Fresh:
    """Answer from the cache."""


@dataclass(frozen=True, slots=True)
class ServeStaleNow:
    """Answer with stale data at once; with `refresh`, start the resolution too, for the cache."""

    refresh: bool


@dataclass(frozen=True, slots=True)
class ResolveThenStale:
    """Resolve; answer with stale data when it fails, or when `after_s` seconds have passed (the work goes on)."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Resolve:
    """Resolve; there is nothing to fall back on."""


@dataclass(frozen=True, slots=True)
class AnswerFailure:
    """Answer with the failure remembered; send nothing (RFC 9520 section 3.2)."""


@dataclass(frozen=True, slots=True)
class NotCached:
    """The client forbade recursion (RD=0) and nothing fresh is here: no stale data for it (RFC 8767 section 5)."""


Plan = Fresh | ServeStaleNow | ResolveThenStale | Resolve | AnswerFailure | NotCached


def plan(
    cached: Freshness,
    rules: StaleRules,
    *,
    stale_for: float = 0.0,
    failed: bool = False,
    recheck_pending: bool = False,
    rd: bool = True,
) -> Plan:
    """Decide on one question.

    `cached` is the freshness of the whole cached chain, DEAD when a link is missing; `stale_for` the seconds since its
    shortest link ceased to be fresh. `failed`: the failure of this very question is still remembered.
    `recheck_pending`: its last refresh failed less than `stale.recheck` ago.
    """
    if cached is Freshness.FRESH:
        return Fresh()
    if not rd:
        return NotCached()
    # The window is checked again: an entry keeps the lifetime of the policy it was stored under.
    if cached is Freshness.STALE and rules.enabled and stale_for < rules.max_age:
        if failed or recheck_pending:
            return ServeStaleNow(refresh=False)
        if rules.client_timeout <= 0:
            return ServeStaleNow(refresh=True)
        return ResolveThenStale(after_s=float(rules.client_timeout))
    return AnswerFailure() if failed else Resolve()
