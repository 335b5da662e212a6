# SPDX-License-Identifier: ISC
"""The TTL that a client is shown: what is left of what is kept, unless the policy says otherwise."""

from __future__ import annotations

from math import inf

from resolver.policy.lifetime import Lifetime, shown_ttl
from resolver.policy.subject import Subject
from resolver.policy.terms import Policy


def client_ttl(subject: Subject, lifetime: Lifetime, now: float, policy: Policy) -> int:
    """Seconds to show for `subject` at `now`: at most `reply_ttl` while fresh, `stale.reply_ttl` from then on."""
    stale, most = policy.stale, inf
    if policy.rules:
        terms = policy.terms(subject)
        stale = terms.stale
        if terms.reply_ttl is not None:
            most = terms.reply_ttl.value
    reply = stale.reply_ttl
    if stale.reply_capped and lifetime.published_ttl < reply:
        return shown_ttl(lifetime, now, lifetime.published_ttl, most)
    return shown_ttl(lifetime, now, reply, most)
