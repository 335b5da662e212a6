# SPDX-License-Identifier: ISC
"""Laws of the record cache: whatever is done to it, it keeps to its budget, its ranks and its flushes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from resolver.cache import NXDOMAIN_TYPE, ChainState, Entry, ImageCache, Kind, Link, Rank, RecordCache, follow
from resolver.cache.budget import SLOT, entry_bytes
from resolver.cache.flushes import Flush
from resolver.events import nobody
from resolver.policy import Freshness, Lifetime, freshness, shown_ttl
from resolver.wire import Record, Rtype, from_text, names, parse
from tests.cache.making import HUGE, message

TREE = [from_text(text) for text in ("a.", "b.a.", "c.b.a.", "x.c.b.a.", "d.a.", "e.", "x.e.", "aa.")]
TYPES = [
    65280,
    int(Rtype.TXT),  # rdata of any length
    int(Rtype.CNAME),
    int(Rtype.DNAME),
]
OWNERS = st.sampled_from(TREE)
RANKS = st.sampled_from(Rank)
ZONE = from_text("a.")


def life(now: float, fresh: float, stale: float) -> Lifetime:
    return Lifetime(now, now + fresh, now + fresh + (stale if fresh else 0.0), int(fresh))


@st.composite
def entries(draw: st.DrawFn, now: float = 0.0, ranks: st.SearchStrategy[Rank] = RANKS) -> Entry:
    owner, kind = draw(OWNERS), draw(st.sampled_from(Kind))
    rtype = NXDOMAIN_TYPE if kind is Kind.NXDOMAIN else draw(st.sampled_from(TYPES))
    if kind is Kind.POSITIVE:
        is_alias = rtype in (Rtype.CNAME, Rtype.DNAME)
        rdata = draw(OWNERS) if is_alias else draw(st.binary(min_size=1, max_size=200))
        records = (Record(owner, rtype, 1, 60, rdata),)
    else:
        records = ()
    lifetime = life(now, draw(st.sampled_from([0.0, 5.0, 60.0])), draw(st.sampled_from([0.0, 100.0])))
    spelling = draw(st.sampled_from([owner, owner.upper()]))
    return Entry(kind, spelling, rtype, records, (), None, (), draw(ranks), lifetime, ZONE, "192.0.2.53")


@given(entries(), entries(now=1.0))
def test_rfc2181_section5_4_1_a_lower_rank_never_replaces_what_is_fresh(old: Entry, new: Entry) -> None:
    records = RecordCache(HUGE, nobody)
    if not records.store(old, 0.0) or freshness(old.lifetime, 1.0) is not Freshness.FRESH:
        return
    records.store(new, 1.0)
    if new.rank < old.rank:
        assert records.peek(old.key, old.rtype) == old


@given(st.lists(entries(), max_size=12), entries())
def test_rfc2308_section5_no_name_both_exists_and_does_not(before: list[Entry], last: Entry) -> None:
    records = RecordCache(HUGE, nobody)
    for one in [*before, last]:
        records.store(one, 0.0)
    if records.peek(last.key, last.rtype) != last:
        return
    held = list(records.at_or_below(last.key))
    if last.kind is Kind.NXDOMAIN:
        assert [one for one in held if one.key == last.key] == [last]
    else:
        assert records.peek(last.key, NXDOMAIN_TYPE) is None
        for above in names.ancestors(last.key):
            denial = records.peek(above, NXDOMAIN_TYPE)
            assert denial is None or denial.rank > last.rank


@given(st.lists(entries(), max_size=12), entries(ranks=st.just(Rank.AUTHORITATIVE_ANSWER)))
def test_an_answer_with_ttl_zero_leaves_nothing_of_its_name_and_type(
    before: list[Entry], last: Entry
) -> None:
    records = RecordCache(HUGE, nobody)
    for one in before:
        records.store(one, 0.0)
    if last.lifetime.kept_ttl == 0:
        assert not records.store(last, 0.0)
        assert records.peek(last.key, last.rtype) is None


FLUSHES = st.builds(
    Flush, st.none() | OWNERS, st.none() | st.sampled_from(TYPES), st.booleans(), st.booleans()
)


@given(st.lists(entries(), max_size=12), FLUSHES)
def test_a_flush_leaves_nothing_it_covers_and_all_it_does_not(before: list[Entry], flush: Flush) -> None:
    records = RecordCache(HUGE, nobody)
    for one in before:
        records.store(one, 0.0)
    held = list(records.at_or_below(from_text(".")))
    rest = [one for one in held if not flush.covers(one.key, one.rtype, one.kind is not Kind.POSITIVE)]
    arguments = (flush.name, flush.rtype, flush.subtree, flush.negative)
    assert records.flush(*arguments, dry_run=True) == len(held) - len(rest)
    assert records.flush(*arguments) == len(held) - len(rest)
    assert list(records.at_or_below(from_text("."))) == rest


@given(entries(ranks=st.just(Rank.AUTHORITATIVE_ANSWER)), st.lists(FLUSHES, max_size=70))
def test_a_late_answer_is_stored_only_if_no_flush_covers_it(late: Entry, flushes: list[Flush]) -> None:
    records = RecordCache(HUGE, nobody)
    asked = records.epoch
    for flush in flushes:
        records.flush(flush.name, flush.rtype, flush.subtree, flush.negative)
    covered = any(flush.covers(late.key, late.rtype, late.kind is not Kind.POSITIVE) for flush in flushes)
    stored = records.store(late, 0.0, asked)
    if covered:
        assert not stored
    elif len(flushes) <= 64:
        assert stored is (late.lifetime.kept_ttl > 0)


@given(
    st.lists(entries(), max_size=15), OWNERS, st.sampled_from(TYPES), st.sampled_from([0.0, 5.0, 60.0, 104.0])
)
def test_a_chain_is_as_old_as_its_worst_link(
    before: list[Entry], name: bytes, rtype: int, now: float
) -> None:
    records = RecordCache(HUGE, nobody)
    for one in before:
        records.store(one, 0.0)
    chain = follow(records, name, rtype, now, 11)
    ages = [freshness(one.lifetime, now) for one in chain.entries]
    assert Freshness.DEAD not in ages
    assert all(one.rank is not Rank.GLUE or one.kind is Kind.NXDOMAIN for one in chain.entries)
    if chain.state is ChainState.FRESH:
        assert set(ages) == {Freshness.FRESH}
    elif chain.state is ChainState.STALE:
        assert Freshness.STALE in ages
    assert len(chain.entries) <= 2 * 12 + 1
    fresh = follow(records, name, rtype, now, 11, fresh_only=True)
    assert all(freshness(one.lifetime, now) is Freshness.FRESH for one in fresh.entries)
    if fresh.state is ChainState.FRESH:
        # Stale is never served while fresh exists: with stale links allowed the answer is the same.
        assert chain == fresh


@given(st.lists(entries(), max_size=15), OWNERS, st.sampled_from(TYPES))
def test_each_link_of_a_chain_begins_where_the_one_before_leads(
    before: list[Entry], name: bytes, rtype: int
) -> None:
    records = RecordCache(HUGE, nobody)
    for one in before:
        records.store(one, 0.0)
    chain = follow(records, name, rtype, 0.0, 11)
    at = name
    for one in chain.entries:
        if one.rtype == Rtype.DNAME and one.key != at.lower():
            assert names.is_below(at.lower(), one.key)
            continue  # the CNAME made from it comes next
        assert one.key == at.lower()
        if one.rtype == Rtype.CNAME and one.kind is Kind.POSITIVE and rtype != Rtype.CNAME:
            at = one.records[0].rdata
    if chain.state is ChainState.MISSING and not chain.overflow:
        assert chain.next_name.lower() == at.lower()


BUDGET = 6_000
IMAGES = 2_000


class Cache(RuleBasedStateMachine):
    """A small record cache with images on it, under anything a hostile world may bring in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.records = RecordCache(BUDGET, nobody)
        self.images = ImageCache(IMAGES, self.records)
        self.now = 0.0
        self.made: dict[bytes, tuple[Link, ...]] = {}

    @rule(data=st.data())
    def store(self, data: st.DataObject) -> None:
        one = data.draw(entries(now=self.now))
        held = self.records.store(one, self.now)
        assert (self.records.peek(one.key, one.rtype) == one) is held

    @rule(number=st.integers(0, 60), size=st.sampled_from([1, 300, 5000, 30_000]))
    def store_a_name_of_an_attacker(self, number: int, size: int) -> None:
        owner = names.join(b"n%d" % number, ZONE)
        record = Record(owner, 16, 1, 60, bytes(size))
        self.records.store(
            Entry(
                Kind.POSITIVE,
                owner,
                16,
                (record,),
                (),
                None,
                (),
                Rank.AUTHORITATIVE_ANSWER,
                life(self.now, 60, 100),
                ZONE,
                "",
            ),
            self.now,
        )

    @rule(seconds=st.sampled_from([0.3, 1.0, 30.0, 90.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(name=OWNERS, rtype=st.sampled_from(TYPES))
    def use(self, name: bytes, rtype: int) -> None:
        self.records.get(name, rtype)

    @rule(flush=FLUSHES)
    def flush(self, flush: Flush) -> None:
        self.records.flush(flush.name, flush.rtype, flush.subtree, flush.negative, now=self.now)

    @rule(name=OWNERS, rtype=st.sampled_from(TYPES))
    def make_an_image(self, name: bytes, rtype: int) -> None:
        chain = follow(self.records, name, rtype, self.now, 11)
        shown = [record for one in chain.entries for record in one.records]
        if chain.state is not ChainState.FRESH or not shown:
            return
        untils = [one.lifetime.fresh_until for one in chain.entries for _ in one.records]
        key = name + rtype.to_bytes(2, "big")
        if self.images.store(
            key, message(*shown), untils, chain.sources, self.now, fresh_until=chain.fresh_until
        ):
            self.made[key] = chain.sources

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def an_image_answers_only_while_all_its_records_are_held_and_fresh(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.made)))
        image = self.images.get(key, self.now)
        if image is None:
            return
        links = self.made[key]
        assert all(self.records.generation(one.key, one.rtype) == one.generation for one in links)
        lives = [self.records.peek(one.key, one.rtype).lifetime for one in links]
        assert all(freshness(life, self.now) is Freshness.FRESH for life in lives)
        least = min(shown_ttl(life, self.now, 30) for life in lives)
        assert min(record.ttl for record in parse(image.answer(b"\0\0")).answer) >= min(1, least)

    @invariant()
    def the_budgets_hold(self) -> None:
        assert 0 <= self.records.size_bytes <= BUDGET
        assert 0 <= self.images.size_bytes <= IMAGES

    @invariant()
    def weights_and_counts_add_up(self) -> None:
        held = list(self.records.at_or_below(from_text(".")))
        assert len(held) == len(self.records) == sum(self.records.counts().values())
        assert sum(entry_bytes(one) + SLOT for one in held) <= self.records.size_bytes


TestCache = Cache.TestCase
TestCache.settings = settings(max_examples=40, stateful_step_count=30)


def address(label: bytes, lifetime: Lifetime) -> Entry:
    owner = names.join(label, ZONE)
    record = Record(owner, 1, 1, 60, bytes(4))
    return Entry(
        Kind.POSITIVE, owner, 1, (record,), (), None, (), Rank.AUTHORITATIVE_ANSWER, lifetime, ZONE, ""
    )


@given(st.integers(0, 10), st.lists(st.integers(0, 9), max_size=30), st.integers(30, 60))
def test_nothing_that_lives_is_evicted_while_something_dead_is_held(
    dead: int, used: list[int], live: int
) -> None:
    gone: list[str] = []
    records = RecordCache(BUDGET, nobody)
    records.set_listener(lambda key, rtype, reason: gone.append(reason))
    for number in range(dead):
        records.store(address(b"dead%d" % number, life(0.0, 5.0, 0.0)), 0.0)
    for number in used:  # having been in use saves nobody who is dead
        records.get(names.join(b"dead%d" % number, ZONE), 1)
    for number in range(live):
        records.store(address(b"live%d" % number, life(10.0, 60.0, 60.0)), 10.0)
    assert gone == ["dead"] * dead + ["space"] * (len(gone) - dead)
    assert len(gone) > dead
