# SPDX-License-Identifier: ISC
"""Rows O12-O15: what single packets cost, huge and mutated ones, and that none of them breaks or deceives anything.

The numbers are the matrix's; how many packets are sent, `scale` says.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from resolver.engine.ports import Transport
from resolver.events import Crashed
from resolver.lab.network import Delivery
from resolver.service import Client
from resolver.wire import FormatError, Message, Record, Rtype, compose, from_text, parse
from tests.faults.assertions import Row
from tests.faults.broken import ZONE, Zone, is_right, names, warmed
from tests.faults.modes import Told, request
from tests.faults.modes_live import LiveSession, live
from tests.faults.modes_scenario import ScenarioSession, scenario
from tests.faults.scale import scaled
from tests.faults.storms import ask_over_tcp
from tests.faults.world import Action, Asked, Behaviour, Packet, Packets, packets
from tests.faults.world_answers import reply, rrs
from tests.fuzz.mutate import corpus, mutate
from tests.live.asking import drain, udp

DAY = 86_400.0
QUESTIONS = [request(name, rtype) for name in names(5) for rtype in ("A", "MX")]


def processor_ms(session: ScenarioSession, name: str, rtype: str = "A") -> float:
    """What a question costs, less what the servers of the world take: they run in the same process."""
    network, servers = session.virtual.network, 0.0

    class Timed:
        def deliver(self, *arguments: Any) -> Sequence[Delivery]:
            nonlocal servers
            begun_at = time.process_time()
            sent = network.deliver(*arguments)
            servers += time.process_time() - begun_at
            return sent

    session.virtual.network = Timed()
    begun_at = time.process_time()
    session.ask(name, rtype)
    took = time.process_time() - begun_at - servers
    session.virtual.network = network
    return 1000 * took


def test_O12_an_answer_of_4000_records(row: Row) -> None:
    addresses = [f"10.{n >> 8}.{n & 255}.1" for n in range(3990)]
    zone = Zone(1).change(lambda asked: packets(reply(asked, rrs(asked.text, "A", addresses))))
    with scenario(zone.world) as session:
        warmed(session)
        costs = sorted(processor_ms(session, f"huge{n}.z.pz.") for n in range(9))
        row.at_most("ms of the loop", costs[4], 20)
        zone.world.clear()
        session.pass_time(10)
        session.ask("huge0.z.pz.")
        row.at_least("queries for it again: it was not kept", zone.sent_to(zone.servers), 1)


@pytest.mark.live
@pytest.mark.timed
def test_O12_an_answer_of_4000_records_to_a_client_over_tcp(row: Row) -> None:
    """From the servers over TCP and to the client over TCP: 64 KB in and out, all its work together."""
    addresses = [f"10.{n >> 8}.{n & 255}.1" for n in range(3990)]
    zone = Zone(1).change(lambda asked: packets(reply(asked, rrs(asked.text, "A", addresses))))
    with live(zone.world) as session:
        warmed(session)
        ask_over_tcp(session.serving.port, "huge.z.pz.")
        before = session.processor_s()
        for number in range(10):
            ask_over_tcp(session.serving.port, f"huge{number}.z.pz.")
        row.at_most("ms of the loop", 100 * (session.processor_s() - before), 20)


def mutated(count: int, rng: random.Random) -> Iterator[bytes]:
    """Questions after one to six mutations each."""
    seeds = QUESTIONS + corpus()
    for _ in range(count):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((1, 1, 2, 6))):
            mutate(rng, data, rng.choice(seeds))
        yield bytes(data[:1400])


def test_O13_mutated_queries(row: Row) -> None:
    """100,000 of them through the whole service, where every exception is seen; the million is live."""
    zone = Zone(2)
    with scenario(zone.world) as session:
        warmed(session, *names(5))
        service = session.resolver._service
        waiting = 0
        for octets in mutated(100_000, random.Random(13)):
            found = service.handle(octets, Client("127.0.0.1", 4000), session.virtual.now())
            if found is not None and not isinstance(found, bytes):
                found.close()
                waiting += 1
        row.exactly("unhandled exceptions", sum(isinstance(e, Crashed) for e in session.events), 0)
        assert waiting < 100_000
        told = [session.ask(name) for name in names(100, "after")]
        row.exactly("% answered after", 100 * sum(map(is_right, told)) / 100, 100)


@pytest.mark.live
def test_O13_mutated_queries_live(row: Row) -> None:
    """A hundred at a time; between two hundreds somebody else is answered."""
    count, zone = scaled(1_000_000, 20_000), Zone(2)
    with live(zone.world, {"cache.size": "8MiB"}) as session:
        warmed(session, *names(5))
        before = most = session.serving.rss_bytes()
        with udp(session.serving.port) as attacker:
            for number, octets in enumerate(mutated(count, random.Random(14))):
                attacker.send(octets)
                if number % 100 == 99:
                    drain(attacker)
                    attacker.setblocking(True)
                    assert is_right(session.ask("n1.z.pz."))
                if number % 10_000 == 9_999:
                    zone.world.clear()
                    most = max(most, session.serving.rss_bytes())
        row.at_most("MB of RSS", (most - before) / 1e6, 32)
        row.exactly("crashes", session.serving.statistics("crashes"), 0)
        told = session.ask_all([request(name) for name in names(100, "after")])
        row.exactly("% answered after", 100 * sum(map(is_right, told)) / 100, 100)


def mangled(
    honest: Behaviour, rng: random.Random, count: int = 1, keep: Callable[[bytes], bool] = lambda octets: True
) -> Behaviour:
    """So many mutated replies that `keep` chooses, all with the right ID; the true one comes 50 ms behind them."""

    def behave(asked: Asked) -> Action:
        action = honest(asked)
        assert isinstance(action, Packets)
        right = action.packets[0]
        made: list[Packet] = []
        while len(made) < count:
            data = bytearray(right.data)
            for _ in range(rng.choice((1, 1, 2, 6))):
                mutate(rng, data, right.data)
            octets = right.data[:2] + bytes(data[2:])
            if keep(octets):
                made.append(right._replace(data=octets))
        return packets(*made, right._replace(delay=0.05))

    return behave


def is_unreadable(octets: bytes) -> bool:
    """Whether it is no DNS message."""
    try:
        parse(octets)
    except FormatError:
        return True
    return False


RCODES = {"NOERROR", "NXDOMAIN", "SERVFAIL", "YXDOMAIN"}  # what a reply that can be read may lead to


def test_O14_mutated_answers(row: Row) -> None:
    """5000, each for a name of its own; the true one comes behind, as from another server."""
    zone = Zone(2)
    with scenario(zone.world) as session:
        warmed(session, "n.z.pz.")
        zone.change(mangled(zone.honest, random.Random(15)))
        told = [session.ask(name) for name in names(5000, "m")]
        row.exactly("exceptions", len(session.crashes), 0)
        assert {one.rcode for one in told} <= RCODES
        zone.mend()
        session.pass_time(DAY * 3)
        after = [session.ask(name) for name in names(100, "after")]
        row.exactly("% answered after", 100 * sum(map(is_right, after)) / 100, 100)


def asked_in_turn(session: LiveSession, wanted: Sequence[str]) -> list[Told]:
    """All of these, fifty at a time."""
    told: list[Told] = []
    for start in range(0, len(wanted), 50):
        told += session.ask_all([request(name) for name in wanted[start : start + 50]])
    return told


EACH = 20  # mutated answers to a query


@pytest.mark.live
def test_O14_answers_that_cannot_be_read_live(row: Row) -> None:
    """Half of the matrix's 200,000: nothing of them is believed, the true one behind them is.

    Over UDP, where whoever sends them need not be the server; over TCP the server answers as it should.
    """
    zone, wanted = Zone(2), names(scaled(100_000, 4000) // EACH, "u")
    with live(zone.world) as session:
        warmed(session, "n.z.pz.")
        broken = mangled(zone.honest, random.Random(16), EACH, is_unreadable)
        zone.change(lambda asked: (broken if asked.transport is Transport.UDP else zone.honest)(asked))
        told = asked_in_turn(session, wanted)
        row.exactly("wrong answers", sum(one.rcode == "NOERROR" and not is_right(one) for one in told), 0)
        row.exactly("% answered right", 100 * sum(map(is_right, told)) / len(told), 100)
        zone.mend()
        again = asked_in_turn(session, wanted[:500])
        row.exactly("% right from the cache", 100 * sum(map(is_right, again)) / len(again), 100)
        row.exactly("crashes", session.serving.statistics("crashes"), 0)


@pytest.mark.live
def test_O14_mutated_answers_live(row: Row) -> None:
    """The other half: any. What can be read is the server's own word, so its zone is flushed before the last clause."""
    zone, wanted = Zone(2), names(scaled(100_000, 4000) // EACH, "m")
    with live(zone.world) as session:
        warmed(session, "n.z.pz.")
        zone.change(mangled(zone.honest, random.Random(17), EACH))
        told = asked_in_turn(session, wanted)
        assert {one.rcode for one in told} <= RCODES
        beside = asked_in_turn(session, [f"o{n}.pz." for n in range(100)])
        row.exactly("% of another zone's right meanwhile", 100 * sum(map(is_right, beside)) / 100, 100)
        zone.mend()
        assert session.serving.command("cache", "flush", ZONE).returncode == 0
        after = asked_in_turn(session, names(100, "after"))
        row.exactly("% answered after", 100 * sum(map(is_right, after)) / 100, 100)
        row.exactly("crashes", session.serving.statistics("crashes"), 0)


def slowest_queries(session: ScenarioSession, count: int, keep: int) -> tuple[list[bytes], float]:
    """The slowest of so many mutated queries, and the milliseconds of the worst: the median of five."""
    service = session.resolver._service

    def cost(octets: bytes) -> float:
        begun_at = time.process_time()
        found = service.handle(octets, Client("127.0.0.1", 4000), session.virtual.now())
        took = time.process_time() - begun_at
        if found is not None and not isinstance(found, bytes):
            found.close()
        return 1000 * took

    found = sorted(mutated(count, random.Random(16)), key=cost)[-keep:]
    return found, max(sorted(cost(octets) for _ in range(5))[2] for octets in found)


@pytest.mark.timed
def test_O15_the_worst_single_packet(row: Row) -> None:
    """The slowest found by mutation, and answers made to be slow: the median of five of each."""
    zone = Zone(1)
    with scenario(zone.world) as session:
        warmed(session, *names(5))
        _, worst = slowest_queries(session, scaled(100_000, 5000), 20)
        row.at_most("ms for a query", worst, 2)
        costs = []
        for number, how in enumerate(slow_answers()):
            zone.change(how)
            costs.append(sorted(processor_ms(session, f"s{number}x{n}.z.pz.", "TXT") for n in range(5))[2])
        row.at_most("ms for an answer", max(costs), 20)


@pytest.mark.live
@pytest.mark.timed
def test_O15_the_worst_single_packet_live(row: Row) -> None:
    """The same packets, and all of the process's work for each: a mean of 100 queries, of ten answers."""
    zone = Zone(1)
    with scenario(Zone(1).world) as virtual:
        slowest, _ = slowest_queries(virtual, scaled(100_000, 5000), 20)
    with live(zone.world) as session:
        warmed(session, *names(5))
        row.at_most("ms for a query", max(per_query_ms(session, octets) for octets in slowest), 2)
        costs = []
        for number, how in enumerate(slow_answers()):
            zone.change(how)
            before = session.processor_s()
            for n in range(10):
                session.ask(f"s{number}x{n}.z.pz.", "TXT")
            costs.append(100 * (session.processor_s() - before))
        row.at_most("ms for an answer", max(costs), 20)


def per_query_ms(session: LiveSession, octets: bytes) -> float:
    """The processor time of one such query."""
    before = session.processor_s()
    with udp(session.serving.port) as client:
        for _ in range(100):
            client.send(octets)
            time.sleep(0.001)
        session.ask("n1.z.pz.")  # its answer says that all were read
        drain(client)
    return 10 * (session.processor_s() - before)


def slow_answers() -> list[Behaviour]:
    """As much as one message of 64 KiB can make a reader do: small records, long names, many types, many owners."""

    def filled(records: list[Record]) -> Behaviour:
        def behave(asked: Asked) -> Action:
            name = asked.message.question.name if asked.message.question else b"\0"
            mine = tuple(record._replace(owner=name) if not record.owner else record for record in records)
            said = Message(asked.message.id, 0x8400, 0, asked.message.question, mine)
            return packets(compose(said))

        return behave

    long_name = b"".join(b"\x3f" + b"x" * 63 for _ in range(3)) + from_text(ZONE)
    return [
        filled([Record(b"", int(Rtype.TXT), 1, 60, bytes((1, n & 255))) for n in range(4000)]),
        filled([Record(b"", 1000 + n, 1, 60, b"") for n in range(4000)]),
        filled([Record(b"", int(Rtype.CNAME), 1, 60, long_name) for _ in range(300)]),
        filled([Record(from_text(f"o{n}.{ZONE}"), 1, 1, 60, bytes(4)) for n in range(2500)]),
    ]
