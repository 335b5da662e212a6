# SPDX-License-Identifier: ISC
"""What is remembered of entries that left: how they ended, within the bytes given, and nobody else's end."""

from __future__ import annotations

import pytest

from resolver.cache import NXDOMAIN_TYPE, RecordCache
from resolver.cache.flushes import Flush, FlushLog
from resolver.cache.lives import LIFE_BYTES, End, Lives, PastLife, cause_of
from resolver.events import nobody
from resolver.policy import Lifetime
from tests.cache.making import HUGE, denial, entry, k


def records(budget: int = HUGE) -> RecordCache:
    return RecordCache(budget, nobody, FlushLog(), Lives(64 << 10))


def test_a_life_is_told_as_it_was_noted() -> None:
    lives = Lives(10 * LIFE_BYTES)
    life = PastLife(End.EVICTED, 1.5, 9.25, 300, 4_000_000_000, 70_000)
    lives.note(b"\x01a\x00", 1, life)
    assert lives.last(b"\x01a\x00", 1) == life._replace(refreshes=0xFFFF)
    assert lives.last(b"\x01a\x00", 28) is None
    assert lives.last(b"\x01b\x00", 1) is None


def test_memory_is_bounded_and_the_newest_life_is_there() -> None:
    lives = Lives(100 * LIFE_BYTES)
    for number in range(1000):
        key = b"\x04%04d\x00" % number
        lives.note(key, 1, PastLife(End.FLUSHED, 0.0, float(number), 60, 0, 0))
        assert lives.last(key, 1).ended_at == number
    assert lives.size_bytes == 100 * LIFE_BYTES
    known = sum(lives.last(b"\x04%04d\x00" % number, 1) is not None for number in range(1000))
    assert 1 <= known <= 100


def test_without_room_nothing_is_remembered() -> None:
    lives = Lives(LIFE_BYTES - 1)
    lives.note(b"\x01a\x00", 1, PastLife(End.FLUSHED, 0.0, 1.0, 60, 0, 0))
    assert lives.last(b"\x01a\x00", 1) is None


def test_flushed_and_denied_entries_are_remembered_with_what_they_were_good_for() -> None:
    cache = records()
    cache.store(entry("a.example.", now=10.0), 10.0)
    cache.store(entry("a.example.", now=20.0), 20.0)
    cache.tallies.hit(cache.slot(k("a.example."), 1), 7)
    cache.flush(k("a.example."), now=30.0)
    assert cache.lives.last(k("a.example."), 1) == PastLife(End.FLUSHED, 10.0, 30.0, 300, 7, 1)
    assert cache.why_missing(k("a.example."), 1) == "flushed"
    cache.store(entry("b.example."), 0.0)
    cache.store(denial("b.example.", now=5.0), 5.0)
    assert cache.lives.last(k("b.example."), 1).end is End.DENIED


def test_what_expired_is_told_from_what_was_evicted() -> None:
    cache = records(3000)
    cache.store(entry("short.example.", lifetime=Lifetime(0.0, 1.0, 2.0, 1)), 0.0)
    number = 0
    while cache.peek(k("short.example."), 1) is not None:
        number += 1
        cache.store(entry(f"n{number}.example.", now=50.0), 50.0)
    assert cache.why_missing(k("short.example."), 1) == "expired"
    while cache.peek(k("n1.example."), 1) is not None:
        number += 1
        cache.store(entry(f"n{number}.example.", now=51.0), 51.0)
    assert cache.why_missing(k("n1.example."), 1) == "evicted"
    assert cache.why_missing(k("never.example."), 1) == "cold"


def test_what_may_not_be_kept_says_so() -> None:
    cache = records()
    cache.store(entry("zero.example.", ttl=0, lifetime=Lifetime(9.0, 9.0, 9.0, 0)), 9.0)
    assert cache.lives.last(k("zero.example."), 1).end is End.ZERO_TTL
    small = records(2000)
    small.store(entry("big.example.", 16, bytes(9000)), 0.0)
    assert small.lives.last(k("big.example."), 16).end is End.TOO_LARGE


def test_a_name_that_was_denied_and_flushed_is_a_flushed_miss_for_every_type() -> None:
    cache = records()
    cache.store(denial("no.example."), 0.0)
    cache.flush(k("no.example."), now=1.0)
    assert cache.lives.last(k("no.example."), NXDOMAIN_TYPE).end is End.FLUSHED
    assert cache.why_missing(k("no.example."), 28) == "flushed"


def test_what_is_still_here_has_expired() -> None:
    cache = records()
    cache.store(entry("a.example."), 0.0)
    assert cache.why_missing(k("a.example."), 1) == "expired"


@pytest.mark.parametrize(
    ("end", "cause"),
    [(End.EXPIRED, "expired"), (End.EVICTED, "evicted"), (End.FLUSHED, "flushed"), (End.DENIED, "cold")],
)
def test_labels(end: End, cause: str) -> None:
    assert cause_of(PastLife(end, 0.0, 1.0, 60, 0, 0)) == cause
    assert cause_of(None) == "cold"


def test_a_sweep_in_slices_takes_what_one_flush_takes() -> None:
    cache, whole = records(), records()
    for number in range(300):
        one = entry(f"n{number}.{'a' if number % 3 else 'b'}.example.")
        cache.store(one, 0.0)
        whole.store(one, 0.0)
    flush = Flush(k("a.example."), subtree=True)
    cache.fence(flush)
    counted = sum(len(cache.sweep(flush, at, at + 64, 1.0, dry_run=True)) for at in range(0, cache.slots, 64))
    taken = sum(len(cache.sweep(flush, at, at + 64, 1.0)) for at in range(0, cache.slots, 64))
    assert counted == taken == whole.flush(k("a.example."), subtree=True) == 200
    assert len(cache) == len(whole) == 100
