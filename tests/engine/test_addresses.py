# SPDX-License-Identifier: ISC
"""Finding servers' addresses: NXNSAttack, TsuNAME, glueless and cross-zone delegations, and what they may cost."""

from __future__ import annotations

import pytest

from resolver.engine.limits import Limits, StaticZone, UpstreamSettings
from resolver.engine.outcome import Cause, Failed, Resolved
from tests.engine.scripted import (
    ROOT_SERVER,
    SILENT,
    Asked,
    Behaviour,
    Bench,
    Scripted,
    Sent,
    referral,
    reply,
    soa,
    tree,
)


def glueless(names: list[str], victim: object = None) -> Scripted:
    """`leaf.shop0.` is delegated to `names` without glue; `victim.net0.` is served by 192.0.2.7 as `victim` does."""

    def top(asked: Asked) -> Sent:
        if asked.name.endswith("net0."):
            return referral(asked, "net0.", ns="192.0.2.6")
        return referral(asked, "shop0.", ns="192.0.2.2")

    def shop(asked: Asked) -> Sent:
        return reply(asked, authority=[f"leaf.shop0. 3600 NS {name}" for name in names], aa=False)

    def net(asked: Asked) -> Sent:
        return referral(asked, "victim.net0.", ns="192.0.2.7")

    servers = {ROOT_SERVER: top, "192.0.2.2": shop, "192.0.2.6": net}
    if victim is not None:
        servers["192.0.2.7"] = victim  # type: ignore[assignment]  # a behaviour
    return Scripted(servers)


def good(asked: Asked) -> Sent:
    return reply(asked, [f"{asked.name} 60 A 192.0.2.9"])


def test_a_glueless_delegation_is_followed() -> None:
    network = glueless(["ns.victim.net0."], lambda asked: reply(asked, ["ns.victim.net0. 60 A 192.0.2.8"]))
    network.servers["192.0.2.8"] = good
    outcome = Bench(network).resolve("www.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert outcome.chain[-1].server == "192.0.2.8"


def test_a_server_known_by_aaaa_alone_is_asked_over_ipv6() -> None:
    def victim(asked: Asked) -> Sent:
        assert asked.message.question is not None
        if asked.message.question.rtype == 28:
            return reply(asked, ["ns.victim.net0. 60 AAAA 2001:db8::8"])
        return reply(asked, authority=[soa("victim.net0.")])

    network = glueless(["ns.victim.net0."], victim)
    network.servers["2001:db8::8"] = good
    assert isinstance(Bench(network).resolve("www.leaf.shop0."), Resolved)


@pytest.mark.parametrize("count", [20, 99, 500])
def test_a02_nxns_name_servers_that_do_not_exist(count: int) -> None:
    """NXNSAttack: one question must not become hundreds at the victim."""
    names = [f"ns{index}.victim.net0." for index in range(count)]
    network = glueless(names, lambda asked: reply(asked, authority=[soa("victim.net0.")], rcode=3))
    bench = Bench(network)
    bench.resolve("warm.victim.net0.")
    bench.sent()
    outcome = bench.resolve("www.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert len(network.asked_of("192.0.2.7")) <= 3
    assert bench.sent() <= 6


def test_a03_nxns_at_a_silent_victim() -> None:
    names = [f"ns{index}.victim.net0." for index in range(99)]
    bench = Bench(glueless(names, SILENT))
    bench.resolve("warm.shop0.", seconds=0.05)
    outcome = bench.resolve("www.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert len(bench.network.asked_of("192.0.2.7")) <= 7


def test_a04_nxns_at_an_address_that_refuses() -> None:
    names = [f"ns{index}.victim.net0." for index in range(99)]
    network = glueless(names, lambda asked: reply(asked, [f"{asked.name} 60 A 192.0.2.8"]))
    network.servers["192.0.2.8"] = lambda asked: reply(asked, rcode=5)
    bench = Bench(network)
    bench.resolve("warm.victim.net0.")
    bench.sent()
    outcome = bench.resolve("www.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert bench.sent() <= 12


def test_tsuname_a_cycle_of_two_zones_fails_at_once() -> None:
    def tld(asked: Asked) -> Sent:
        here, there = ("left", "right") if "left" in asked.name else ("right", "left")
        return reply(asked, authority=[f"{here}.shop0. 3600 NS ns.{there}.shop0."], aa=False)

    bench = Bench(
        Scripted({ROOT_SERVER: lambda asked: referral(asked, "shop0.", ns="192.0.2.2"), "192.0.2.2": tld})
    )
    outcome = bench.resolve("www.left.shop0.")
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.STRUCTURAL
    assert bench.sent() == 3  # the root, and one referral for each of the two zones
    assert bench.world.ticks() < 0.05


def test_a_zone_that_names_itself_without_glue_fails_at_once() -> None:
    network = glueless(["ns.leaf.shop0."])
    bench = Bench(network)
    outcome = bench.resolve("www.leaf.shop0.")
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.STRUCTURAL
    assert bench.sent() == 2


def test_rfc2181_10_3_an_alias_names_no_server() -> None:
    def victim(asked: Asked) -> Sent:
        return reply(
            asked, ["ns.victim.net0. 60 CNAME real.victim.net0.", "real.victim.net0. 60 A 192.0.2.8"]
        )

    network = glueless(["ns.victim.net0."], victim)
    network.servers["192.0.2.8"] = good
    assert isinstance(Bench(network).resolve("www.leaf.shop0."), Failed)


def test_rfc2181_5_4_1_glue_never_answers_a_client() -> None:
    """The address in the referral differs from the zone's own: the zone's own is the answer."""

    def leaf(asked: Asked) -> Sent:
        return reply(asked, [f"{asked.name} 60 A 192.0.2.77"])

    bench = Bench(tree(leaf))
    bench.resolve("www.leaf.shop0.")
    outcome = bench.resolve("ns.leaf.shop0.")
    assert isinstance(outcome, Resolved)
    assert outcome.chain[-1].records[0].rdata == bytes([192, 0, 2, 77])


def test_a16_an_address_of_ttl_0_is_looked_up_once_for_all_steps_of_a_walk() -> None:
    network = glueless(["ns.victim.net0."], lambda asked: reply(asked, ["ns.victim.net0. 0 A 192.0.2.8"]))

    def leaf(asked: Asked) -> Sent:
        return good(asked) if asked.name.startswith("a.") else reply(asked, authority=[soa("leaf.shop0.")])

    network.servers["192.0.2.8"] = leaf
    assert isinstance(Bench(network).resolve("a.b.c.d.e.f.leaf.shop0."), Resolved)
    assert len(network.asked_of("192.0.2.7")) == 1


def test_glue_of_a_family_switched_off_leaves_the_name_to_be_looked_up() -> None:
    """On a host without IPv4: the parent had no room, or no care, for the AAAA of a name server elsewhere."""

    def victim(asked: Asked) -> Sent:
        return reply(asked, ["ns.victim.net0. 60 AAAA 2001:db8::8"])

    def top(asked: Asked) -> Sent:
        if asked.name.endswith("net0."):
            return reply(
                asked,
                (),
                ["victim.net0. 60 NS n.victim.net0."],
                ["n.victim.net0. 60 AAAA 2001:db8::7"],
                aa=False,
            )
        return reply(
            asked, (), ["shop0. 60 NS ns.victim.net0."], ["ns.victim.net0. 60 A 192.0.2.8"], aa=False
        )

    network = Scripted({"2001:db8::1": top, "2001:db8::7": victim, "2001:db8::8": good})
    bench = Bench(
        network,
        upstream=UpstreamSettings(priming=False, ipv4=False),
        zones=(StaticZone(name=".", stub=("2001:db8::1",)),),
    )
    assert isinstance(bench.resolve("www.shop0."), Resolved)


def half_glued(first: Behaviour, victim: object = SILENT) -> Scripted:
    """`leaf.shop0.` is on `ns.leaf.shop0.` with glue, which behaves as `first`, and on `ns.victim.net0.` without."""
    network = glueless([], victim)
    network.servers["192.0.2.2"] = lambda asked: reply(
        asked,
        (),
        ["leaf.shop0. 60 NS ns.leaf.shop0.", "leaf.shop0. 60 NS ns.victim.net0."],
        ["ns.leaf.shop0. 60 A 192.0.2.3"],
        aa=False,
    )
    network.servers["192.0.2.3"] = first
    return network


@pytest.mark.parametrize("late", [0.7, 1.5, 3.0])
def test_r10_a_late_reply_counts_while_a_look_up_runs(late: float) -> None:
    """The one server at hand is slow, the address of the other is with a dead server."""

    def slow(asked: Asked) -> list[tuple[float, Sent]]:
        return [(late, good(asked))] if asked.nth == 1 else []

    bench = Bench(half_glued(slow))
    assert isinstance(bench.resolve("www.leaf.shop0."), Resolved)
    assert bench.world.ticks() <= late + 0.3
    bench.world.settle()
    assert (bench.world.open_flights, bench.world.open_jobs) == (0, 0)


def test_r05_a_server_without_glue_is_found_while_the_one_with_glue_is_dead() -> None:
    network = half_glued(SILENT, lambda asked: reply(asked, ["ns.victim.net0. 60 A 192.0.2.8"]))
    network.servers["192.0.2.8"] = good
    bench = Bench(network)
    assert isinstance(bench.resolve("www.leaf.shop0."), Resolved)
    assert bench.world.ticks() <= 0.7


def test_a01_a_look_up_that_runs_beside_stays_on_the_meter() -> None:
    network = half_glued(SILENT)
    bench = Bench(network, limits=Limits(sends=6))
    outcome = bench.resolve("www.leaf.shop0.")
    bench.world.settle()
    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.LIMIT
    assert bench.sent() == 6
