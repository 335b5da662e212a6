# SPDX-License-Identifier: ISC
"""Whether what was written down comes into a cache that has lived on meanwhile: never over anything newer.

An entry from a file is old news: it fills gaps, and neither replaces nor contradicts what was learnt since. It lives as
the policy in force would have had it live, whatever ruled when it was written.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from resolver.cache import NXDOMAIN_TYPE, Entry, Kind, RecordCache
from resolver.engine.rejudging import rejudged
from resolver.policy import Freshness, Policy, freshness


class Admitted(StrEnum):
    """What became of one entry."""

    LOADED = "loaded"
    DIED = "died"  # its life, stale time included, ended between writing and reading
    OLDER = "older"  # something newer is known of the name
    NO_ROOM = "no_room"


def admit(records: RecordCache, entry: Entry, policy: Policy, now: float, wall: float) -> Admitted:
    """Store an entry that was written down, with the rank it had, if nothing newer speaks against it.

    `policy` judges it from its published TTL and age; `now` and `wall` are the same instant, as in `rejudged`.
    """
    entry = replace(entry, lifetime=rejudged(entry, policy, now, wall))
    if freshness(entry.lifetime, now) is Freshness.DEAD:
        return Admitted.DIED
    if _is_old_news(records, entry, now):
        return Admitted.OLDER
    return Admitted.LOADED if records.store(entry, now) else Admitted.NO_ROOM


def _is_old_news(records: RecordCache, entry: Entry, now: float) -> bool:
    key = entry.key
    held = records.peek(key, entry.rtype)
    if held is not None and _is_newer(held, entry, now):
        return True
    at_or_above = records.held_names(key)
    if entry.kind is Kind.NXDOMAIN:  # storing it would remove all else at the name
        return held is None and key in at_or_above
    for name in at_or_above:
        denial = records.peek(name, NXDOMAIN_TYPE)
        if denial is not None and _is_newer(denial, entry, now):
            return True
    return False


def _is_newer(held: Entry, entry: Entry, now: float) -> bool:
    """Whether what is held may still answer and is not older."""
    may_answer = freshness(held.lifetime, now) is not Freshness.DEAD
    return may_answer and held.lifetime.stored_at >= entry.lifetime.stored_at
