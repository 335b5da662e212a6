# SPDX-License-Identifier: ISC
"""What a walk through the record cache shows of an entry without unpacking it. Nothing is decided here."""

from __future__ import annotations

from typing import NamedTuple

from resolver.cache.entry import Kind
from resolver.cache.packed import instants_of, kind_of, published_of, rtype_of
from resolver.cache.tallies import Tally
from resolver.policy.lifetime import Lifetime


class Held(NamedTuple):
    """One entry at a glance: its folded owner, type and kind, what it weighs in bytes, and what it was good for.

    `lifetime` is without TTL and reasons: enough for the judge. `published_ttl` is in seconds.
    """

    key: bytes
    rtype: int
    kind: Kind
    lifetime: Lifetime
    published_ttl: int
    size: int
    tally: Tally


def glance(packed: bytes, key: bytes, size: int, tally: Tally) -> Held:
    """A packed entry as a walk shows it."""
    return Held(
        key, rtype_of(packed), kind_of(packed), instants_of(packed), published_of(packed), size, tally
    )
