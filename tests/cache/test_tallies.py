# SPDX-License-Identifier: ISC
"""Tallies by slot: what an entry was good for, over all refreshes of its data, and no other entry's numbers."""

from __future__ import annotations

from resolver.cache import RecordCache
from resolver.cache.tallies import Tallies, Tally
from resolver.events import nobody
from tests.cache.making import HUGE, entry, k


def test_hits_refreshes_and_stale_periods() -> None:
    tallies = Tallies()
    tallies.begin(3, 12.5)
    tallies.hit(3, 40)
    tallies.stale(3)
    tallies.stale(3)
    tallies.refreshed(3)
    tallies.hit(3, 2)
    tallies.stale(3)
    assert tallies.of(3) == Tally(12.5, 42, 1, 3, 2)
    assert tallies.of(2) == Tally(0.0, 0, 0, 0, 0)
    tallies.begin(3, 99.0)
    assert tallies.of(3) == Tally(99.0, 0, 0, 0, 0)


def test_numbers_stop_at_their_most() -> None:
    tallies = Tallies()
    tallies.begin(0, 0.0)
    tallies.hit(0, 1 << 33)
    for _ in range(0x8001):
        tallies.refreshed(0)
    tallies.stale(0)
    assert tallies.of(0) == Tally(0.0, 0xFFFFFFFF, 0x7FFF, 1, 1)


def test_the_record_cache_keeps_them_with_the_name_and_type() -> None:
    cache = RecordCache(HUGE, nobody)
    cache.store(entry("a.example.", now=5.0), 5.0)
    slot = cache.slot(k("a.example."), 1)
    cache.tallies.hit(slot, 3)
    cache.store(entry("a.example.", now=9.0), 9.0)
    (held,) = cache.walk(0, cache.slots)
    assert (held.key, held.rtype, held.published_ttl) == (k("a.example."), 1, 300)
    assert held.tally == Tally(5.0, 3, 1, 0, 0)
    assert held.size > 100
    assert held.lifetime.stored_at == 9.0
    cache.flush()
    cache.store(entry("b.example.", now=20.0), 20.0)
    assert [held.tally for held in cache.walk(0, cache.slots)] == [Tally(20.0, 0, 0, 0, 0)]
