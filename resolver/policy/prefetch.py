# SPDX-License-Identifier: ISC
"""When a hit is worth a new fetch before the entry expires. Starting it is the service's business."""

from __future__ import annotations

from math import inf

from resolver.policy.lifetime import Lifetime
from resolver.policy.subject import Subject
from resolver.policy.terms import Policy


def prefetch_at(subject: Subject, lifetime: Lifetime, policy: Policy) -> float:
    """The instant from which a hit starts a new fetch; infinity when none ever does.

    The window is the last `fraction` of the life and `left` seconds more, at most the whole life.
    """
    rules = policy.terms(subject).prefetch if policy.rules else policy.prefetch
    life = lifetime.fresh_until - lifetime.stored_at
    if not rules.enabled or life < rules.min_ttl:
        return inf
    window = min(rules.fraction * life + rules.left, life)
    return lifetime.fresh_until - window if window > 0 else inf
