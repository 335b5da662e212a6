# SPDX-License-Identifier: ISC
"""RFC 9609: priming, beside the questions of clients; hints serve until it has worked."""

from __future__ import annotations

import pytest

from resolver.engine.limits import Limits, UpstreamSettings
from resolver.engine.outcome import Resolved
from resolver.wire import ROOT
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
    tree,
)

PRIMING = UpstreamSettings(priming=True)


def good(asked: Asked) -> Sent:
    return reply(asked, [f"{asked.name} 60 A 192.0.2.9"])


def root(primes: Behaviour) -> Scripted:
    network = tree(good)
    delegate = network.servers[ROOT_SERVER]
    network.servers[ROOT_SERVER] = lambda asked: primes(asked) if asked.name == "." else delegate(asked)
    return network


def full(asked: Asked) -> Sent:
    return reply(
        asked, [". 518400 NS b.root-servers.net0."], (), ["b.root-servers.net0. 518400 A 192.0.2.101"]
    )


def test_the_primed_root_replaces_the_hints() -> None:
    network = root(full)
    network.servers["192.0.2.101"] = lambda asked: referral(asked, "shop0.", ns="192.0.2.2")
    bench = Bench(network, upstream=PRIMING)
    bench.engine.prime()
    bench.world.advance(1)
    assert bench.caches.delegations.get(ROOT) is not None
    bench.sent()
    assert isinstance(bench.resolve("www.leaf.shop0."), Resolved)
    assert next(address for address, _ in bench.network.log) == "192.0.2.101"


def test_the_priming_query_is_ns_of_the_root_without_rd() -> None:
    bench = Bench(root(full), upstream=PRIMING)
    bench.engine.prime()
    bench.world.advance(1)
    (asked,) = bench.network.asked_of(ROOT_SERVER)
    assert asked.message.question is not None
    assert (asked.name, asked.message.question.rtype, asked.message.rd) == (".", 2, False)


BROKEN: dict[str, Behaviour] = {
    "silent": SILENT,
    "lame": lambda asked: reply(asked, aa=False),
    "servfail": lambda asked: reply(asked, rcode=2),
    "nxdomain": lambda asked: reply(asked, rcode=3),
    "no addresses": lambda asked: reply(asked, [". 518400 NS b.root-servers.net0."]),
    "another name": lambda asked: reply(asked, ["shop0. 518400 NS b.root-servers.net0."]),
}


@pytest.mark.parametrize("kind", list(BROKEN))
def test_r29_whatever_priming_brings_the_hints_stay_usable(kind: str) -> None:
    bench = Bench(root(BROKEN[kind]), upstream=PRIMING)
    bench.engine.prime()
    assert isinstance(bench.resolve("www.leaf.shop0."), Resolved)
    bench.world.advance(9)
    assert bench.caches.delegations.get(ROOT) is None


def test_a_failed_priming_is_not_repeated_for_a_minute() -> None:
    bench = Bench(root(BROKEN["servfail"]), upstream=PRIMING)
    for _ in range(5):
        bench.engine.prime()
        bench.world.advance(10)
    assert sum(asked.name == "." for asked in bench.network.asked_of(ROOT_SERVER)) <= 2


def test_the_root_is_primed_anew_when_its_lease_ends() -> None:
    network = root(full)
    network.servers["192.0.2.101"] = lambda asked: referral(asked, "shop0.", ns="192.0.2.2")
    bench = Bench(network, upstream=PRIMING)
    bench.engine.prime()
    bench.world.advance(86401)
    bench.sent()
    bench.resolve("www.leaf.shop0.")
    bench.world.advance(1)
    assert "." in [asked.name for asked in bench.network.asked_of(ROOT_SERVER)]


def test_priming_can_be_switched_off() -> None:
    bench = Bench(root(full))
    bench.engine.prime()
    bench.resolve("www.leaf.shop0.")
    assert "." not in [asked.name for _, asked in bench.network.log]


def test_a01_priming_that_a_question_sets_off_is_on_its_meter() -> None:
    """A silent root: neither the question nor what it sets off beside may pass the limit together."""
    bench = Bench(Scripted({ROOT_SERVER: SILENT}), upstream=PRIMING, limits=Limits(sends=5))
    bench.resolve("www.leaf.shop0.")
    bench.world.settle()
    assert {asked.name for _, asked in bench.network.log} == {".", "shop0."}
    assert bench.sent() == 5
