# SPDX-License-Identifier: ISC
"""One internet, one engine, two worlds: the same questions give the same outcomes and the same list of exchanges.

What could differ, and what is done about it, so that equality is the engine's and the worlds' own merit:

- Random draws decide the order of servers, exploration, letter case and cookies. Both worlds get the same sequence
  (`Draws`), in which all servers that are not known yet look equally fast, so that their addresses order them. IDs and
  ports stay the live world's own: they show in no exchange.
- A known server's smoothed round trip counts too. Unknown servers look like 100 ms and the slowest known one takes 40,
  so a few milliseconds of a live loop change no order.
- A machine that stands still for longer than a server's RTO makes the live world hedge, as it should. A run in which
  that happened (`stalled`) proves nothing, and is repeated.
"""

from __future__ import annotations

import asyncio
import random
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

from resolver.cache import Caches, CacheSettings, build
from resolver.cache.entry import Entry
from resolver.engine.iterator import Iterator
from resolver.engine.limits import Limits, UpstreamSettings
from resolver.engine.outcome import Failed, Outcome
from resolver.engine.ports import Server, Transport, World
from resolver.events import Event, QuerySent, TryEnded, Verdict
from resolver.lab.internet import Internet
from resolver.lab.loopback import Loopback
from resolver.lab.network import Delivery
from resolver.lab.virtual_world import VirtualWorld
from resolver.lab.world_file import read
from resolver.policy import Policy
from resolver.runtime.aio_world import AioWorld
from resolver.runtime.loop import loop_maker
from resolver.service import AdmissionSettings
from resolver.service.single_flight import FlightKey, SingleFlight
from resolver.shipped import shipped
from resolver.units import Bytes, Seconds
from resolver.wire import Question, codes, from_text, parse, to_text
from tests.ports import free_port

UPSTREAM = UpstreamSettings(priming=False, resolution_limit=Seconds(8))
STALL = 0.02  # seconds; a server of 20 ms has an RTO of 60 ms after one round trip
RUNS = 6

# A story is asked over one cache, question by question.
STORIES: dict[str, list[str]] = {
    "referrals down to an alias and its target": ["www.alder.shop0 A"],
    "an answer of a zone's apex": ["alder.shop0 MX"],
    "IPv6 data": ["six.alder.shop0 AAAA"],
    "an alias across zones and servers": ["cdn.alder.shop0 A"],
    "a glueless delegation": ["www.birch.shop0 A"],
    "a DNAME": ["www.old.alder.shop0 A"],
    "a DNAME to a name that is not there": ["x.y.old.alder.shop0 A"],
    "NXDOMAIN in a zone": ["gone.alder.shop0 A"],
    "NXDOMAIN at the root": ["nowhere A"],
    "NODATA": ["alder.shop0 SRV"],
    "NODATA at an empty non-terminal": ["b.c.alder.shop0 A"],
    "a name below empty non-terminals": ["a.b.c.alder.shop0 A"],
    "a wildcard": ["any.thing.wild.alder.shop0 A"],
    "a loop of aliases": ["loop1.alder.shop0 A"],
    "TTL 0, twice": ["never.alder.shop0 A", "never.alder.shop0 A"],
    "the root's own data": [". NS", ". SOA"],
    "a zone's own NS set": ["alder.shop0 NS"],
    "signed data": ["www.cedar.shop0 A"],
    "a signed wildcard": ["x.wild.cedar.shop0 TXT"],
    "a signed denial": ["gone.cedar.shop0 A", "cedar.shop0 AAAA"],
    "DS at the parent, DNSKEY at the child": ["cedar.shop0 DS", "cedar.shop0 DNSKEY"],
    "no DS at the parent": ["alder.shop0 DS"],
    "a warm cache": ["www.alder.shop0 A", "mail.alder.shop0 A", "www.alder.shop0 A", "host.net0 NS"],
    "a cut that NXDOMAIN makes (RFC 8020)": ["gone.alder.shop0 A", "below.gone.alder.shop0 TXT"],
    "a day of a small office": [
        *("www.alder.shop0 A", "alder.shop0 MX", "cdn.alder.shop0 A", "www.birch.shop0 A", "birch.shop0 A"),
        *("edge.host.net0 AAAA", "www.cedar.shop0 A", "short.alder.shop0 A", "nowhere.shop0 A", "net0 NS"),
    ],
    "lame: REFUSED": ["www.refuses.net0 A", "a.b.c.refuses.net0 A"],
    "lame: a referral upwards": ["www.upward.net0 A", "a.b.c.upward.net0 A"],
    "lame: empty answers": ["www.empty.net0 A"],
    "SERVFAIL": ["www.servfail.net0 A"],
    "NOTIMP": ["www.notimp.net0 A"],
    "answers without AA": ["www.no-aa.net0 A"],
    "TC, then TCP": ["www.truncates.net0 A", "gone.truncates.net0 A"],
    "FORMERR to EDNS": ["www.no-edns.net0 A", "a.b.c.no-edns.net0 A"],
    "silence to EDNS": ["www.drops-edns.net0 A"],
    "0x20 broken": ["www.lowercase.net0 A"],
    "QNAME minimisation broken": ["a.b.c.no-nonterminals.net0 A"],
    "cookies required": ["www.cookies.net0 A"],
    "a dead server": ["www.dead.net0 A", "a.b.c.dead.net0 A"],
    "a closed port": ["www.unreachable.net0 A"],
    "hopeless: TC without TCP": ["www.truncates-no-tcp.net0 A"],
    "hopeless: all refuse": ["www.all-refuse.net0 A"],
    "hopeless: nobody listens": ["www.all-unreachable.net0 A"],
}


class Draws:
    """The same numbers for both worlds; the draw that breaks ties between unknown servers is always the same."""

    TIE = 1 << 16

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def __call__(self, bound: int) -> int:
        return bound - 1 if bound == self.TIE else self._random.randrange(bound)


class DrawnVirtualWorld(VirtualWorld):
    """The virtual world with draws that are given."""

    def __init__(self, network: Network, draws: Draws) -> None:
        super().__init__(network, wall_at=time.time())  # signatures are judged by the same year
        self._draws = draws

    def draw(self, bound: int) -> int:
        return self._draws(bound)


class DrawnAioWorld(AioWorld):
    """The live world with draws that are given."""

    draws: Draws

    def draw(self, bound: int) -> int:
        return self.draws(bound)


class Arrival(NamedTuple):
    """What a server saw: itself, the transport, and the question it was asked."""

    server: str
    transport: Transport
    name: bytes
    rtype: int
    edns: bool


class Network:
    """The internet, with a list of what reaches its servers. It delivers nothing else than the internet does."""

    def __init__(self, internet: Internet) -> None:
        self.arrived: list[Arrival] = []
        self._internet = internet

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        asked = parse(request)
        assert isinstance(asked.question, Question)
        name = asked.question.name.lower()
        self.arrived.append(
            Arrival(server.address, transport, name, asked.question.rtype, asked.edns is not None)
        )
        return self._internet.deliver(server, transport, request, tick, now)


@dataclass
class Told:
    """Everything a run has to show."""

    outcomes: list[object] = field(default_factory=list)
    exchanges: list[tuple[str, int, str, bytes, bytes, int]] = field(default_factory=list)
    arrived: list[Arrival] = field(default_factory=list)
    slowest: dict[tuple[str, str], float] = field(default_factory=dict)

    def tell(self, event: Event) -> None:
        match event:
            case QuerySent(_, server, port, transport, zone, name, rtype):
                self.exchanges.append((server, port, transport, zone, name.lower(), rtype))
            case TryEnded():
                key = event.server, event.transport
                if event.bytes_in:
                    self.slowest[key] = max(event.rtt, self.slowest.get(key, 0.0))
            case _:
                pass


def internet() -> Internet:
    """The tiny one with all behaviours: no jitter, no loss, so it draws nothing."""
    text = (shipped("lab") / "tiny.toml").read_text("utf-8")
    more = Path(__file__).with_name("behaviours.toml").read_text("utf-8")
    return Internet(read(tomllib.loads(text + more)), random.Random(0))


async def told_story(world: World, net: Internet, questions: Sequence[str], told: Told) -> None:
    """Ask one question after the other, as the service would, over one set of caches."""
    caches: Caches = build(CacheSettings(size=Bytes(8 << 20)), told.tell)
    policy, limits = Policy(), Limits()
    hints = [(from_text(name), address) for name, address in net.hints()]
    flights = SingleFlight(
        world,
        lambda sub_resolve: Iterator(
            world, caches, policy, UPSTREAM, limits, (), hints, told.tell, sub_resolve=sub_resolve
        ),
        AdmissionSettings(),
        limits,
        float(UPSTREAM.resolution_limit),
        told.tell,
    )
    for question in questions:
        text, kind = question.split()
        name, rtype = from_text(text), codes.type_from_text(kind)
        until = world.ticks() + float(UPSTREAM.resolution_limit)
        outcome = await flights.resolve(FlightKey(name.lower(), rtype), name, "client", until)
        told.outcomes.append(_flat(outcome))


def _flat(outcome: Outcome | None) -> object:
    assert outcome is not None
    if isinstance(outcome, Failed):
        # A `Network` has one word for a connection that is refused and one that is closed; the kernel has two.
        text = outcome.text.replace(Verdict.CLOSED, Verdict.UNREACHABLE)
        return outcome.cause, outcome.ede, text, outcome.zone, outcome.rcode, outcome.queries
    return outcome.rcode, outcome.queries, tuple(_link(entry) for entry in outcome.chain)


def _link(entry: Entry) -> object:
    rdatas = tuple(record.rdata for record in entry.records + entry.signatures + entry.proofs)
    soa = entry.soa.rdata if entry.soa else b""
    reasons = tuple(reason.rule for reason in entry.lifetime.reasons)
    kept = round(entry.lifetime.kept_ttl), entry.lifetime.published_ttl, reasons
    said = entry.kind, to_text(entry.owner), entry.rtype, rdatas, soa
    return said, kept, entry.rank, entry.zone, entry.server, entry.wildcard, entry.synthesized


def virtually(story: str) -> Told:
    """Under the virtual clock."""
    told, net = Told(), internet()
    network = Network(net)
    world = DrawnVirtualWorld(network, Draws(story))
    world.run(told_story(world, net, STORIES[story], told))
    world.settle()
    told.arrived = network.arrived
    sent = [
        (e.server.address, e.server.port, e.transport.value, e.zone, e.name, e.rtype) for e in world.exchanges
    ]
    assert sent == told.exchanges
    return told


async def live(story: str) -> Told:
    """On loopback sockets, in real time."""
    told, net = Told(), internet()
    network = Network(net)
    lab = Loopback(network, net.addresses(), free_port(), closed=net.closed())
    await lab.start()
    world = DrawnAioWorld(asyncio.get_running_loop(), address_map=lab.map)
    world.draws = Draws(story)
    try:
        await told_story(world, net, STORIES[story], told)
    finally:
        world.close()
        await lab.close()
    told.arrived = network.arrived
    return told


def stalled(told: Told, net: Internet) -> bool:
    """Whether the machine kept a reply longer than the network did."""
    return any(
        rtt > net.host(server).latency_s * (1 if transport == "udp" else 2) + STALL
        for (server, transport), rtt in told.slowest.items()
    )


def really(story: str, expected: Told) -> Told:
    """`live`, on the event loop that the server uses; again if the machine stood still and it shows."""
    for _ in range(RUNS):
        with asyncio.Runner(loop_factory=loop_maker()[0]) as runner:
            told = runner.run(live(story))
        if told.exchanges == expected.exchanges or not stalled(told, internet()):
            break
    return told


@pytest.mark.parametrize("story", STORIES)
def test_the_same_story_live_and_virtually(story: str) -> None:
    expected = virtually(story)
    assert expected.exchanges  # a story without a packet would prove nothing
    got = really(story, expected)
    assert got.outcomes == expected.outcomes
    assert got.exchanges == expected.exchanges
    assert _without_unheard(got.arrived) == _without_unheard(expected.arrived)


def _without_unheard(arrived: Sequence[Arrival]) -> list[Arrival]:
    """A closed port is the kernel's to refuse: the live network never hears of it, the virtual one refuses itself."""
    closed = internet().closed()
    return [arrival for arrival in arrived if (arrival.server, arrival.transport) not in closed]


def test_the_virtual_world_alone_is_the_same_twice() -> None:
    story = "a day of a small office"
    assert virtually(story) == virtually(story)


def test_there_are_questions_enough() -> None:
    assert sum(len(questions) for questions in STORIES.values()) >= 25
