# SPDX-License-Identifier: ISC
"""A network whose servers are functions, and queries to put to it, for the tests of the virtual world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from resolver.engine.ports import Query, Server, Transport
from resolver.lab.network import Delivery
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Message, Record, Rtype, compose, compose_query, from_text, parse

A_SERVER = Server("192.0.2.1")
B_SERVER = Server("192.0.2.2")
NAME = from_text("www.example.org")
ZONE = from_text("org")
Script = Callable[[bytes, float], Sequence[Delivery]]


class ScriptedNetwork:
    """Answers each server by a function of the request and the tick; silence for the others."""

    def __init__(self, **scripts: Script) -> None:
        self.scripts = {name.replace("_", "."): script for name, script in scripts.items()}
        self.requests: list[bytes] = []

    def answers(self, server: Server, script: Script) -> ScriptedNetwork:
        self.scripts[server.address] = script
        return self

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        self.requests.append(request)
        script = self.scripts.get(server.address)
        return script(request, tick) if script else ()


def query(name: bytes = NAME, **more: Any) -> Query:
    transport = more.pop("transport", Transport.UDP)
    wire = compose_query(name, Rtype.A)
    return Query(zone=ZONE, name=name, rtype=Rtype.A, transport=transport, wire=wire, **more)


def reply_to(request: bytes, *, flags: int = 0x8400, id_shift: int = 0, records: int = 1) -> bytes:
    asked = parse(request)
    assert asked.question is not None
    answer = tuple(
        Record(asked.question.name, Rtype.A, 1, 300, bytes((192, 0, 2, n))) for n in range(records)
    )
    return compose(
        Message(
            id=(asked.id + id_shift) & 0xFFFF,
            flags=flags & ~0xF,
            rcode=flags & 0xF,
            question=asked.question,
            answer=answer,
        )
    )


def after(*delays: float) -> Script:
    return lambda request, tick: [Delivery(delay, reply_to(request)) for delay in delays]


def world_of(**scripts: Script) -> VirtualWorld:
    return VirtualWorld(ScriptedNetwork(**scripts))
