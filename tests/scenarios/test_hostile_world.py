# SPDX-License-Identifier: ISC
"""Promises that hold whatever servers do: packets, seconds, TTLs, tables that return to zero, and no bug of ours.

The share of honest replies lets resolutions get far enough to be attacked on the way.
"""

from __future__ import annotations

import random

import pytest

from resolver.engine.ports import Transport
from resolver.events import Crashed, Event
from resolver.lab.rpl import Client
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Edns, Message, Question, Rcode, compose, parse
from resolver.wire.codes import CD, RD
from tests.scenarios.building import build
from tests.scenarios.hostile import HINTS, NAMES, HostileNetwork

QUESTIONS = 12
SENDS_MOST = 50
SECONDS_MOST = 4.5
TTL_MOST = 86400
TYPES = (1, 1, 1, 28, 2, 5, 39, 6, 43, 255, 46, 16)
RCODES = {Rcode.NOERROR, Rcode.SERVFAIL, Rcode.NXDOMAIN, Rcode.REFUSED, Rcode.YXDOMAIN}


def ask_a_hostile_world(seed: int) -> None:
    network = HostileNetwork(seed, honest=0.3 if seed % 2 else 0.02)
    crashes: list[Crashed] = []

    def tell(event: Event) -> None:
        if isinstance(event, Crashed):
            crashes.append(event)

    world = VirtualWorld(network, seed=seed, tell=tell)
    settings = {"prefetch.enabled": "true"} if seed % 3 == 0 else {}
    resolver = build(world, Config(hints=HINTS, settings=settings), tell)
    draw = random.Random(seed)
    for number in range(QUESTIONS):
        question = Question(draw.choice(NAMES), draw.choice(TYPES))
        flags = RD | draw.choice((0, CD))
        request = Message(number, flags, 0, question, edns=draw.choice((None, Edns(do=True), Edns())))
        sent, asked_at = network.asked, world.ticks()
        client = Client("127.0.0.1", 4000, draw.choice(list(Transport)))
        response = world.run(resolver.answer(compose(request), client))
        assert world.ticks() - asked_at <= SECONDS_MOST + 1e-6
        assert response is not None
        answer = parse(response)
        assert answer.rcode in RCODES
        assert (answer.id, answer.question) == (number, question)
        assert all(record.ttl <= TTL_MOST for record in answer.answer + answer.authority)
        world.settle()
        assert network.asked - sent <= SENDS_MOST
        world.advance(draw.choice((0, 1, 50, 400, 90_000)))
    world.settle()
    assert not crashes, crashes[0].traceback
    assert (world.open_flights, world.open_jobs, resolver.under_way) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(40))
def test_any_world_keeps_our_promises(seed: int) -> None:
    ask_a_hostile_world(seed)
