# SPDX-License-Identifier: ISC
"""Old news fills gaps; it never replaces, removes or contradicts anything newer."""

from __future__ import annotations

from resolver.cache import Rank, RecordCache
from resolver.events import nobody
from resolver.persistence.admission import Admitted, admit
from resolver.policy import Lifetime
from tests.cache.making import HUGE, denial, entry, k

NOW = 100.0


def cache(*held: object) -> RecordCache:
    records = RecordCache(HUGE, nobody)
    for one in held:
        records.store(one, NOW)
    return records


def test_a_gap_is_filled_with_the_rank_it_had() -> None:
    records = cache()
    old = entry("a.example.", now=10.0, rank=Rank.NON_AUTHORITATIVE_ANSWER)
    assert admit(records, old, NOW) is Admitted.LOADED
    assert records.peek(k("a.example."), 1) == old


def test_the_dead_stay_out() -> None:
    dead = entry("a.example.", lifetime=Lifetime(0.0, 10.0, NOW, 10))
    assert admit(cache(), dead, NOW) is Admitted.DIED


def test_what_is_newer_stays_whatever_its_rank() -> None:
    newer = entry("a.example.", 1, b"\x01\x01\x01\x01", now=50.0, rank=Rank.NON_AUTHORITATIVE_ANSWER)
    records = cache(newer)
    assert admit(records, entry("a.example.", now=49.0), NOW) is Admitted.OLDER
    assert records.peek(k("a.example."), 1) == newer
    assert admit(records, entry("a.example.", now=51.0), NOW) is Admitted.LOADED


def test_an_old_denial_removes_no_data_and_old_data_no_newer_denial() -> None:
    records = cache(entry("a.example.", now=10.0))
    assert admit(records, denial("a.example.", now=90.0), NOW) is Admitted.OLDER
    records = cache(denial("example.", now=50.0))
    assert admit(records, entry("www.example.", now=49.0), NOW) is Admitted.OLDER
    assert len(records) == 1


def test_a_newer_denial_replaces_an_older_one() -> None:
    records = cache(denial("a.example.", now=10.0))
    assert admit(records, denial("a.example.", now=50.0), NOW) is Admitted.LOADED


def test_what_weighs_more_than_the_cache_has_no_room() -> None:
    assert admit(RecordCache(500, nobody), entry("a.example.", 16, bytes(900)), 1.0) is Admitted.NO_ROOM
