# SPDX-License-Identifier: ISC
"""Zone cuts: live leases only, the deepest first, bounded in bytes."""

from __future__ import annotations

import dataclasses

import pytest

from resolver.cache import DelegationCache
from resolver.cache.delegations import delegation_bytes
from resolver.cache.flushes import FlushLog
from tests.cache.making import HUGE, cut, k


@pytest.fixture
def cuts() -> DelegationCache:
    cache = DelegationCache(HUGE)
    for zone, ttl in ((".", 1000), ("example.", 500), ("deep.example.", 100)):
        assert cache.store(cut(zone, ttl=ttl), 0.0)
    return cache


def zone_of(cuts: DelegationCache, name: str, now: float, *, strictly_above: bool = False) -> bytes | None:
    found = cuts.deepest(k(name), now, strictly_above=strictly_above)
    return None if found is None else found.zone


def test_the_deepest_cut_at_or_above_the_name(cuts: DelegationCache) -> None:
    assert zone_of(cuts, "a.b.deep.example.", 0.0) == k("deep.example.")
    assert zone_of(cuts, "deep.example.", 0.0) == k("deep.example.")
    assert zone_of(cuts, "notdeep.example.", 0.0) == k("example.")
    assert zone_of(cuts, "other.", 0.0) == k(".")


def test_rfc4035_section3_1_4_1_ds_is_asked_above_the_cut(cuts: DelegationCache) -> None:
    assert zone_of(cuts, "deep.example.", 0.0, strictly_above=True) == k("example.")
    assert zone_of(cuts, ".", 0.0, strictly_above=True) is None


def test_ghost_domain_a_lease_that_is_over_is_never_used(cuts: DelegationCache) -> None:
    assert zone_of(cuts, "a.deep.example.", 99.9) == k("deep.example.")
    assert zone_of(cuts, "a.deep.example.", 100.0) == k("example.")
    assert zone_of(cuts, "a.deep.example.", 1000.0) is None


def test_a_lease_over_on_arrival_removes_what_was_known(cuts: DelegationCache) -> None:
    assert not cuts.store(cut("deep.example.", ttl=0), 0.0)
    assert cuts.get(k("deep.example.")) is None


def test_the_newest_word_of_the_parent_counts_even_when_shorter(cuts: DelegationCache) -> None:
    assert cuts.store(cut("example.", ttl=5), 0.0)
    assert zone_of(cuts, "a.example.", 5.0) == k(".")


def test_flush_takes_a_zone_a_subtree_or_all(cuts: DelegationCache) -> None:
    assert cuts.flush(k("example."), dry_run=True) == 1
    assert cuts.flush(k("example.")) == 1
    assert len(cuts) == 2
    assert cuts.flush(k("example."), subtree=True) == 1
    assert cuts.flush() == 1
    assert (len(cuts), cuts.size_bytes) == (0, 0)


def test_a_referral_asked_for_before_a_flush_is_not_stored_after_it() -> None:
    log = FlushLog()
    cuts = DelegationCache(HUGE, log)
    asked = log.epoch
    cuts.flush(k("example."), subtree=True)
    assert not cuts.store(cut("a.example."), 0.0, asked)
    assert cuts.store(cut("other."), 0.0, asked)
    assert cuts.store(cut("a.example."), 0.0, log.epoch)


def test_remove_forgets_one(cuts: DelegationCache) -> None:
    assert cuts.remove(k("example."))
    assert not cuts.remove(k("example."))


def test_the_budget_holds_and_the_least_recently_used_goes() -> None:
    each = delegation_bytes(cut("z00.example."))
    cuts = DelegationCache(each * 10)
    for number in range(30):
        cuts.store(cut(f"z{number:02}.example."), 0.0)
        cuts.deepest(k("a.z00.example."), 0.0)
        assert cuts.size_bytes <= each * 10
    assert cuts.get(k("z00.example.")) is not None
    assert cuts.get(k("z01.example.")) is None


def test_a_cut_over_the_whole_budget_is_refused_and_the_old_one_gone() -> None:
    cuts = DelegationCache(3000)
    assert cuts.store(cut("example."), 0.0)
    assert not cuts.store(cut("example.", servers=100), 0.0)
    assert (len(cuts), cuts.size_bytes) == (0, 0)


def test_weight_grows_with_names_and_addresses() -> None:
    one = cut("example.")
    assert delegation_bytes(dataclasses.replace(one, addresses=())) < delegation_bytes(one)
    assert delegation_bytes(one) < delegation_bytes(cut("example.", servers=2))
