# SPDX-License-Identifier: ISC
"""Another policy over a full cache: every entry as if it had always ruled, nothing lost, no ghost called back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from resolver.cache.entry import Entry, Kind, Rank
from resolver.engine.outcome import Resolved
from resolver.engine.rejudging import SLICE, Rejudging, rejudged
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy import Lifetime, Policy, PositiveBounds, Reason, Rule, StaleRules, judge
from resolver.policy.presets import load_policy, preset_names
from resolver.policy.revalidation import cut_short
from resolver.units import Seconds
from resolver.wire import Record, Rtype, from_text
from tests.cache.making import cut, denial, entry, k
from tests.engine.scripted import Bench, Scripted, reply, tree

PRESETS = st.sampled_from(preset_names()).map(load_policy)
TTLS = st.integers(0, 100_000) | st.integers(0, 2**32 - 1)


def made(ttl: int, policy: Policy, *, negative: bool = False, at: float = 1000.0) -> Entry:
    """An entry as it was stored under a policy."""
    return (
        denial("x.example.", Rtype.A, ttl=ttl, now=at, policy=policy)
        if negative
        else entry("www.example.", ttl=ttl, now=at, policy=policy)
    )


def judged_first(one: Entry, policy: Policy) -> Entry:
    """The same, had `policy` ruled when it came."""
    minimum = None if one.soa is None else int.from_bytes(one.soa.rdata[-4:], "big")
    return replace(one, lifetime=judge(one.subject, one.lifetime.stored_at, policy, soa_minimum=minimum))


@given(TTLS, st.booleans(), PRESETS, PRESETS, st.floats(0, 10**6))
def test_an_entry_has_the_lifetime_it_would_have_had(
    ttl: int, negative: bool, old: Policy, new: Policy, later: float
) -> None:
    stored = judged_first(made(ttl, old, negative=negative), old)
    assert rejudged(stored, new, 1000.0 + later, 5e8) == judged_first(stored, new).lifetime


@given(TTLS, st.lists(PRESETS, min_size=2, max_size=5))
def test_any_way_back_ends_where_it_began(ttl: int, policies: list[Policy]) -> None:
    first = made(ttl, policies[0])
    one = first
    for policy in (*policies, policies[0]):
        one = replace(one, lifetime=rejudged(one, policy, 2000.0, 5e8))
    assert one == first


@given(st.integers(1, 10**6), st.integers(1, 10**6), PRESETS, PRESETS)
def test_ghost_domains_what_a_parent_leased_never_lives_longer_than_before(
    ttl: int, left: int, old: Policy, new: Policy
) -> None:
    leased = entry("example.", Rtype.NS, from_text("ns.example."), ttl=ttl, now=0.0)
    life = judge(leased.subject, 0.0, old, lease_until=float(left))
    again = rejudged(replace(leased, lifetime=life), new, 1.0, 5e8)
    assert again.stale_until <= life.stale_until
    assert again.fresh_until <= life.stale_until


def test_a_signature_bounds_it_under_every_policy() -> None:
    """It expires 100 s after the entry came, whenever that is worked out (RFC 4035 section 5.3.3)."""
    wall = 1_700_000_000.0
    rrsig = bytes(8) + int(wall + 100).to_bytes(4, "big") + bytes(6) + from_text("example.") + b"sig"
    one = entry("www.example.", ttl=3600, now=1000.0)
    signed = replace(one, signatures=(Record(one.owner, int(Rtype.RRSIG), 1, 3600, rrsig),))
    for later in (0.0, 50.0):
        life = rejudged(signed, load_policy("rfc"), 1000.0 + later, wall + later)
        assert life.fresh_until == 1100.0


def test_what_was_cut_short_for_another_reason_is_not_stretched() -> None:
    one = entry("www.example.", ttl=3600, now=0.0)
    short = replace(one, lifetime=cut_short(one.lifetime, 5, "notify.fence"))
    assert rejudged(short, load_policy("rfc"), 1.0, 5e8).fresh_until == 5


def bench_with(count: int) -> Bench:
    bench = Bench(Scripted({}))
    now = bench.world.now()
    for number in range(count):
        assert bench.caches.records.store(entry(f"w{number}.example.", ttl=300, now=now), now)
    return bench


def test_it_is_true_from_the_first_instant_and_in_the_end_for_every_entry() -> None:
    bench = bench_with(3 * SLICE)
    records, now = bench.caches.records, bench.world.now()
    change = Rejudging(bench.caches, bench.world, Policy(positive=PositiveBounds(max=Seconds(60))))
    change.begin()
    first = records.peek(k("w7.example."), Rtype.A)
    assert first is not None
    assert first.lifetime.fresh_until == now + 60
    assert first.lifetime.reasons == (Reason("policy.max_ttl", 300.0, 60.0),)
    bench.world.run(change.run(8.0))
    kept = [held.lifetime.fresh_until for held in records.walk(0, records.slots)]
    assert kept == [now + 60] * (3 * SLICE)


def test_it_is_done_in_slices_between_which_the_world_goes_on() -> None:
    bench = bench_with(5 * SLICE)
    change = Rejudging(bench.caches, bench.world, Policy(positive=PositiveBounds(max=Seconds(60))))
    turns: list[float] = []

    async def story() -> None:
        change.begin()
        bench.world.spawn(ticking(bench.world, turns), bench.world.ticks() + 10)
        await change.run(0.01)

    bench.world.run(story())
    assert len(turns) >= 5


async def ticking(world: VirtualWorld, turns: list[float]) -> None:
    for _ in range(20):
        turns.append(world.ticks())
        await world.sleep_until(world.ticks() + 0.001)


def test_what_is_stored_meanwhile_by_work_begun_before_is_judged_too() -> None:
    bench = bench_with(1)
    change = Rejudging(bench.caches, bench.world, Policy(positive=PositiveBounds(max=Seconds(60))))

    async def story() -> None:
        change.begin()
        late = entry("late.example.", ttl=300, now=bench.world.now())
        bench.caches.records.store(late, bench.world.now())
        await change.run(1.0)

    now = bench.world.now()
    bench.world.run(story())
    found = bench.caches.records.peek(k("late.example."), Rtype.A)
    assert found is not None
    assert found.lifetime.fresh_until == now + 60


def test_delegations_are_shortened_and_never_lengthened() -> None:
    bench = bench_with(0)
    now = bench.world.now()
    bench.caches.delegations.store(cut("a.example.", ttl=3600, now=now, lease_until=now + 9e9), now)
    for policy, left in (("opendns", 3600), ("rfc", 3600)):
        bench.world.run(Rejudging(bench.caches, bench.world, load_policy(policy)).run(0.0))
        held = bench.caches.delegations.get(k("a.example."))
        assert held is not None
        assert held.lifetime.fresh_until == now + left


def test_a_stale_window_opens_for_what_is_past_its_ttl() -> None:
    """Nothing is lost: what is dead under one policy is stale under the next."""
    old = Policy(stale=StaleRules(enabled=False))
    one = entry("www.example.", ttl=60, now=0.0, policy=old)
    assert one.lifetime == Lifetime(0.0, 60.0, 60.0, 60)
    assert rejudged(one, Policy(), 100.0, 5e8).stale_until == 60.0 + 86400


def test_rules_by_name_apply_to_what_is_held() -> None:
    rules = (Rule(title="cdn", suffix=("w1.example",), max=Seconds(9)),)
    assert rejudged(entry("w1.example.", ttl=60), Policy(rules=rules), 1.0, 5e8).reasons == (
        Reason('rule 1 "cdn" max', 60.0, 9.0),
    )
    assert rejudged(entry("w2.example.", ttl=60), Policy(rules=rules), 1.0, 5e8).kept_ttl == 60


def test_what_the_engine_stored_judges_the_same_again() -> None:
    bench = Bench(tree(lambda asked: reply(asked, ("www.leaf.shop0. 60 A 192.0.2.9",))))
    outcome = bench.resolve("www.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    (one,) = outcome.chain
    assert one.kind is Kind.POSITIVE
    assert one.rank is Rank.AUTHORITATIVE_ANSWER
    assert rejudged(one, bench.policy, bench.world.now(), bench.world.wall()) == one.lifetime
