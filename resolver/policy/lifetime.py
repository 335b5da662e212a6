# SPDX-License-Identifier: ISC
"""The one judge of time: what a lifetime is, and whether it is fresh, stale or dead at an instant.

Everything that serves, counts, shadows or simulates calls `freshness`; nobody compares instants on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf


class Freshness(Enum):
    """The three ages of an entry: fresh in [stored, fresh_until), stale in [fresh_until, stale_until), then dead."""

    FRESH = "fresh"
    STALE = "stale"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Reason:
    """One step from the published TTL to the one kept: which rule, and seconds before and after it."""

    rule: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When an entry was stored, until when it is fresh and until when it may be served stale (instants of `now`).

    `published_ttl` is the TTL as received, in seconds (0 … 2^32-1); `reasons` is the audit of every change to it.
    """

    stored_at: float
    fresh_until: float
    stale_until: float
    published_ttl: int
    reasons: tuple[Reason, ...] = ()

    @property
    def kept_ttl(self) -> float:
        """Seconds of fresh life granted."""
        return self.fresh_until - self.stored_at


def freshness(lifetime: Lifetime, now: float) -> Freshness:
    """Judge `lifetime` at the instant `now`."""
    if now < lifetime.fresh_until:
        return Freshness.FRESH
    return Freshness.STALE if now < lifetime.stale_until else Freshness.DEAD


def shown_ttl(lifetime: Lifetime, now: float, stale_reply_ttl: float, most: float = inf) -> int:
    """The TTL to show a client: max(1, floor(left)) when fresh, the policy's `stale.reply_ttl` when stale.

    Never more than was kept (a clock that jumps back does not make data younger than new), nor than `most` seconds
    while it is fresh: what is shown may be less than what is kept, never more.
    """
    left = min(lifetime.fresh_until - now, lifetime.kept_ttl, most)
    return max(1, int(left)) if lifetime.fresh_until > now else int(stale_reply_ttl)
