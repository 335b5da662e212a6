# SPDX-License-Identifier: ISC
"""Rows A01 and A13-A21: what servers that fail, loop and flood may make us send, open and read."""

from __future__ import annotations

import random
from bisect import bisect_right

import pytest

from resolver.engine.ports import Transport
from resolver.wire.codes import QR, TC
from tests.faults.assertions import Row, most_often_the_same
from tests.faults.modes import Mode, request, worst_live
from tests.faults.modes_fuzz import hostile_world
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.scale import scaled
from tests.faults.test_amplification import TARGET, basis, warmed
from tests.faults.world import (
    ROOT_SERVER,
    Action,
    Asked,
    Behaviour,
    Close,
    Drip,
    Half,
    Silence,
    World,
    late,
    packets,
    silent,
)
from tests.faults.world_answers import reply, rr, rrs, saying
from tests.faults.world_hostile import hostile

WORLDS = scaled(10_000, 500)  # under the virtual clock, one question each
LIVE_WORLDS = 50
NAMES = ("www.a.pz.", "x.y.a.pz.", "b.pz.", "www.q.", "deep.down.c.b.pz.")


def test_A01_any_question_in_any_world(row: Row) -> None:
    most = connections = 0
    draw = random.Random(1)
    for seed in range(WORLDS):
        with scenario(hostile_world(seed), seed=seed) as session:
            session.ask(draw.choice(NAMES), draw.choice(("A", "NS", "MX", "ANY")))
            session.settle()
            most = max(most, len(session.world.log))
            connections = max(connections, session.connections)
    row.at_most("packets", most, 50)
    row.at_most("TCP connections", connections, 4)


@pytest.mark.live
def test_A01_any_question_in_any_world_on_sockets(row: Row) -> None:
    """One process after the other would take minutes: here the worlds change around one, and its caches are flushed."""
    world = hostile_world(0)
    most = connections = 0
    with live(world) as session:
        for seed in range(LIVE_WORLDS):
            world.zone(".", [ROOT_SERVER, *(f"127.66.0.{n}" for n in range(2, 9))], hostile(seed))
            world.clear()
            before = session.connections
            session.ask(NAMES[seed % len(NAMES)])
            session.settle()
            most = max(most, len(world.log))
            connections = max(connections, session.connections - before)
            assert session.serving.command("cache", "flush", ".").returncode == 0
    row.at_most("packets", most, 50)
    row.at_most("TCP connections", connections, 4)


def failing(count: int, behaviour: Behaviour) -> World:
    """`evil.pz.` on so many servers with glue, all of which do the same."""
    addresses = [f"127.66.7.{n + 1}" for n in range(count)]
    text = "".join(f"evil NS n{n}.evil\nn{n}.evil A {a}\n" for n, a in enumerate(addresses))
    world = basis(text)
    world.zone("evil.pz.", addresses, behaviour)
    return world


FAILURES = {"SERVFAIL": 2, "REFUSED": 5, "FORMERR": 1, "NOTIMP": 4}


@pytest.mark.timed  # a reply that the machine delivers late costs a hedge
@pytest.mark.parametrize("rcode", FAILURES)
@worst_live("count", 1, 13, 4)
def test_A13_all_servers_fail_and_A14_again(count: int, rcode: str, mode: Mode, row: Row) -> None:
    with mode(failing(count, saying(FAILURES[rcode]))) as session:
        assert warmed(session).ask("www.evil.pz.").rcode == "SERVFAIL"
        session.settle()
        row.at_most(f"packets to {count}", len(session.world.log), {1: 3, 4: 6, 13: 15}[count])


@worst_live("rcode", *FAILURES)
def test_A14_a_failure_is_remembered(rcode: str, mode: Mode, row: Row) -> None:
    with mode(failing(4, saying(FAILURES[rcode]))) as session:
        warmed(session).ask("www.evil.pz.")
        session.settle()
        session.world.clear()
        again = session.ask("www.evil.pz.")
        row.exactly("packets again", len(session.world.log), 0)
        assert again.rcode == "SERVFAIL"


def test_A15_a_failing_name_at_5_qps_for_14_s(mode: Mode, row: Row) -> None:
    with mode(failing(1, saying(2))) as session:
        warmed(session).ask("other.evil.pz.")
        session.settle()
        session.world.clear()
        for _ in range(70):
            session.ask("www.evil.pz.")
            session.pass_time(0.2)
        row.at_most("packets", len(session.world.log), 8)


@worst_live("count", 4, 13, 1)
def test_A16_the_same_query_to_dead_servers(count: int, mode: Mode, row: Row) -> None:
    with mode(failing(count, silent)) as session:
        warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("sends of one query", most_often_the_same(session.world), 3)


def test_A16_the_same_query_in_any_world(row: Row) -> None:
    most = 0
    for seed in range(500):
        with scenario(hostile_world(seed), seed=seed) as session:
            session.ask("www.a.pz.")
            session.settle()
            most = max(most, most_often_the_same(session.world))
    row.at_most("sends of one query", most, 3)


def test_A17_duplicate_glue(mode: Mode, row: Row) -> None:
    """Ten names of servers with the same thirteen addresses each (CVE-2026-3592)."""
    addresses = [f"127.66.7.{n + 1}" for n in range(13)]
    world = basis(
        "".join(f"evil NS n{n}.evil\n" + "".join(f"n{n}.evil A {a}\n" for a in addresses) for n in range(10))
    )
    world.zone("evil.pz.", addresses, saying(5))
    with mode(world) as session:
        warmed(session).ask("www.evil.pz.")
        session.settle()
        asked = session.world.asked(below="evil.pz.")
        sent = [a.server for a in asked if a.server.startswith("127.66.7.")]
        row.at_most("destinations", len(set(sent)), 13)
        row.exactly("sends to one", max(sent.count(a) for a in set(sent)), 1)


def truncating(then: Behaviour) -> Behaviour:
    def behave(asked: Asked) -> Action:
        if asked.transport is Transport.UDP:
            return packets(reply(asked, flags=QR | TC))
        return then(asked)

    return behave


OVER_TCP: dict[str, Behaviour] = {
    "close": lambda _: Close(),
    "tc": lambda asked: packets(reply(asked, flags=QR | TC)),
    "half": lambda asked: Half(reply(asked, [rr(asked.text, "A", "192.0.2.1")])),
    "hang": lambda _: Silence(),
    "drip": lambda asked: Drip(reply(asked, [rr(asked.text, "A", "192.0.2.1")])),
}


@pytest.mark.parametrize("how", OVER_TCP)
def test_A18_truncated_and_then(how: str, mode: Mode, row: Row) -> None:
    with mode(failing(1, truncating(OVER_TCP[how]))) as session:
        told = warmed(session).ask("www.evil.pz.")
        session.settle()
        row.at_most("packets", len(session.world.log), 4)
        row.at_most("TCP connections", session.connections, 2)
        row.at_most("s", told.seconds, 3)
        assert told.rcode == "SERVFAIL"


BIG = {
    "TXT": "\n".join(f'big TXT "{n:0250}"' for n in range(16)),
    "ANY": "\n".join(f'big TXT "{n:0250}"\nbig A 192.0.2.{n}\nbig MX {n} x' for n in range(16)),
    "A": "\n".join(f"big A 192.0.2.{n}" for n in range(200)),
}


@pytest.mark.parametrize("rtype", BIG)
def test_A19_octets_out_for_octets_in(rtype: str, mode: Mode, row: Row) -> None:
    with mode(basis(target=BIG[rtype] + "\n")) as session:
        warmed(session)
        for size in (512, 1232, 4096, 65535):
            octets = request("big.target.pz.", rtype, size=size)
            told = session.ask_all([octets])[0]
            row.at_most("times", told.size / len(octets), 45)
            row.at_most("octets over UDP", told.size, 1232)
            assert told.message is not None
            if rtype == "ANY":
                row.at_most("RRsets for ANY", len(told.message.answer), 1)
            elif told.size < 600:
                assert told.truncated


def test_A19_the_longest_answer_to_the_shortest_question(mode: Mode, row: Row) -> None:
    """What just fits, for a name of one letter at the root, with and without EDNS."""
    long, short = (
        " ".join(f'"{"x" * size}"' for size in sizes) for sizes in ((250, 250, 250, 250, 170), (250, 190))
    )
    world = World()
    world.zone(
        ".", ROOT_SERVER, text=f"@ NS ns.root.\nns.root. A {ROOT_SERVER}\nb. TXT {long}\nc. TXT {short}\n"
    )
    with mode(world) as session:
        for name, edns in (("b.", True), ("c.", False)):
            octets = request(name, "TXT", edns=edns)
            told = session.ask_all([octets])[0]
            assert not told.truncated
            assert told.size > (1150 if edns else 450)
            row.at_most("times", told.size / len(octets), 45)


# Of any client, and as many questions at work for one zone and one server as the row holds.
OPEN_TO_ALL = {
    "server.allow": '["0.0.0.0/0"]',
    "admission.fetches_per_zone": "4096",
    "admission.fetches_per_server": "4096",
}


def test_A20_three_thousand_held_for_three_seconds(row: Row) -> None:
    """DNSBomb (2024): one client's answers come due together. A client on loopback is exempt, so this is a scenario."""
    world = basis(target="* A 192.0.2.1\n")
    honest = world.behaviour("target.pz.")
    slow = late(honest, 3.0)
    world.zone("target.pz.", TARGET, lambda asked: (slow if asked.text.startswith("held") else honest)(asked))
    with scenario(world, OPEN_TO_ALL) as session:
        warmed(session)
        began = []
        for n in range(3000):
            octets = request(f"held{n}.target.pz.", ident=n)
            began.append((session.virtual.ticks(), session.begin(octets, address="10.0.0.1")))
            session.pass_time(0.0001)
        session.settle()
        came = sorted(at + told[0].seconds for at, told in began if told[0].message is not None)
        row.at_most("replies", len(came), 1000)
        pulses = [bisect_right(came, at + 0.01) - n for n, at in enumerate(came)]
        row.at_most("replies in 10 ms", max(pulses, default=0), 200)


def test_A21_octets_received_for_one_question(mode: Mode, row: Row) -> None:
    """A chain of aliases through zones whose every reply has 60 kB beside the link."""
    heard = 0

    def link(asked: Asked) -> Action:
        nonlocal heard
        if asked.transport is Transport.UDP:
            octets = reply(asked, flags=QR | TC)
        else:
            number = int(asked.text[1:].partition(".")[0] or 0) if asked.text[1:2].isdigit() else 0
            ballast = rrs(
                asked.text,
                "RRSIG",
                [f"A 8 2 300 20300101000000 20200101000000 {n} target.pz. {'A' * 1320}" for n in range(55)],
            )
            octets = reply(asked, [rr(asked.text, "CNAME", f"c{number + 1}.evil.pz."), *ballast])
        heard += len(octets)
        return packets(octets)

    with mode(failing(1, link)) as session:
        told = warmed(session).ask("c0.evil.pz.")
        session.settle()
        row.at_most("octets", heard, 256 * 1024)
        assert told.rcode == "SERVFAIL"
        assert heard > 100_000
