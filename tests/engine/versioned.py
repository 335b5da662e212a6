# SPDX-License-Identifier: ISC
"""Servers of one zone, each with a version of it: a primary that has changed, secondaries that have not heard yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from resolver.wire import Edns, Message, OptionCode
from tests.engine.scripted import Asked, Scripted, referral, reply, tree

ZONE = "leaf.shop0."
WWW = f"www.{ZONE}"


@dataclass
class Secondary:
    """A server of `leaf.shop0.`: addresses of every name are its `serial`. `tells` ZONEVERSION when asked for it."""

    serial: int = 1
    tells: bool = False
    ttl: int = 60
    asked: list[tuple[str, int, bool]] = field(default_factory=list)  # name, type, with ZONEVERSION

    def __call__(self, asked: Asked) -> Message:
        question, edns = asked.message.question, asked.message.edns
        assert question is not None
        wants = edns is not None and edns.option(OptionCode.ZONEVERSION) == b""
        self.asked.append((asked.name, question.rtype, wants))
        message = self._answer(asked, question.rtype)
        if self.tells and wants:
            told = bytes([2, 0]) + self.serial.to_bytes(4, "big")
            message = replace(message, edns=Edns(options=((int(OptionCode.ZONEVERSION), told),)))
        return message

    def _answer(self, asked: Asked, rtype: int) -> Message:
        soa = f"{ZONE} {self.ttl} SOA ns.{ZONE} host.{ZONE} {self.serial} 7200 900 86400 {self.ttl}"
        if rtype == 6 and asked.name == ZONE:
            return reply(asked, [soa])
        if asked.name.startswith("no"):
            return reply(asked, authority=[soa], rcode=3)
        if rtype == 1:
            return reply(asked, [f"{asked.name} {self.ttl} A 192.0.2.{100 + self.serial}"])
        return reply(asked, authority=[soa])

    def queries(self) -> list[tuple[str, int]]:
        """What was asked since the last look."""
        asked = [(name, rtype) for name, rtype, _ in self.asked]
        self.asked.clear()
        return asked


def secondaries(*servers: Secondary) -> Scripted:
    """The tree of `scripted` whose leaf zone has these servers, at 192.0.2.31, .32 and so on."""
    addresses = {f"ns{index}": f"192.0.2.3{index}" for index in range(1, len(servers) + 1)}
    network = tree(servers[0])

    def registry(asked: Asked) -> Message:
        return referral(asked, ZONE, **addresses)

    network.servers["192.0.2.2"] = registry
    network.servers.update(dict(zip(addresses.values(), servers, strict=True)))
    return network
