# SPDX-License-Identifier: ISC
"""Asking for a serial instead of for data: what lives on, what does not, and what it costs in packets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.cache.entry import Entry
from resolver.engine.budget import Work
from resolver.engine.outcome import Resolved
from resolver.engine.revalidate import judged_at
from resolver.policy import Policy
from resolver.policy.revalidation import RevalidationRules
from resolver.wire import Rtype, from_text
from tests.engine.scripted import Bench, rr
from tests.engine.versioned import WWW, ZONE, Secondary, secondaries

OPTED_IN = RevalidationRules(zones=("shop0",), zone_version=True)
A, SOA = int(Rtype.A), int(Rtype.SOA)


def bench(*servers: Secondary, rules: RevalidationRules = OPTED_IN) -> Bench:
    return Bench(secondaries(*servers), revalidation=rules)


def entry(made: Bench, name: str = WWW, rtype: int = A) -> Entry:
    held = made.caches.records.peek(from_text(name), rtype)
    assert held is not None
    return held


def last_octet(made: Bench, name: str = WWW, **more: float) -> int:
    outcome = made.resolve(name, **more)
    assert isinstance(outcome, Resolved)
    return outcome.chain[-1].records[0].rdata[-1] - 100


def test_rfc9660_a_version_told_with_the_answer_lets_it_live_on_for_one_soa_query() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    names = [f"w{number}.{ZONE}" for number in range(20)]
    for name in names:
        last_octet(made, name)
    assert all(wants for _, rtype, wants in leaf.asked if rtype == A)
    leaf.queries()
    made.world.advance(61)
    for name in names:
        assert last_octet(made, name) == 1
        held = entry(made, name).lifetime
        assert made.world.now() < held.fresh_until <= made.world.now() + 60
    assert leaf.queries() == [(ZONE, SOA)]


def test_a_changed_serial_brings_the_new_data() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    assert last_octet(made) == 1
    leaf.serial = 2
    made.world.advance(61)
    assert last_octet(made) == 2
    assert [rtype for _, rtype in leaf.queries()][-2:] == [SOA, A]
    assert made.caches.versions.counts == {"asked": 1, "fetched": 1}


def test_servers_that_tell_no_version_are_believed_between_two_equal_soas() -> None:
    leaf = Secondary()
    made = bench(leaf)
    made.resolve(f"no1.{ZONE}")  # its SOA tells the serial
    assert last_octet(made) == 1
    made.world.advance(61)
    leaf.queries()
    made.resolve(f"no2.{ZONE}")  # … and is the same: `www` was of this version too
    assert last_octet(made) == 1
    assert leaf.queries() == [(f"no2.{ZONE}", A)]
    assert made.caches.versions.counts == {"lived_on": 1}


def test_what_came_before_the_first_serial_was_heard_is_fetched_again() -> None:
    leaf = Secondary()
    made = bench(leaf)
    last_octet(made)
    made.resolve(f"no1.{ZONE}")
    made.world.advance(61)
    leaf.queries()
    last_octet(made)
    assert leaf.queries() == [(WWW, A)]


def test_one_servers_serial_says_nothing_of_anothers_data() -> None:
    made = bench(Secondary(1), Secondary(1))
    versions, zone = made.caches.versions, from_text(ZONE)
    last_octet(made)
    held = entry(made)
    other = "192.0.2.31" if held.server == "192.0.2.32" else "192.0.2.32"
    versions.observe(zone, other, 1, held.lifetime.stored_at - 1)
    versions.observe(zone, other, 1, held.lifetime.stored_at + 1)
    made.world.advance(61)
    made.sent()
    last_octet(made)
    assert made.sent() == 1
    assert "lived_on" not in versions.counts


def test_denials_live_on_as_data_does() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    made.resolve(f"no.{ZONE}")
    made.world.advance(61)
    leaf.queries()
    made.resolve(f"no.{ZONE}")
    assert leaf.queries() == [(ZONE, SOA)]
    made.world.advance(30)
    made.resolve(f"no.{ZONE}")
    assert leaf.queries() == []


def test_many_that_expire_together_share_one_query() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    names = [f"w{number}.{ZONE}" for number in range(10)]
    for name in names:
        last_octet(made, name)
    made.world.advance(61)
    leaf.queries()
    for name in names:
        work = Work(made.limits, made.world.ticks() + 8).child(from_text(name), A, "client")
        made.world.spawn(made.engine.resolve(from_text(name), A, work), made.world.ticks() + 8)
    made.world.settle()
    assert leaf.queries() == [(ZONE, SOA)]


def test_a_prefetch_asks_for_the_serial_alone() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    last_octet(made)
    ends_at = entry(made).lifetime.fresh_until
    made.world.advance(55)
    leaf.queries()
    assert last_octet(made, renew=ends_at) == 1
    assert leaf.queries() == [(ZONE, SOA)]
    assert entry(made).lifetime.fresh_until > ends_at


def test_a_zones_own_ns_set_is_bound_by_its_lease_and_no_serial_stretches_it() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    made.resolve(ZONE, "SOA")
    ns = entry(made, ZONE, SOA)
    record = rr(f"{ZONE} 60 NS ns1.{ZONE}")
    made.caches.records.store(replace(ns, rtype=int(Rtype.NS), records=(record,)), made.world.now())
    made.world.advance(61)
    leaf.queries()
    made.resolve(ZONE, "NS")
    assert leaf.queries() == [(ZONE, int(Rtype.NS))]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.integers(1, 500))
def test_no_revalidation_lengthens_a_life_past_the_signatures_end(checked_after: int, valid_for: int) -> None:
    leaf = Secondary(tells=True, ttl=300)
    made = bench(leaf)
    last_octet(made)
    held, wall = entry(made), made.world.wall()
    signature = rr(f"{WWW} 300 RRSIG A 13 3 300 {int(wall) + valid_for} {int(wall) - 60} 1 {ZONE} AAAA")
    signed = replace(held, signatures=(signature,))
    again = judged_at(signed, made.world.now() + checked_after, wall + checked_after, Policy())
    assert again.kept_ttl <= max(0, valid_for - checked_after)


@pytest.mark.parametrize("rules", [RevalidationRules(), RevalidationRules(zones=("example.org",))])
def test_with_the_feature_off_nothing_changes_on_the_wire(rules: RevalidationRules) -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf, rules=rules)
    for _ in range(2):
        last_octet(made)
        made.world.advance(61)
    assert leaf.asked == [(WWW, A, False)] * 2
    assert len(made.caches.versions) == 0


def test_without_zone_version_serials_come_from_soas_alone() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf, rules=RevalidationRules(zones=(".",), zone_version=False))
    last_octet(made)
    assert leaf.asked == [(WWW, A, False)]


def test_a_zone_that_does_not_answer_for_its_soa_is_asked_for_the_data() -> None:
    leaf = Secondary(tells=True)
    made = bench(leaf)
    last_octet(made)
    made.network.servers["192.0.2.31"] = lambda asked: (
        [] if asked.message.question.rtype == SOA else [(0.01, leaf(asked))]  # type: ignore[union-attr]  # asked
    )
    made.world.advance(61)
    began_at = made.world.ticks()
    assert last_octet(made) == 1
    assert made.world.ticks() - began_at < 2.5
