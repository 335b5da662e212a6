# SPDX-License-Identifier: ISC
"""Old news fills gaps; it never replaces, removes or contradicts anything newer."""

from __future__ import annotations

from resolver.cache import Entry, Rank, RecordCache
from resolver.events import nobody
from resolver.persistence import admission
from resolver.persistence.admission import Admitted
from resolver.policy import Lifetime, Policy, PositiveBounds, Reason, StaleRules
from resolver.units import Seconds
from tests.cache.making import HUGE, POLICY, denial, entry, k

NOW = 100.0


def cache(*held: object) -> RecordCache:
    records = RecordCache(HUGE, nobody)
    for one in held:
        records.store(one, NOW)
    return records


def admit(records: RecordCache, old: Entry, now: float, policy: Policy = POLICY) -> Admitted:
    return admission.admit(records, old, policy, now, now + 1e9)


def test_a_gap_is_filled_with_the_rank_it_had() -> None:
    records = cache()
    old = entry("a.example.", now=10.0, rank=Rank.NON_AUTHORITATIVE_ANSWER)
    assert admit(records, old, NOW) is Admitted.LOADED
    assert records.peek(k("a.example."), 1) == old


def test_the_dead_stay_out() -> None:
    dead = entry("a.example.", lifetime=Lifetime(NOW - 86400 * 2, NOW, NOW + 10, 10))
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


def test_the_policy_in_force_judges_it_from_its_published_ttl_and_age() -> None:
    """A restart with another policy is a change of policy: no lifetime that no rule in force explains."""
    short = Policy(positive=PositiveBounds(max=Seconds(120)), stale=StaleRules(enabled=False), name="short")
    written = entry("a.example.", ttl=3600, now=10.0)
    records = cache()
    assert admit(records, written, NOW, short) is Admitted.LOADED
    held = records.peek(k("a.example."), 1)
    assert held is not None
    assert held.lifetime == Lifetime(10.0, 130.0, 130.0, 3600, (Reason("policy.max_ttl", 3600, 120),))
    back = entry("a.example.", ttl=3600, lifetime=held.lifetime)
    assert admit(again := cache(), back, NOW) is Admitted.LOADED
    assert again.peek(k("a.example."), 1) == written
    assert admit(cache(), written, 140.0, short) is Admitted.DIED


def test_a_bound_that_cannot_be_known_any_more_stays() -> None:
    left = Lifetime(NOW, NOW + 7, NOW + 7, 7, (Reason("dump.left", 7, 7),))
    records, long = cache(), Policy(positive=PositiveBounds(min=Seconds(3600)))
    assert admit(records, entry("a.example.", ttl=7, lifetime=left), NOW, long) is Admitted.LOADED
    held = records.peek(k("a.example."), 1)
    assert held is not None
    assert (held.lifetime.fresh_until, held.lifetime.stale_until) == (NOW + 7, NOW + 7)
