# SPDX-License-Identifier: ISC
"""Who keeps a place in the record cache: comparing ranks (RFC 2181 section 5.4.1). Nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterable

from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.cache.packed import instants_of, rank_of, rtype_of
from resolver.policy.lifetime import Freshness, freshness


def outranks(old: bytes, new: Entry, now: float) -> bool:
    """Whether `old` keeps its place: while fresh; against glue, which answers nobody, until it is dead."""
    if rank_of(old) <= new.rank:
        return False
    age = freshness(instants_of(old), now)
    return age is Freshness.FRESH or (new.rank is Rank.GLUE and age is Freshness.STALE)


def is_outranked(here: Iterable[bytes], new: Entry, now: float) -> bool:
    """Whether something of what is held at its name outranks the new entry and would have to go for it."""
    rivals = (new.rtype, NXDOMAIN_TYPE)
    return any(
        outranks(old, new, now) for old in here if new.kind is Kind.NXDOMAIN or rtype_of(old) in rivals
    )
