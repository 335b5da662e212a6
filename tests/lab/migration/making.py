# SPDX-License-Identifier: ISC
"""Policies and names for the tests of migrations, free of what the shipped presets happen to say."""

from __future__ import annotations

from resolver.policy import (
    DelegationBounds,
    NegativeBounds,
    Policy,
    PositiveBounds,
    PrefetchRules,
    StaleRules,
)
from resolver.units import Seconds
from resolver.wire import from_text

NAME = from_text("www.alpha.")
DAY = 86400


def policy(*, least=0, most=7 * DAY, stale=0, client_timeout=1.8, prefetch=0.0):
    """A policy of a minimum and a maximum; stale window in seconds and last fraction of prefetch, 0 for neither."""
    return Policy(
        positive=PositiveBounds(min=Seconds(least), max=Seconds(most)),
        nxdomain=NegativeBounds(max=Seconds(most)),
        delegation=DelegationBounds(max=Seconds(most)),
        stale=StaleRules(enabled=stale > 0, max_age=Seconds(stale), client_timeout=Seconds(client_timeout)),
        prefetch=PrefetchRules(enabled=prefetch > 0, fraction=prefetch),
    )


PLAIN = policy()
BROWSER = policy(least=60, most=60)
