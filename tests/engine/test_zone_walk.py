# SPDX-License-Identifier: ISC
"""From cut to cut: referrals, QNAME minimisation against broken servers, DS, configured zones, leases."""

from __future__ import annotations

from collections import Counter

import pytest

from resolver.cache.entry import NXDOMAIN_TYPE, Kind
from resolver.engine.budget import TOO_MANY, Work
from resolver.engine.limits import StaticZone, UpstreamSettings
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.wire import from_text, to_text
from tests.engine.scripted import ROOT_SERVER, Asked, Bench, Scripted, Sent, referral, reply, soa, tree


def good(asked: Asked) -> Sent:
    return reply(asked, [f"{asked.name} 60 A 192.0.2.9"])


def names_asked(bench: Bench, address: str) -> list[str]:
    return [asked.name for asked in bench.network.asked_of(address)]


def test_rfc9156_each_server_hears_no_more_than_it_needs() -> None:
    bench = Bench(tree(good))
    assert isinstance(bench.resolve("a.b.leaf.shop0."), Resolved)
    assert names_asked(bench, ROOT_SERVER) == ["shop0."]
    assert names_asked(bench, "192.0.2.2") == ["leaf.shop0."]
    assert names_asked(bench, "192.0.2.3")[-1] == "a.b.leaf.shop0."


def test_the_deepest_cut_known_is_where_the_next_walk_begins() -> None:
    bench = Bench(tree(good))
    bench.resolve("www.leaf.shop0.")
    bench.sent()
    bench.resolve("mail.leaf.shop0.")
    assert bench.sent() == 1


class Steps:
    """A place that notes where it moves; one zone is full."""

    def __init__(self, full: str = "full.") -> None:
        self.zones: list[str] = []
        self._full = from_text(full)

    def move(self, zone: bytes) -> bool:
        self.zones.append(to_text(zone))
        return zone != self._full


def walked(bench: Bench, name: str, steps: Steps) -> Outcome:
    """Ask a question that was given a place."""
    work = Work(bench.limits, bench.world.ticks() + 8.0, path=((from_text(name), 1),), place=steps)
    return bench.world.run(bench.engine.resolve(from_text(name), 1, work))


def test_the_place_of_a_question_goes_with_the_walk_from_cut_to_cut_and_along_aliases() -> None:
    def leaf(asked: Asked) -> Sent:
        return reply(asked, ["www.leaf.shop0. 60 CNAME far.shop0."]) if "www" in asked.name else good(asked)

    bench, steps = Bench(tree(leaf)), Steps()
    walked(bench, "www.leaf.shop0.", steps)
    assert steps.zones == [".", "shop0.", "leaf.shop0.", "shop0."]
    steps.zones.clear()
    assert isinstance(walked(bench, "mail.leaf.shop0.", steps), Resolved)
    assert steps.zones == ["leaf.shop0."]


@pytest.mark.parametrize("full", ["shop0.", "leaf.shop0."])
def test_a_cut_that_has_no_place_left_ends_the_walk_and_is_remembered(full: str) -> None:
    bench = Bench(tree(good))
    outcome = walked(bench, "www.leaf.shop0.", Steps(full))
    assert isinstance(outcome, Failed)
    assert (outcome.cause, outcome.zone, outcome.text) == (Cause.OVERLOAD, from_text(full), TOO_MANY)
    assert names_asked(bench, "192.0.2.3") == []
    assert bench.caches.delegations.deepest(from_text(full), bench.world.now()) is not None


def broken(rcode: int) -> Scripted:
    """A leaf that fails on every name but the whole one."""

    def leaf(asked: Asked) -> Sent:
        return good(asked) if asked.name.startswith("www.") else reply(asked, rcode=rcode)

    return tree(leaf)


@pytest.mark.parametrize("rcode", [2, 3, 4, 5])
def test_rfc9156_3_relaxed_asks_the_whole_name_of_a_server_that_chokes_on_a_part(rcode: int) -> None:
    assert isinstance(Bench(broken(rcode)).resolve("www.part.leaf.shop0."), Resolved)


def test_strict_believes_the_denial_of_a_part() -> None:
    upstream = UpstreamSettings(priming=False, qname_minimisation="strict")

    def leaf(asked: Asked) -> Sent:
        return reply(asked, authority=[soa("leaf.shop0.")], rcode=3)

    bench = Bench(tree(leaf), upstream=upstream)
    outcome = bench.resolve("www.part.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert outcome.chain[-1].kind is Kind.NXDOMAIN
    assert outcome.chain[-1].owner == from_text("www.part.leaf.shop0.")
    assert names_asked(bench, "192.0.2.3") == ["part.leaf.shop0."]


PROVEN = [soa("leaf.shop0."), "leaf.shop0. 60 NSEC zz.leaf.shop0. A NS SOA"]


@pytest.mark.parametrize(("authority", "kept"), [(PROVEN, True), (PROVEN[:1], False)])
def test_rfc8020_a_denied_part_is_kept_when_it_is_proven_and_the_whole_name_confirms_it(
    authority: list[str], kept: bool
) -> None:
    """O03: names below a name that does not exist cost nothing more."""
    bench = Bench(tree(lambda asked: reply(asked, authority=authority, rcode=3)))
    bench.resolve("www.part.leaf.shop0.")
    denial = bench.caches.records.peek(from_text("part.leaf.shop0."), NXDOMAIN_TYPE)
    assert (denial is not None) is kept
    bench.sent()
    assert isinstance(bench.resolve("other.part.leaf.shop0."), Resolved)
    assert (bench.sent() == 0) is kept


def test_rfc8020_3_a_mistyped_name_does_not_take_its_neighbours_with_it() -> None:
    """The server denies the empty non-terminal between, as some do, and of course what does not exist below it."""

    def leaf(asked: Asked) -> Sent:
        if asked.name in ("ent.leaf.shop0.", "typo.ent.leaf.shop0."):
            return reply(asked, authority=[soa("leaf.shop0.")], rcode=3)
        return good(asked)

    bench = Bench(tree(leaf))
    bench.resolve("typo.ent.leaf.shop0.")
    there = bench.resolve("www.ent.leaf.shop0.")
    assert isinstance(there, Resolved)
    assert there.chain[-1].kind is Kind.POSITIVE


def test_an_empty_non_terminal_is_asked_about_once() -> None:
    def leaf(asked: Asked) -> Sent:
        if asked.name == "b.leaf.shop0.":
            return reply(asked, authority=[soa("leaf.shop0.")])
        return good(asked)

    bench = Bench(tree(leaf))
    bench.resolve("a.b.leaf.shop0.")
    bench.resolve("c.b.leaf.shop0.")
    assert names_asked(bench, "192.0.2.3").count("b.leaf.shop0.") == 1


def test_c10_a_name_of_110_labels_costs_at_most_eleven_queries() -> None:
    def leaf(asked: Asked) -> Sent:
        return good(asked)

    bench = Bench(tree(leaf))
    bench.resolve("www.leaf.shop0.")
    bench.sent()
    bench.resolve("a." * 108 + "leaf.shop0.")
    assert bench.sent() <= 11


def test_rfc4035_ds_is_asked_at_the_parent() -> None:
    def leaf(asked: Asked) -> Sent:
        raise AssertionError("the child is asked for its own DS")

    network = tree(leaf)
    delegate = network.servers["192.0.2.2"]

    def tld(asked: Asked) -> object:
        assert asked.message.question is not None
        if asked.message.question.rtype == 43:
            return reply(asked, authority=[soa("shop0.")])
        return delegate(asked)

    network.servers["192.0.2.2"] = tld  # type: ignore[assignment]  # a behaviour
    bench = Bench(network)
    outcome = bench.resolve("leaf.shop0.", "DS")
    assert isinstance(outcome, Resolved)
    assert outcome.chain[-1].zone == from_text("shop0.")


def test_a_forwarder_is_asked_with_rd_and_the_whole_name() -> None:
    network = Scripted({"192.0.2.10": lambda asked: reply(asked, ["www.corp0. 60 A 192.0.2.9"], aa=False)})
    bench = Bench(network, zones=(StaticZone(name="corp0.", forward=("192.0.2.10",)),))
    assert isinstance(bench.resolve("www.corp0."), Resolved)
    (asked,) = network.asked_of("192.0.2.10")
    assert asked.message.rd
    assert asked.name == "www.corp0."


def test_maginotdns_a_forwarder_speaks_about_its_zone_alone() -> None:
    """CVE-2021-25220: a forwarded answer that smuggles in another zone's data."""

    def forwarder(asked: Asked) -> Sent:
        return reply(
            asked,
            ["www.corp0. 60 CNAME www.leaf.shop0.", "www.leaf.shop0. 60 A 203.0.113.66"],
            ["shop0. 60 NS ns.evil.net0."],
            aa=False,
        )

    network = tree(good, **{"192.0.2.10": forwarder})
    bench = Bench(network, zones=(StaticZone(name="corp0.", forward=("192.0.2.10",)),))
    outcome = bench.resolve("www.corp0.")
    assert isinstance(outcome, Resolved)
    assert outcome.chain[-1].records[0].rdata == bytes([192, 0, 2, 9])


def test_a_stub_zone_is_iterated_from_its_servers() -> None:
    network = Scripted(
        {"192.0.2.11": lambda asked: referral(asked, "sub.corp0.", ns="192.0.2.12"), "192.0.2.12": good}
    )
    bench = Bench(network, zones=(StaticZone(name="corp0.", stub=("192.0.2.11",)),))
    outcome = bench.resolve("www.sub.corp0.")
    assert isinstance(outcome, Resolved)
    assert not network.asked_of("192.0.2.11")[0].message.rd


def test_a_zone_configured_without_cache_is_asked_every_time() -> None:
    network = Scripted({"192.0.2.11": good})
    bench = Bench(network, zones=(StaticZone(name="corp0.", stub=("192.0.2.11",), cache=False),))
    bench.resolve("www.corp0.")
    bench.resolve("www.corp0.")
    assert len(network.asked_of("192.0.2.11")) == 2


def test_idns_endless_delegation_ends_at_the_work_limit() -> None:
    """iDNS (Maury 2015): every server refers one label deeper."""

    def deeper(asked: Asked) -> Sent:
        labels = asked.name.rstrip(".").split(".")
        cut = ".".join(labels) + "."
        return referral(asked, cut, ns="192.0.2.2")

    bench = Bench(Scripted({ROOT_SERVER: deeper, "192.0.2.2": deeper}))
    outcome = bench.resolve("a." * 110 + "shop0.")
    assert isinstance(outcome, Failed)
    assert bench.sent() <= 50


def test_f11_a_ghost_domain_dies_with_its_lease() -> None:
    """The child announces itself afresh in every answer; its parent has taken the delegation away."""
    revoked = False

    def leaf(asked: Asked) -> Sent:
        return reply(
            asked,
            [f"{asked.name} 1 A 192.0.2.9"],
            ["leaf.shop0. 86400 NS ns.leaf.shop0."],
            ["ns.leaf.shop0. 86400 A 192.0.2.3"],
        )

    network = tree(leaf)
    delegate = network.servers["192.0.2.2"]

    def tld(asked: Asked) -> object:
        return reply(asked, authority=[soa("shop0.", 1, 1)], rcode=3) if revoked else delegate(asked)

    network.servers["192.0.2.2"] = tld  # type: ignore[assignment]  # a behaviour
    bench = Bench(network)
    bench.resolve("www.leaf.shop0.")
    revoked = True
    for minute in range(61):
        outcome = bench.resolve(f"n{minute}.leaf.shop0.")
        bench.resolve("leaf.shop0.", "NS")
        bench.world.advance(60)
    assert isinstance(outcome, Resolved)
    assert outcome.chain[-1].kind is Kind.NXDOMAIN


def test_referral_loops_are_lame_not_endless() -> None:
    bench = Bench(tree(lambda asked: reply(asked, authority=["shop0. 60 NS ns.shop0."], aa=False)))
    outcome = bench.resolve("www.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.BROKEN


STUB = (StaticZone(name="corp.shop0.", stub=("192.0.2.9",)),)


def beside_a_stub(corp: object = good, **more: object) -> Scripted:
    """`corp.shop0.` is ours, on 192.0.2.9; the public `shop0.` knows nothing of it."""

    def denying(asked: Asked) -> Sent:
        return reply(asked, authority=[soa("shop0.")], rcode=3)

    def top(asked: Asked) -> Sent:
        return referral(asked, "shop0.", ns="192.0.2.2")

    return Scripted({ROOT_SERVER: top, "192.0.2.2": denying, "192.0.2.9": corp, **more})  # type: ignore[dict-item]


def test_rfc4035_ds_of_a_stub_zone_is_asked_at_its_public_parent() -> None:
    bench = Bench(beside_a_stub(), zones=STUB)
    bench.resolve("corp.shop0.", "DS")
    assert names_asked(bench, "192.0.2.2") == ["corp.shop0."]
    assert names_asked(bench, "192.0.2.9") == []


@pytest.mark.parametrize(("name", "kind"), [("corp.shop0.", "DS"), ("shop0.", "DS")])
def test_cve_2026_44687_a_public_denial_does_not_shadow_a_stub_zone(name: str, kind: str) -> None:
    network = beside_a_stub()
    if name == "shop0.":
        network.servers[ROOT_SERVER] = lambda asked: reply(
            asked, authority=[". 60 SOA ns. host. 1 7200 900 86400 60"], rcode=3
        )
    bench = Bench(network, zones=STUB)
    denied = bench.resolve(name, kind)
    assert isinstance(denied, Resolved)
    assert denied.rcode == 3
    assert bench.caches.records.peek(from_text(name), NXDOMAIN_TYPE) is None
    there = bench.resolve("intranet.corp.shop0.")
    assert isinstance(there, Resolved)
    assert there.chain[-1].kind is Kind.POSITIVE


def test_a_public_dname_does_not_lead_away_from_a_stub_zone() -> None:
    def shop(asked: Asked) -> Sent:
        return reply(asked, ["shop0. 3600 DNAME net0."])

    bench = Bench(beside_a_stub(**{"192.0.2.2": shop}), zones=STUB)
    bench.resolve("www.shop0.")
    there = bench.resolve("intranet.corp.shop0.")
    assert isinstance(there, Resolved)
    assert there.chain[-1].server == "192.0.2.9"


def test_a_zone_below_one_that_is_not_cached_is_not_cached_either() -> None:
    def corp(asked: Asked) -> Sent:
        return referral(asked, "sub.corp.shop0.", ns="192.0.2.8")

    zones = (StaticZone(name="corp.shop0.", stub=("192.0.2.9",), cache=False),)
    bench = Bench(beside_a_stub(corp, **{"192.0.2.8": good}), zones=zones)
    assert isinstance(bench.resolve("www.sub.corp.shop0."), Resolved)
    assert len(bench.caches.records) == 0


def test_rfc8020_a_denial_above_a_zone_cut_is_not_confirmed_by_the_child() -> None:
    """The parent denies an empty non-terminal and delegates below it: the child's NXDOMAIN does not agree."""

    def leaf(asked: Asked) -> Sent:
        if asked.name == "ent.leaf.shop0.":
            return reply(asked, authority=[soa("leaf.shop0.")], rcode=3)
        return referral(asked, "child.ent.leaf.shop0.", ns="192.0.2.4")

    def child(asked: Asked) -> Sent:
        if asked.name.startswith("www."):
            return good(asked)
        return reply(asked, authority=[soa("child.ent.leaf.shop0.")], rcode=3)

    bench = Bench(tree(leaf, **{"192.0.2.4": child}))
    bench.resolve("nothing.child.ent.leaf.shop0.")
    there = bench.resolve("www.child.ent.leaf.shop0.")
    assert isinstance(there, Resolved)
    assert there.chain[-1].kind is Kind.POSITIVE


def test_a16_with_ttl_0_everywhere_no_query_is_sent_more_than_three_times() -> None:
    """Nothing can be cached, so each name server's address begins at the root again."""

    def top(asked: Asked) -> Sent:
        return reply(asked, (), ["shop0. 0 NS ns.shop0."], ["ns.shop0. 0 A 192.0.2.2"], aa=False)

    def shop(asked: Asked) -> Sent:
        if not asked.name.endswith("leaf.shop0."):
            return reply(asked, [f"{asked.name} 0 A 192.0.2.8"])
        return reply(asked, (), [f"leaf.shop0. 0 NS ns{i}.shop0." for i in range(8)], aa=False)

    network = Scripted({ROOT_SERVER: top, "192.0.2.2": shop})
    Bench(network).resolve("a.b.c.d.leaf.shop0.")
    sent = Counter((server, asked.name, asked.transport) for server, asked in network.log)
    assert max(sent.values()) == 3


def test_rfc4035_a_parent_server_that_refers_where_the_ds_was_asked_for_is_tried_around() -> None:
    def old(asked: Asked) -> Sent:
        return referral(asked, "leaf.shop0.", ns="192.0.2.3")

    def new(asked: Asked) -> Sent:
        return reply(asked, authority=[soa("shop0.")])

    def top(asked: Asked) -> Sent:
        return referral(asked, "shop0.", a="192.0.2.2", b="192.0.2.4")

    for seed in range(4):
        bench = Bench(Scripted({ROOT_SERVER: top, "192.0.2.2": old, "192.0.2.4": new}), seed=seed)
        found = bench.resolve("leaf.shop0.", "DS")
        assert isinstance(found, Resolved)
        assert found.chain[-1].kind is Kind.NODATA
