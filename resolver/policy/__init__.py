# SPDX-License-Identifier: ISC
"""What to keep, for how long, and what to serve: pure functions of facts, an instant and rules. No state.

    received RRset ──► ttl.positive ────┐
    referral ────────► ttl.delegation ──┼──► Lifetime(stored_at, fresh_until, stale_until, reasons) ──► cache
    SOA of a denial ─► negative ────────┘                 │
                                                          ├──► freshness(lifetime, now): FRESH | STALE | DEAD
    question ──► stale.plan(freshness, …) ──► Fresh | ServeStaleNow | ResolveThenStale | Resolve | AnswerFailure
    hit ───────► prefetch.due(lifetime, now, …)
    failure ───► failure.retry_after(count, …)    server ──► failure.server_retry_after(failures)

A lifetime is computed once, when its entry is stored. Bounds come first, ceilings after them and win; every step
from the TTL published to the TTL kept is a `Reason`.
"""

from resolver.policy.failure import retry_after, server_retry_after
from resolver.policy.lifetime import Freshness, Lifetime, Reason, freshness, shown_ttl
from resolver.policy.negative import negative
from resolver.policy.rules import Policy, PrefetchRules, StaleRules, TtlRules
from resolver.policy.ttl import delegation, positive

__all__ = [
    "Freshness",
    "Lifetime",
    "Policy",
    "PrefetchRules",
    "Reason",
    "StaleRules",
    "TtlRules",
    "delegation",
    "freshness",
    "negative",
    "positive",
    "retry_after",
    "server_retry_after",
    "shown_ttl",
]
