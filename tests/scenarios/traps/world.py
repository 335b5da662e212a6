# SPDX-License-Identifier: ISC
"""One resolver in front of a small tree of scripted servers, and a client that counts what its questions cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from resolver.engine.ports import Transport
from resolver.events import nobody
from resolver.lab.rpl import Client
from resolver.lab.rpl_values import Config
from resolver.lab.virtual_world import VirtualWorld
from resolver.wire import Message, Question, Rcode, Rtype, compose, from_text, parse
from resolver.wire.codes import RD
from tests.engine.scripted import ROOT_SERVER, Asked, Behaviour, Scripted, Sent, reply, soa, tree
from tests.scenarios.building import build

ZONE = "leaf.shop0."
WWW = f"www.{ZONE}"
LEAF = "192.0.2.3"
CLIENT = Client("127.0.0.1", 5353, Transport.UDP)


class Told(NamedTuple):
    """What a client was told: RCODE, the TTL of the first record (None: no record), and the packets it cost."""

    rcode: str
    ttl: int | None
    packets: int


class Leaf:
    """The server of the zone: `ttl` of every address, `minimum` of denials (of names in `gone`), or it is `out`."""

    def __init__(self, *, ttl: int = 60, minimum: int = 60) -> None:
        self.ttl = ttl
        self.minimum = minimum
        self.out = False
        self.gone: set[str] = set()

    def __call__(self, asked: Asked) -> Sent:
        if self.out:
            return reply(asked, rcode=2)
        if asked.name in self.gone:
            return reply(asked, authority=[soa(ZONE, self.minimum, self.minimum)], rcode=3)
        question = asked.message.question
        assert question is not None
        if question.rtype == Rtype.A:
            return reply(asked, [f"{asked.name} {self.ttl} A 192.0.2.77"])
        return reply(asked, authority=[soa(ZONE, self.minimum, self.minimum)])


class Resolver:
    """The whole service over the tree, settings as `--set` takes them, and its client. `more`: servers by address."""

    def __init__(
        self,
        leaf: Behaviour,
        settings: Mapping[str, str] | None = None,
        more: Mapping[str, Behaviour] | None = None,
    ) -> None:
        self.network: Scripted = tree(leaf, ZONE, **(more or {}))
        self.world = VirtualWorld(self.network)
        given = {"upstream.qname_minimisation": "off", **(settings or {})}
        self.service = build(self.world, Config(hints=(ROOT_SERVER,), settings=given), nobody)

    def ask(self, name: str = WWW, rtype: Rtype = Rtype.A) -> Told:
        """Ask once, and let everything behind it end."""
        self.network.log.clear()
        question = compose(Message(7, RD, 0, Question(from_text(name), int(rtype))))
        response = self.world.run(self.service.answer(question, CLIENT))
        assert response is not None
        self.world.settle()
        message = parse(response)
        records = (*message.answer, *message.authority)
        return Told(Rcode(message.rcode).name, records[0].ttl if records else None, len(self.network.log))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.advance(seconds)
