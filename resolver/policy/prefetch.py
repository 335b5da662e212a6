# SPDX-License-Identifier: ISC
"""When a hit is worth a new fetch before the entry expires. Starting it is the service's business."""

from __future__ import annotations

from math import inf

from resolver.policy.lifetime import Freshness, Lifetime, freshness
from resolver.policy.rules import PrefetchRules

__all__ = ["PrefetchRules", "due", "due_at"]


def due_at(lifetime: Lifetime, rules: PrefetchRules) -> float:
    """The instant from which a hit starts a new fetch; infinity when none ever does."""
    if not rules.enabled or lifetime.kept_ttl < rules.min_ttl:
        return inf
    return lifetime.fresh_until - rules.fraction * lifetime.kept_ttl


def due(lifetime: Lifetime, now: float, rules: PrefetchRules) -> bool:
    """Whether a hit at `now` starts a new fetch: the entry is fresh, and in the last fraction of its life."""
    return now >= due_at(lifetime, rules) and freshness(lifetime, now) is Freshness.FRESH
