# SPDX-License-Identifier: ISC
"""The race of NOTIFY: a primary tells us of a change before its secondaries have it, and the old data must not settle.

PowerDNS documents it of its own (pull request 10751): the query that follows the flush brings back what was flushed.
"""

from __future__ import annotations

import random

import pytest

from resolver.engine.ports import Transport
from resolver.events import nobody
from resolver.lab.rpl import Client
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Message, Question, Rcode, Rtype, compose, from_text, parse
from resolver.wire.codes import RD
from tests.engine.scripted import ROOT_SERVER
from tests.engine.versioned import WWW, ZONE, Secondary, secondaries
from tests.scenarios.building import build
from tests.service.notifying import notify

PRIMARY = Client("127.0.0.1", 5353, Transport.UDP)


class Race:
    """A resolver before the servers of one zone, whose TTL is an hour."""

    def __init__(self, *servers: Secondary, seed: int = 0, **settings: str) -> None:
        self.servers = servers
        self.network = secondaries(*servers)
        self.world = VirtualWorld(self.network, seed=seed)
        given = {"notify.allow": '["127.0.0.0/8"]', **settings}
        self.resolver = build(self.world, Config(hints=(ROOT_SERVER,), settings=given), nobody)

    def ask(self, name: str = WWW) -> tuple[int, int]:
        """The version in the answer, and its TTL."""
        question = compose(Message(7, RD, 0, Question(from_text(name), int(Rtype.A))))
        answer = self.world.run(self.resolver.answer(question, PRIMARY))
        assert answer is not None
        record = parse(answer).answer[-1]
        return record.rdata[-1] - 100, record.ttl

    def notify(self, serial: int | None) -> None:
        response = self.world.run(self.resolver.answer(notify(ZONE, serial), PRIMARY))
        assert response is not None
        assert parse(response).rcode == Rcode.NOERROR


def test_without_the_fence_what_was_flushed_would_be_back_for_an_hour() -> None:
    """The control: the fence is what the other tests of this file rest on."""
    race = Race(Secondary(1, ttl=3600), **{"notify.settle": "0s"})
    race.ask()
    race.notify(2)
    assert race.ask() == (1, 3600)
    race.servers[0].serial = 2
    race.world.advance(3000)
    assert race.ask() == (1, 600)


@pytest.mark.parametrize("tells", [True, False])
def test_old_data_of_a_secondary_that_lags_is_gone_within_moments(tells: bool) -> None:
    leaf = Secondary(1, ttl=3600, tells=tells)
    race = Race(leaf)
    assert race.ask() == (1, 3600)
    race.notify(2)
    assert race.ask() == (1, 5)
    race.world.advance(3)
    leaf.serial = 2
    race.world.advance(2)
    version, _ = race.ask()
    assert version == 2
    race.world.advance(6)
    race.ask()
    assert race.ask()[1] > 3500  # the server has caught up, and is believed


def test_a_serial_told_with_the_answer_needs_no_query_of_its_own() -> None:
    leaf = Secondary(1, ttl=3600, tells=True)
    race = Race(leaf)
    race.ask()
    leaf.serial = 2
    race.notify(2)
    leaf.queries()
    assert race.ask() == (2, 3600)
    race.world.settle()
    assert leaf.queries() == [(WWW, int(Rtype.A))]


def test_a_server_is_asked_for_its_serial_once_in_a_moment_whatever_clients_ask() -> None:
    leaf = Secondary(1, ttl=3600)
    race = Race(leaf)
    race.notify(2)
    for number in range(50):
        race.ask(f"w{number}.{ZONE}")
    race.world.settle()
    assert leaf.queries().count((ZONE, int(Rtype.SOA))) == 1


def test_a_secondary_that_never_hears_of_it_costs_no_more_than_the_settling_time() -> None:
    leaf = Secondary(1, ttl=3600)
    race = Race(leaf)
    race.notify(2)
    while race.world.ticks() < 300:
        assert race.ask()[1] <= 5
        race.world.advance(5)
    race.world.advance(5)
    assert race.ask() == (1, 3600)
    assert len(leaf.asked) <= 2 * 61


def test_a_notify_without_a_serial_is_brief_with_all_until_it_settles() -> None:
    race = Race(Secondary(1, ttl=3600, tells=True))
    race.notify(None)
    assert race.ask() == (1, 5)
    race.world.advance(300)
    assert race.ask() == (1, 3600)


def test_a_fetch_that_began_before_is_not_kept_when_it_comes_in_after() -> None:
    race = Race(Secondary(1, ttl=3600))
    question = compose(Message(7, RD, 0, Question(from_text(WWW), int(Rtype.A))))

    async def asked() -> bytes | None:
        return await race.resolver.answer(question, PRIMARY)

    race.world.spawn(asked(), 1e9)
    race.world.advance(0.025)  # the registry has answered, the leaf has been asked
    assert [server for server, _ in race.network.log][-1] == "192.0.2.31"
    race.notify(2)
    race.servers[0].serial = 2
    race.world.settle()
    assert race.ask()[0] == 2


def test_a_server_that_lags_cannot_confirm_what_is_old() -> None:
    """Its serial is what it was, so its data is unchanged: true, and no reason to keep it after a NOTIFY."""
    leaf = Secondary(1, ttl=600, tells=True)
    race = Race(leaf, **{"revalidation.zones": '["."]'})
    race.ask()
    race.notify(2)
    for _ in range(10):
        assert race.ask()[1] <= 5
        race.world.advance(6)
    leaf.serial = 2
    assert race.ask() == (2, 600)
    leaf.queries()
    race.world.advance(601)
    assert race.ask() == (2, 600)
    assert leaf.queries() == [(ZONE, int(Rtype.SOA))]


@pytest.mark.parametrize("zones", ["[]", '["shop0"]'])
@pytest.mark.parametrize("seed", range(12))
def test_law_nothing_older_than_announced_outlives_brief_once_all_servers_have_it(
    seed: int, zones: str
) -> None:
    """Three secondaries catch up when they like; questions come all the while; serials go round through 2^32."""
    draw = random.Random(seed)
    servers = [Secondary(1, ttl=3600, tells=draw.random() < 0.5) for _ in range(3)]
    race = Race(*servers, seed=seed, **{"revalidation.zones": zones})
    names = [f"w{number}.{ZONE}" for number in range(6)]
    for name in names:
        race.ask(name)
    for version in range(2, 6):
        race.notify(version)
        late = list(servers)
        draw.shuffle(late)
        for server in late:
            for _ in range(draw.randrange(4)):
                assert race.ask(draw.choice(names))[0] in (version - 1, version)
                race.world.advance(draw.random() * 4)
            server.serial = version
        race.world.advance(5)
        for name in names:
            assert race.ask(name)[0] == version
    race.world.settle()
    assert race.resolver.under_way == 0
