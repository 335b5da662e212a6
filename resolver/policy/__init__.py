# SPDX-License-Identifier: ISC
"""What to keep, for how long, and what to serve: pure functions of facts, an instant and rules. No state.

    file, preset ──► Policy ──► terms(subject) ──┐
                                                 ▼
    RRset, denial, referral, failure ──► Subject ──► judge ──► Lifetime(stored_at, fresh_until, stale_until, reasons)
                                                                  │
                                                                  ├──► freshness(lifetime, now): FRESH | STALE | DEAD
    question ──► stale.plan(freshness, …) ──► Fresh | ServeStaleNow | ResolveThenStale | Resolve | AnswerFailure
    hit ───────► prefetch_at(subject, lifetime, …)
    failure ───► failure.retry_after(count, …)    server ──► failure.server_retry_after(failures)

A lifetime is computed once, when its entry is stored, and again when the policy changes. Rules and bounds come first,
ceilings after them and win; every step from the TTL published to the TTL kept is a `Reason`.
"""

from resolver.policy.failure import retry_after, server_retry_after
from resolver.policy.judge import judge, stale_rules
from resolver.policy.lifetime import Freshness, Lifetime, Reason, freshness, shown_ttl
from resolver.policy.prefetch import prefetch_at
from resolver.policy.rules import (
    DelegationBounds,
    FailureBounds,
    NegativeBounds,
    PositiveBounds,
    PrefetchRules,
    Rule,
    StaleRules,
)
from resolver.policy.shown import client_ttl
from resolver.policy.subject import AnswerClass, Subject
from resolver.policy.terms import Policy

__all__ = [
    "AnswerClass",
    "DelegationBounds",
    "FailureBounds",
    "Freshness",
    "Lifetime",
    "NegativeBounds",
    "Policy",
    "PositiveBounds",
    "PrefetchRules",
    "Reason",
    "Rule",
    "StaleRules",
    "Subject",
    "client_ttl",
    "freshness",
    "judge",
    "prefetch_at",
    "retry_after",
    "server_retry_after",
    "shown_ttl",
    "stale_rules",
]
