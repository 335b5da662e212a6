# SPDX-License-Identifier: ISC
"""Rows A20, O10, O11 and O17: what hostile data costs in memory, and what one client can take from others.

The numbers are the matrix's; how much of its load is put on, `scale` says.
"""

from __future__ import annotations

import itertools
import os

import pytest

from resolver.cache import CacheSettings, build
from resolver.events import nobody
from resolver.service import Client
from resolver.units import Bytes
from resolver.wire import from_text
from tests.faults.assertions import Row
from tests.faults.broken import Zone, warmed
from tests.faults.modes import request
from tests.faults.modes_live import live
from tests.faults.modes_scenario import scenario
from tests.faults.scale import scaled
from tests.faults.storms import answered_in_turn
from tests.faults.world import Action, Asked, late, packets
from tests.faults.world_answers import reply, rrs
from tests.service.fakes import positive

DAY = 86_400.0


TEN = rrs(".", "A", [f"192.0.2.{n}" for n in range(10)])


def ten_addresses(asked: Asked) -> Action:
    return packets(reply(asked, [record._replace(owner=asked.name) for record in TEN]))


@pytest.mark.live
def test_O10_memory_under_a_cap(row: Row) -> None:
    """4500 names a MiB of the cap, which is full after 1500 of them: in full 64 MiB, and FAULT_NAMES=1000000 for more.

    Python's tables grow in steps a while longer, for they keep the places of what has left until they are made anew;
    after two thirds of the names the process has all it will ever want.
    """
    size = scaled(64, 4)
    count = int(os.environ.get("FAULT_NAMES", 4500 * size))
    zone = Zone(2).change(ten_addresses)
    with live(zone.world, {"cache.size": f"{size}MiB"}) as session:
        warmed(session)
        serving = session.serving
        base = full = serving.rss_bytes()
        for start in range(0, count, 5000):
            answered_in_turn(serving.port, [f"u{n}.z.pz." for n in range(start, min(start + 5000, count))])
            zone.world.forget()
            if start <= 2 * count // 3:
                full = serving.rss_bytes()
        row.at_most("times the cap, above the base", (serving.rss_bytes() - base) / 2**20 / size, 1.3)
        row.at_most("MiB that was added once it was full", (serving.rss_bytes() - full) / 2**20, 0.5)


def test_O11_cache_flush(row: Row) -> None:
    """5000 one-time names a second against 200 asked for once a second, for half a minute, in a cache for 16 MiB."""
    records = build(CacheSettings(size=Bytes(16 << 20)), nobody).records
    popular = [f"p{n}.example.com" for n in range(200)]
    now, hits, asked = 1_000_000.0, 0, 0
    fresh = itertools.count()
    for second in range(30):
        for name in popular:
            found = records.get(from_text(name), 1)
            hits += found is not None and second > 0
            asked += second > 0
            if found is None:
                records.store(positive(name, at=now, ttl=DAY), now)
        for _ in range(5000):
            records.store(positive(f"u{next(fresh)}.example.com", at=now, ttl=DAY), now)
        now += 1
    row.at_least("% of hits", 100 * hits / asked, 95)


def test_O17_one_client_asks_fifty_times_as_much(row: Row) -> None:
    """Every name is one that has to be fetched and takes half a second; the others ask once in two seconds each."""
    zone = Zone(4)
    with scenario(zone.world, {"server.allow": '["192.0.2.0/24"]'}) as session:
        service = session.resolver._service
        session.virtual.max_jobs = 1 << 20
        answers: list[bytes | None] = []

        def begin(name: str, address: str, answers: list[bytes | None]) -> None:
            async def wait() -> None:
                found = service.handle(request(name), Client(address, 4000), session.virtual.now())
                answers.append(found if found is None or isinstance(found, bytes) else await found)

            session.virtual.spawn(wait(), session.virtual.ticks() + 60)

        for tick in range(2000):
            for n in range(5):
                begin(f"g{tick}x{n}.z.pz.", "192.0.2.250", [])
            if tick % 10 == 0:
                begin(f"o{tick}.z.pz.", f"192.0.2.{1 + tick // 10}", answers)
            session.pass_time(0.01)
        session.settle()
        good = sum(octets is not None and octets[3] & 15 == 0 for octets in answers)
        row.at_least("% of the others answered", 100 * good / 200, 99)


def test_A20_dnsbomb_3000_questions_held_for_3_seconds(row: Row) -> None:
    """One client, fifteen names, every reply three seconds late: nothing is sent as a pulse, and all of it is kept."""
    zone = Zone(1)
    with scenario(zone.world, {"server.allow": '["192.0.2.0/24"]'}) as session:
        service, client = session.resolver._service, Client("192.0.2.250", 4000)
        session.virtual.max_jobs = 1 << 20
        sent_at: list[float] = []

        async def ask(octets: bytes) -> None:
            found = service.handle(octets, client, session.virtual.now())
            if found is not None and not isinstance(found, bytes):
                found = await found
            if found is not None:
                sent_at.append(session.virtual.ticks())

        session.virtual.spawn(ask(request("n.z.pz.")), 60)
        session.pass_time(1)
        sent_at.clear()
        zone.change(late(zone.honest, 3.0))
        for number in range(3000):
            session.virtual.spawn(ask(request(f"n{number % 15}.z.pz.")), session.virtual.ticks() + 60)
        session.pass_time(10)
        row.at_most("replies", len(sent_at), 1000)
        pulses = (sum(at <= other < at + 0.01 for other in sent_at) for at in sent_at)
        row.at_most("replies in 10 ms", max(pulses, default=0), 200)
        row.exactly("dropped and counted", service.counters.dropped["late"], 1000)
        zone.world.clear()
        session.virtual.spawn(ask(request("n1.z.pz.")), session.virtual.ticks() + 60)
        session.pass_time(0.1)
        row.exactly("queries for what was dropped: it was kept", zone.sent_to(zone.servers), 0)
