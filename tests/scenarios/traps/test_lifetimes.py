# SPDX-License-Identifier: ISC
"""Traps that others fell into with lifetimes; which system and where: the table in docs/policies.md."""

from __future__ import annotations

from resolver.wire import Rtype
from tests.engine.scripted import Asked, Scripted, Sent, reply, soa
from tests.scenarios.traps.world import LEAF, WWW, ZONE, Leaf, Resolver

NONE = f"none.{ZONE}"


def test_trap_a_minimum_for_answers_leaks_into_denials() -> None:
    leaf = Leaf(ttl=5, minimum=5)
    leaf.gone.add(NONE)
    resolver = Resolver(leaf, {"policy.min_ttl": "300s"})
    assert resolver.ask(WWW)[:2] == ("NOERROR", 300)
    assert resolver.ask(NONE)[:2] == ("NXDOMAIN", 5)
    resolver.wait(6)
    leaf.gone.clear()
    assert resolver.ask(NONE)[:2] == ("NOERROR", 300)


def test_trap_a_minimum_for_answers_leaks_into_failures() -> None:
    leaf = Leaf(ttl=5)
    leaf.out = True
    resolver = Resolver(leaf, {"policy.min_ttl": "300s"})
    assert resolver.ask().rcode == "SERVFAIL"
    leaf.out = False
    resolver.wait(5)
    assert resolver.ask()[:2] == ("NOERROR", 300)


def test_trap_a_remembered_failure_hides_good_data() -> None:
    """Of the same name: the failure is of another type, the address is fresh and stays."""
    leaf = Leaf(ttl=600)
    resolver = Resolver(leaf, {"policy.failure_min_ttl": "300s"})
    resolver.ask()
    leaf.out = True
    assert resolver.ask(WWW, Rtype.TXT).rcode == "SERVFAIL"
    told = resolver.ask()
    assert told.packets == 0
    assert told.ttl is not None
    assert told.ttl > 590


def test_trap_a_remembered_failure_hides_stale_data() -> None:
    leaf = Leaf(ttl=60)
    resolver = Resolver(leaf, {"policy.failure_min_ttl": "300s"})
    resolver.ask()
    leaf.out = True
    resolver.wait(61)
    for _ in range(3):
        assert resolver.ask()[:2] == ("NOERROR", 30)
        resolver.wait(10)


def test_trap_an_answer_with_ttl_0_does_not_evict_the_old_one() -> None:
    """A denial that is kept for long, then a record with TTL 0: the denial must not come back."""
    leaf = Leaf(ttl=0, minimum=60)
    leaf.gone.add(WWW)
    resolver = Resolver(leaf)
    assert resolver.ask().rcode == "NXDOMAIN"
    leaf.gone.clear()
    resolver.wait(61)
    for _ in range(3):
        assert resolver.ask()[:2] == ("NOERROR", 0)
    leaf.out = True
    assert resolver.ask().rcode == "SERVFAIL"  # and not the stale denial


def test_trap_stale_data_is_retried_with_every_question() -> None:
    leaf = Leaf(ttl=60)
    resolver = Resolver(leaf)
    resolver.ask()
    leaf.out = True
    resolver.wait(61)
    assert resolver.ask().packets > 0
    assert [resolver.ask().packets for _ in range(50)] == [0] * 50
    resolver.wait(31)
    assert resolver.ask().packets > 0


def test_trap_a_late_answer_is_thrown_away_and_the_cache_never_fills() -> None:
    """A server that takes three seconds, a client that hears stale data after 1.8: the next hears what came late."""
    leaf = Leaf(ttl=60)
    resolver = Resolver(leaf)
    resolver.ask()
    resolver.network.delay = 3.0
    resolver.wait(61)
    assert resolver.ask()[:2] == ("NOERROR", 30)
    told = resolver.ask()
    assert told.packets == 0
    assert told.ttl is not None
    assert told.ttl > 50


def test_trap_a_client_that_waits_for_stale_data_costs_as_much_as_one_that_does_not() -> None:
    """BIND gave up its timer as unmaintainable. Ours bounds the waiting alone: one resolution, whoever waits."""
    leaf = Leaf(ttl=60)
    costs = []
    for timeout in ("0s", "1800ms"):
        resolver = Resolver(leaf, {"stale.client_timeout": timeout})
        resolver.ask()
        resolver.network.delay = 2.5
        resolver.wait(61)
        asked = resolver.ask()
        assert asked[:2] == ("NOERROR", 30)
        costs.append(asked.packets)
        assert resolver.ask().packets == 0
    assert costs[0] == costs[1]


def test_trap_a_delegation_is_renewed_by_its_own_child_for_ever() -> None:
    """A ghost domain: its parent has taken it back, its servers renew themselves with every answer."""

    def ghost(asked: Asked) -> Sent:
        return reply(
            asked,
            [f"{asked.name} 60 A 192.0.2.66"],
            [f"{ZONE} 86400 NS ns.{ZONE}"],
            [f"ns.{ZONE} 86400 A {LEAF}"],
        )

    resolver = Resolver(ghost)
    assert resolver.ask().rcode == "NOERROR"
    revoke(resolver.network)
    for _ in range(70):  # the parent granted an hour
        resolver.ask()
        resolver.ask(ZONE, Rtype.NS)
        resolver.wait(55)
    assert resolver.ask().rcode == "NXDOMAIN"


def revoke(network: Scripted) -> None:
    """The parent does not know the zone any more."""
    network.servers["192.0.2.2"] = lambda asked: reply(asked, authority=[soa("shop0.")], rcode=3)


def test_trap_the_lease_of_the_control_is_renewed_by_its_parent() -> None:
    """The control of the test above: while the parent stands by it, the domain lives on."""
    resolver = Resolver(Leaf(ttl=60))
    for _ in range(70):
        assert resolver.ask().rcode == "NOERROR"
        resolver.wait(55)
