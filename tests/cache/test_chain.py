# SPDX-License-Identifier: ISC
"""From a question to its answer: aliases, denials above (RFC 8020), DNAME (RFC 6672), freshness of the whole."""

from __future__ import annotations

import pytest

from resolver.cache import NXDOMAIN_TYPE, ChainState, Kind, Link, Rank, RecordCache, Stop, follow
from resolver.cache.eviction import S3Fifo
from resolver.events import nobody
from resolver.policy import Freshness
from resolver.wire import Rtype
from tests.cache.making import HUGE, alias, denial, entry, k, n, store_all

A, AAAA, CNAME, DNAME, ANY, NSEC, RRSIG, DS = (
    Rtype.A,
    Rtype.AAAA,
    Rtype.CNAME,
    Rtype.DNAME,
    Rtype.ANY,
    Rtype.NSEC,
    Rtype.RRSIG,
    Rtype.DS,
)


@pytest.fixture
def records() -> RecordCache:
    return RecordCache(HUGE, nobody)


def test_nothing_known(records: RecordCache) -> None:
    chain = follow(records, k("a.example."), A, 0.0, 11)
    assert (chain.entries, chain.state, chain.next_name) == ((), ChainState.MISSING, k("a.example."))
    assert chain.freshness is Freshness.DEAD


def test_rfc1034_section3_6_2_aliases_are_followed_and_keep_their_spelling(records: RecordCache) -> None:
    store_all(records, alias("a.example.", "B.Other."), alias("b.other.", "c.third."), entry("c.third."))
    chain = follow(records, k("a.example."), A, 0.0, 11)
    assert [one.rtype for one in chain.entries] == [CNAME, CNAME, A]
    assert (chain.state, chain.next_name) == (ChainState.FRESH, n("c.third."))
    broken = follow(records, k("a.example."), AAAA, 0.0, 11)
    assert (len(broken.entries), broken.state, broken.next_name) == (2, ChainState.MISSING, n("c.third."))


def test_a_chain_breaks_off_at_the_name_as_the_alias_spells_it(records: RecordCache) -> None:
    store_all(records, alias("a.example.", "B.Other."))
    assert follow(records, k("a.example."), A, 0.0, 11).next_name == n("B.Other.")


@pytest.mark.parametrize("rtype", [CNAME, RRSIG, NSEC, ANY])
def test_rfc4034_types_that_live_beside_a_cname_are_not_aliased(records: RecordCache, rtype: int) -> None:
    store_all(records, alias("a.example.", "b.example."), entry("b.example.", rtype, b"\0"))
    chain = follow(records, k("a.example."), rtype, 0.0, 11)
    assert [one.owner for one in chain.entries] == ([n("a.example.")] if rtype == CNAME else [])


def test_a_denied_alias_is_no_alias(records: RecordCache) -> None:
    store_all(records, denial("a.example.", CNAME))
    assert follow(records, k("a.example."), A, 0.0, 11).state is ChainState.MISSING


def test_rfc2181_section5_4_1_glue_answers_nobody(records: RecordCache) -> None:
    store_all(records, entry("ns.example.", rank=Rank.GLUE))
    assert follow(records, k("ns.example."), A, 0.0, 11).state is ChainState.MISSING


@pytest.mark.parametrize("make", [lambda: denial("b.example."), lambda: denial("b.example.", A)])
def test_rfc6604_an_alias_may_end_in_a_denial(records: RecordCache, make: object) -> None:
    store_all(records, alias("a.example.", "b.example."), make())
    chain = follow(records, k("a.example."), A, 0.0, 11)
    assert (len(chain.entries), chain.state) == (2, ChainState.FRESH)


class TestRfc8020:
    def test_nothing_is_below_what_does_not_exist(self, records: RecordCache) -> None:
        store_all(records, denial("b.example."))
        chain = follow(records, k("x.y.b.example."), A, 0.0, 11)
        assert (chain.state, chain.entries[0].kind) == (ChainState.FRESH, Kind.NXDOMAIN)
        assert chain.entries[0].owner == k("x.y.b.example.")
        assert chain.sources[0].key == k("b.example.")

    def test_a_sibling_and_a_name_that_only_ends_alike_are_not_denied(self, records: RecordCache) -> None:
        store_all(records, denial("b.example."))
        for name in ("a.example.", "ab.example.", "example."):
            assert follow(records, k(name), A, 0.0, 11).state is ChainState.MISSING

    def test_fresh_data_below_it_lives_to_its_ttl(self, records: RecordCache) -> None:
        store_all(records, entry("a.b.example.", ttl=100), denial("b.example."))
        assert follow(records, k("a.b.example."), A, 99.0, 11).entries[0].kind is Kind.POSITIVE

    def test_but_stale_data_below_it_gives_way_to_fresh_denial(self, records: RecordCache) -> None:
        store_all(records, entry("a.b.example.", ttl=100), denial("b.example."))
        chain = follow(records, k("a.b.example."), A, 100.0, 11)
        assert (chain.entries[0].kind, chain.state) == (Kind.NXDOMAIN, ChainState.FRESH)


class TestRfc6672:
    def test_section3_4_a_cname_is_made_with_the_dnames_life(self, records: RecordCache) -> None:
        store_all(records, alias("d.example.", "t.other.", rtype=DNAME, ttl=77), entry("x.Y.t.other."))
        chain = follow(records, k("x.y.d.example."), A, 10.0, 11)
        dname, made, end = chain.entries
        assert (dname.rtype, made.rtype, end.rtype) == (DNAME, CNAME, A)
        assert (made.owner, made.records[0].rdata) == (k("x.y.d.example."), k("x.y.t.other."))
        assert made.synthesized
        assert (made.lifetime, made.records[0].ttl, made.signatures) == (dname.lifetime, 77, ())
        assert [link.rtype for link in chain.sources] == [DNAME, A]

    def test_section2_3_the_dname_does_not_redirect_its_own_name(self, records: RecordCache) -> None:
        store_all(records, alias("d.example.", "t.other.", rtype=DNAME))
        assert follow(records, k("d.example."), A, 0.0, 11).entries == ()
        assert follow(records, k("d.example."), DNAME, 0.0, 11).state is ChainState.FRESH

    @pytest.mark.parametrize("rtype", [CNAME, ANY])
    def test_section3_1_a_question_for_the_made_cname_is_answered(
        self, records: RecordCache, rtype: int
    ) -> None:
        store_all(records, alias("d.example.", "t.other.", rtype=DNAME))
        chain = follow(records, k("x.d.example."), rtype, 0.0, 11)
        assert ([one.rtype for one in chain.entries], chain.state) == ([DNAME, CNAME], ChainState.FRESH)

    def test_section2_2_a_name_over_255_octets_is_an_overflow(self, records: RecordCache) -> None:
        long = ".".join(["x" * 60] * 3)
        store_all(records, alias("d.example.", f"{long}.", rtype=DNAME))
        chain = follow(records, k(f"{'y' * 60}.{'z' * 20}.d.example."), A, 0.0, 11)
        assert chain.overflow
        assert (chain.state, [one.rtype for one in chain.entries]) == (ChainState.MISSING, [DNAME])

    def test_the_nearest_above_wins(self, records: RecordCache) -> None:
        store_all(records, alias("example.", "far.", rtype=DNAME), alias("d.example.", "near.", rtype=DNAME))
        assert follow(records, k("x.d.example."), A, 0.0, 11).next_name == k("x.near.")

    def test_a_dname_that_grows_without_end_is_too_long(self, records: RecordCache) -> None:
        store_all(records, alias("d.", "e.d.", rtype=DNAME))
        chain = follow(records, k("x.d."), A, 0.0, 11)
        assert chain.stop in (Stop.TOO_LONG, Stop.OVERFLOW)

    def test_a_denied_dname_is_none(self, records: RecordCache) -> None:
        store_all(records, denial("d.example.", DNAME))
        assert follow(records, k("x.d.example."), A, 0.0, 11).state is ChainState.MISSING


class TestBounds:
    def test_a_loop_is_told(self, records: RecordCache) -> None:
        store_all(records, alias("a.example.", "b.example."), alias("b.example.", "A.EXAMPLE."))
        chain = follow(records, k("a.example."), A, 0.0, 11)
        assert chain.stop is Stop.LOOP
        assert (chain.state, len(chain.entries)) == (ChainState.MISSING, 2)

    def test_an_alias_to_itself_is_a_loop(self, records: RecordCache) -> None:
        store_all(records, alias("a.example.", "a.example."))
        assert follow(records, k("a.example."), A, 0.0, 11).stop is Stop.LOOP

    @pytest.mark.parametrize("links", [11, 12])
    def test_links_are_counted(self, records: RecordCache, links: int) -> None:
        store_all(records, *(alias(f"n{i}.example.", f"n{i + 1}.example.") for i in range(links)))
        store_all(records, entry(f"n{links}.example."))
        chain = follow(records, k("n0.example."), A, 0.0, 11)
        assert (chain.stop is Stop.TOO_LONG) is (links > 11)
        assert (chain.state is ChainState.FRESH) is (links <= 11)


class TestFreshness:
    def test_one_stale_link_makes_it_stale(self, records: RecordCache) -> None:
        store_all(records, alias("a.example.", "b.example.", ttl=10), entry("b.example.", ttl=100))
        assert follow(records, k("a.example."), A, 9.0, 11).state is ChainState.FRESH
        stale = follow(records, k("a.example."), A, 10.0, 11)
        assert (stale.state, stale.freshness, stale.fresh_until) == (ChainState.STALE, Freshness.STALE, 10.0)

    def test_fresh_only_takes_stale_for_missing(self, records: RecordCache) -> None:
        store_all(records, alias("a.example.", "b.example."), alias("b.example.", "c.example.", ttl=10))
        store_all(records, entry("c.example."))
        chain = follow(records, k("a.example."), A, 10.0, 11, fresh_only=True)
        assert (len(chain.entries), chain.state, chain.next_name) == (1, ChainState.MISSING, k("b.example."))

    def test_a_dead_link_is_missing(self, records: RecordCache) -> None:
        one = entry("a.example.", ttl=10)
        store_all(records, one)
        assert follow(records, k("a.example."), A, one.lifetime.stale_until, 11).state is ChainState.MISSING

    def test_a_fresh_alias_beats_stale_data_at_its_name(self, records: RecordCache) -> None:
        store_all(records, entry("a.example.", ttl=10), alias("a.example.", "b.example.", ttl=100))
        assert follow(records, k("a.example."), A, 5.0, 11).entries[0].rtype == A
        assert follow(records, k("a.example."), A, 10.0, 11).entries[0].rtype == CNAME


def test_a_walk_marks_use_unless_told_not_to(records: RecordCache, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[bytes] = []
    monkeypatch.setattr(S3Fifo, "use", lambda queue, slot: used.append(records._keys[slot]))
    store_all(records, alias("a.example.", "b.example."), entry("b.example."))
    follow(records, k("a.example."), A, 0.0, 11, mark_use=False)
    assert used == []
    follow(records, k("a.example."), A, 0.0, 11)
    assert used == [k("a.example."), k("b.example.")]


def test_sources_name_the_entries_as_they_are(records: RecordCache) -> None:
    store_all(records, denial("b.example."))
    (link,) = follow(records, k("a.b.example."), A, 0.0, 11).sources
    assert link == Link(k("b.example."), NXDOMAIN_TYPE, records.generation(k("b.example."), NXDOMAIN_TYPE))


def test_rfc4035_section3_1_4_1_an_alias_at_the_apex_does_not_stand_for_the_ds_of_its_parent(
    records: RecordCache,
) -> None:
    """The cache's entries are of the zone `example.`: a CNAME at that apex is the child's, the DS the parent's."""
    store_all(
        records, alias("example.", "b.other."), alias("a.example.", "b.other."), entry("b.other.", DS, b"\0")
    )
    assert follow(records, k("example."), DS, 0.0, 11).state is ChainState.MISSING
    assert follow(records, k("example."), A, 0.0, 11).next_name == n("b.other.")
    assert follow(records, k("a.example."), DS, 0.0, 11).state is ChainState.FRESH
