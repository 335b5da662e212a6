# SPDX-License-Identifier: ISC
"""The record cache: ranks (RFC 2181), denials (RFC 2308, 8020), TTL 0, flushes, and space."""

from __future__ import annotations

import pytest

from resolver.cache import NXDOMAIN_TYPE, Kind, Rank, RecordCache
from resolver.cache.flushes import FlushLog
from resolver.events import Evicted, nobody
from resolver.policy import Policy, StaleRules
from resolver.wire import Rtype
from tests.cache.making import HUGE, Heard, alias, denial, entry, k, store_all

A, AAAA, NS, TXT = Rtype.A, Rtype.AAAA, Rtype.NS, Rtype.TXT
NO_STALE = Policy(stale=StaleRules(enabled=False))


@pytest.fixture
def records() -> RecordCache:
    return RecordCache(HUGE, nobody)


def test_rfc4343_owner_case_does_not_matter_and_is_kept(records: RecordCache) -> None:
    store_all(records, entry("WwW.Example."))
    found = records.get(k("www.example."), A)
    assert found is not None
    assert found.owner == b"\x03WwW\x07Example\x00"


def test_expiry_removes_nothing(records: RecordCache) -> None:
    one = entry("a.example.", ttl=1)
    store_all(records, one)
    records.store(entry("b.example.", now=1e9), 1e9)
    assert records.get(k("a.example."), A) == one


class TestRfc2181Section5_4_1Ranks:
    @pytest.mark.parametrize("low", list(Rank))
    @pytest.mark.parametrize("high", list(Rank))
    def test_lower_never_replaces_fresh_higher(self, records: RecordCache, high: Rank, low: Rank) -> None:
        old = entry("a.example.", A, b"\1\1\1\1", rank=high)
        new = entry("a.example.", A, b"\2\2\2\2", rank=low)
        records.store(old, 0.0)
        assert records.store(new, 0.0) is (low >= high)
        assert records.peek(k("a.example."), A) == (new if low >= high else old)

    def test_lower_replaces_higher_that_is_no_longer_fresh(self, records: RecordCache) -> None:
        store_all(records, entry("a.example.", ttl=10))
        new = entry("a.example.", rank=Rank.NON_AUTHORITATIVE_ANSWER, now=10.0)
        assert records.store(new, 10.0)
        assert records.peek(k("a.example."), A) == new

    def test_glue_does_not_replace_an_answer_that_may_be_served_stale(self, records: RecordCache) -> None:
        answer = entry("ns.example.", ttl=10)
        store_all(records, answer)
        assert not records.store(entry("ns.example.", rank=Rank.GLUE, now=20.0), 20.0)
        assert records.peek(k("ns.example."), A) == answer
        dead_at = answer.lifetime.stale_until
        assert records.store(entry("ns.example.", rank=Rank.GLUE, now=dead_at), dead_at)

    def test_glue_with_ttl_zero_does_not_delete_an_answer(self, records: RecordCache) -> None:
        store_all(records, entry("ns.example."))
        assert not records.store(entry("ns.example.", rank=Rank.GLUE, ttl=0), 0.0)
        assert records.peek(k("ns.example."), A) is not None

    def test_glue_neither_removes_nor_joins_a_fresh_nxdomain(self, records: RecordCache) -> None:
        store_all(records, denial("example."), denial("ns.example."))
        assert not records.store(entry("ns.example.", rank=Rank.GLUE), 0.0)
        assert records.store(entry("ns2.example.", rank=Rank.GLUE), 0.0)
        assert records.peek(k("example."), NXDOMAIN_TYPE) is not None

    def test_low_nxdomain_does_not_wipe_better_data_of_its_name(self, records: RecordCache) -> None:
        store_all(records, entry("a.example."))
        assert not records.store(denial("a.example.", rank=Rank.NON_AUTHORITATIVE_ANSWER), 0.0)
        assert records.peek(k("a.example."), A) is not None


class TestDenials:
    def test_rfc2308_section5_nxdomain_denies_every_type_of_its_name(self, records: RecordCache) -> None:
        store_all(records, entry("a.example."), entry("a.example.", TXT, b"\1x"), denial("a.example.", AAAA))
        store_all(records, entry("b.a.example."), denial("a.example."))
        assert records.counts() == {Kind.POSITIVE: 1, Kind.NODATA: 0, Kind.NXDOMAIN: 1}
        assert records.peek(k("b.a.example."), A) is not None  # below: kept to its TTL

    @pytest.mark.parametrize("proof", [entry("b.a.example."), denial("b.a.example.", TXT)])
    def test_rfc8020_whatever_exists_lifts_the_nxdomain_at_it_and_above(
        self, records: RecordCache, proof: object
    ) -> None:
        store_all(records, denial("b.a.example."), denial("c.a.example."))
        store_all(records, denial("a.example."))
        assert records.store(proof, 0.0)
        held = {one.owner for one in records.at_or_below(k("example.")) if one.kind is Kind.NXDOMAIN}
        assert held == {k("c.a.example.")}

    def test_type_zero_has_no_place(self, records: RecordCache) -> None:
        assert not records.store(entry("a.example.", 0, b"x"), 0.0)
        assert len(records) == 0


class TestTtlZero:
    def test_it_deletes_the_old_entry_and_is_not_held(self, records: RecordCache) -> None:
        # Unbound 860: the answer of before the change was served on.
        store_all(records, entry("a.example."))
        assert not records.store(entry("a.example.", ttl=0), 5.0)
        assert records.get(k("a.example."), A) is None
        assert records.size_bytes == 0

    def test_an_nxdomain_with_ttl_zero_deletes_what_it_denies(self, records: RecordCache) -> None:
        store_all(records, entry("a.example."), entry("a.example.", TXT, b"\1x"))
        assert not records.store(denial("a.example.", ttl=0), 0.0)
        assert len(records) == 0

    def test_an_answer_with_ttl_zero_deletes_the_nxdomain_above(self, records: RecordCache) -> None:
        store_all(records, denial("example."))
        assert not records.store(entry("a.example.", ttl=0), 0.0)
        assert len(records) == 0

    def test_an_entry_dead_on_arrival_is_not_held(self, records: RecordCache) -> None:
        late = entry("a.example.", ttl=10, policy=NO_STALE)
        assert not records.store(late, 10.0)


class TestFlush:
    @pytest.fixture
    def full(self, records: RecordCache) -> RecordCache:
        store_all(records, entry("a.example."), entry("a.example.", TXT, b"\1x"), entry("b.a.example."))
        store_all(records, denial("c.a.example.", AAAA), denial("d.example."), entry("aa.example."))
        store_all(records, alias("w.other.", "a.example."))
        return records

    def test_a_name_in_any_case(self, full: RecordCache) -> None:
        assert full.flush(k("a.example.").upper()) == 2
        assert len(full) == 5

    def test_a_type_of_a_name(self, full: RecordCache) -> None:
        assert full.flush(k("a.example."), TXT) == 1
        assert full.peek(k("a.example."), A) is not None

    def test_a_subtree_ends_at_label_boundaries(self, full: RecordCache) -> None:
        assert full.flush(k("a.example."), subtree=True) == 4
        assert full.peek(k("aa.example."), A) is not None

    def test_negatives_only(self, full: RecordCache) -> None:
        assert full.flush(negative=True) == 2
        assert full.counts()[Kind.POSITIVE] == 5

    def test_stale_only(self, full: RecordCache) -> None:
        full.store(entry("young.example.", now=1000.0), 1000.0)
        assert full.flush(only_stale=True, now=1000.0) == 7
        assert len(full) == 1

    def test_everything(self, full: RecordCache) -> None:
        assert full.flush() == 7
        assert (len(full), full.size_bytes) == (0, 0)

    def test_a_dry_run_changes_nothing(self, full: RecordCache) -> None:
        before = full.epoch
        assert full.flush(dry_run=True) == 7
        assert (len(full), full.epoch) == (7, before)

    def test_a_flushed_name_is_no_longer_denied_from_above(self, records: RecordCache) -> None:
        store_all(records, denial("a.example."))
        assert records.flush(k("new.a.example.")) == 1

    def test_flushing_a_type_takes_the_nxdomain_that_denies_it(self, records: RecordCache) -> None:
        store_all(records, denial("a.example."))
        assert records.flush(k("a.example."), A) == 1


class TestEpochs:
    """An answer asked for before a flush is not stored after it."""

    def test_a_late_answer_is_fenced_off(self, records: RecordCache) -> None:
        asked = records.epoch
        records.flush(k("a.example."))
        assert not records.store(entry("a.example."), 0.0, asked)
        assert records.store(entry("a.example."), 0.0, records.epoch)

    def test_only_what_the_flush_covers_is_fenced(self, records: RecordCache) -> None:
        asked = records.epoch
        records.flush(k("a.example."), TXT)
        assert records.store(entry("a.example."), 0.0, asked)
        assert records.store(entry("b.example."), 0.0, asked)
        assert not records.store(entry("a.example.", TXT, b"\1x"), 0.0, asked)

    def test_a_late_nxdomain_above_a_flushed_name_is_fenced(self, records: RecordCache) -> None:
        asked = records.epoch
        records.flush(k("new.a.example."))
        assert not records.store(denial("a.example."), 0.0, asked)

    def test_a_negative_flush_fences_denials_alone(self, records: RecordCache) -> None:
        asked = records.epoch
        records.flush(negative=True)
        assert records.store(entry("a.example."), 0.0, asked)
        assert not records.store(denial("b.example."), 0.0, asked)

    def test_later_flushes_do_not_hide_earlier_ones(self, records: RecordCache) -> None:
        asked = records.epoch
        records.flush(k("a.example."))
        for other in range(10):
            records.flush(k(f"n{other}.example."))
        assert not records.store(entry("a.example."), 0.0, asked)
        assert records.store(entry("b.example."), 0.0, asked)

    def test_what_is_older_than_the_log_is_fenced(self, records: RecordCache) -> None:
        asked = records.epoch
        for other in range(100):
            records.flush(k(f"n{other}.example."))
        assert not records.store(entry("b.example."), 0.0, asked)

    def test_no_epoch_is_the_present(self, records: RecordCache) -> None:
        records.flush()
        assert records.store(entry("a.example."), 0.0)

    def test_flushing_the_stale_fences_nothing(self, records: RecordCache) -> None:
        asked = records.epoch
        records.flush(only_stale=True, now=0.0)
        assert records.store(entry("a.example."), 0.0, asked)

    def test_caches_may_share_a_log(self) -> None:
        log = FlushLog()
        one, other = RecordCache(HUGE, nobody, log), RecordCache(HUGE, nobody, log)
        asked = one.epoch
        one.flush()
        assert not other.store(entry("a.example."), 0.0, asked)


class TestListener:
    def test_it_hears_of_all_that_goes_and_why(self, records: RecordCache) -> None:
        gone: list[tuple[bytes, int, str]] = []
        records.set_listener(lambda key, rtype, reason: gone.append((key, rtype, reason)))
        store_all(records, entry("a.example."), entry("a.example."), denial("a.example."))
        store_all(records, entry("a.example."))
        records.flush(k("a.example."))
        a = k("a.example.")
        assert gone == [
            (a, A, "replaced"),
            (a, A, "denied"),
            (a, NXDOMAIN_TYPE, "denied"),
            (a, A, "flushed"),
        ]

    def test_generations_are_never_used_again(self, records: RecordCache) -> None:
        seen = []
        for _ in range(3):
            store_all(records, entry("a.example."))
            seen.append(records.generation(k("a.example."), A))
            store_all(records, entry("a.example."))
            seen.append(records.generation(k("a.example."), A))
            records.flush()
            assert records.generation(k("a.example."), A) == 0
        assert len(set(seen)) == 6


class TestSpace:
    def test_the_dead_go_first_even_those_in_use(self) -> None:
        heard = Heard()
        records = RecordCache(60_000, heard)
        store_all(records, entry("dead.example.", ttl=1, policy=NO_STALE))
        for _ in range(5):
            records.get(k("dead.example."), A)
        live = 0
        while not heard.events:
            live += 1
            store_all(records, entry(f"n{live}.example.", ttl=9999, now=10.0), now=10.0)
        assert heard.events == [Evicted(10.0, "records", "dead", 1)]
        assert records.peek(k("dead.example."), A) is None
        assert len(records) == live

    def test_stale_is_not_dead_and_no_reason_to_go(self) -> None:
        records = RecordCache(60_000, nobody)
        store_all(records, entry("used.example.", ttl=1))
        for number in range(500):
            records.get(k("used.example."), A)
            records.store(entry(f"n{number}.example.", ttl=9999, now=10.0), 10.0)
        assert records.peek(k("used.example."), A) is not None

    def test_a_life_cut_short_by_an_update_is_found_dead_in_time(self) -> None:
        heard = Heard()
        records = RecordCache(60_000, heard)
        store_all(records, entry("a.example.", ttl=9999))
        store_all(records, entry("a.example.", ttl=1, policy=NO_STALE))
        number = 0
        while not heard.events:
            number += 1
            records.store(entry(f"n{number}.example.", ttl=9999, now=10.0), 10.0)
        assert heard.events == [Evicted(10.0, "records", "dead", 1)]

    def test_a_life_prolonged_by_an_update_is_not_taken_for_dead(self) -> None:
        records = RecordCache(60_000, nobody)
        store_all(records, entry("a.example.", ttl=1, policy=NO_STALE))
        store_all(records, entry("a.example.", ttl=9999))
        for number in range(500):
            records.get(k("a.example."), A)
            records.store(entry(f"n{number}.example.", ttl=9999, now=10.0), 10.0)
        assert records.peek(k("a.example."), A) is not None

    def test_an_entry_over_the_whole_budget_is_refused_and_what_it_replaced_is_gone(self) -> None:
        records = RecordCache(20_000, nobody)
        store_all(records, entry("a.example."), entry("b.example."))
        for name in ("a.example.", "new.example."):
            assert not records.store(entry(name, A, *[bytes(100)] * 300), 0.0)
            assert records.peek(k(name), A) is None
            assert records.peek(k("b.example."), A) is not None

    def test_one_time_names_cannot_push_out_names_in_use(self) -> None:
        # O11, CacheFlush (USENIX 2024): 5000 unique names for each use of a popular one.
        records = RecordCache(400_000, nobody)
        popular = [k(f"popular{number}.example.") for number in range(20)]
        hits = asked = 0
        for number in range(6000):
            records.store(entry(f"once{number}.example."), 0.0)
            if number % 3 == 0:
                name = popular[number // 3 % 20]
                asked += 1
                if records.get(name, A) is not None:
                    hits += 1
                else:
                    records.store(entry(f"popular{number // 3 % 20}.example."), 0.0)
        assert hits / asked > 0.95

    def test_cve_2024_1737_types_at_one_name_are_bounded(self, records: RecordCache) -> None:
        for rtype in range(1, 3000):
            records.store(entry("a.example.", rtype, b"x"), 0.0)
        assert len(records) == 100
        assert records.peek(k("a.example."), 2999) is not None


def test_what_makes_room_says_how_long_it_was_held() -> None:
    heard: list[Evicted] = []
    records = RecordCache(8_000, lambda event: heard.append(event) if isinstance(event, Evicted) else None)
    for number in range(100):
        records.store(entry(f"name{number}.example.", ttl=9999, now=float(number)), float(number))
    space = [event for event in heard if event.reason == "space"]
    assert space
    assert sum(event.entries for event in space) == sum(len(event.lives) for event in space)
    assert all(0 < life < 100 for event in space for life in event.lives)
