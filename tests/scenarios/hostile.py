# SPDX-License-Identifier: ISC
"""A network of servers that mean harm: every reply is drawn at random from all that a server can do wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence

from resolver.engine.ports import Server, Transport
from resolver.lab.network import Delivery
from resolver.wire import Message, Question, Rcode, Record, Rtype, compose, from_text, parse
from resolver.wire.codes import AA, AD, QR, RA, TC

NAMES = tuple(
    from_text(text)
    for text in (
        *(".", "com.", "net.", "a.com.", "b.com.", "c.net.", "www.a.com.", "x.y.a.com.", "nx.a.com."),
        *("*.a.com.", "ns.a.com.", "ns.b.com.", "ns.c.net.", "d.b.com.", "www.d.b.com."),
    )
)
HINTS = ("192.0.2.1", "192.0.2.2")
_TTLS = (0, 1, 5, 60, 300, 86400, 1 << 31, (1 << 32) - 1)
_TYPES = (1, 1, 1, 2, 2, 5, 5, 39, 6, 28, 16, 43, 46, 47, 65280)
_FLAGS = (0, AA, AA, AA | TC, AA | RA, AA | AD)
_RCODES = (*(0,) * 10, 3, 3, 2, 5, 1, 4, 6, 9, 16, 23)
_DELAYS = (0.001, 0.01, 0.05, 0.3, 0.9, 2.5, 5.0)


class HostileNetwork:
    """Draws zero to three replies to each query. `honest` is the share of replies that simply give an address."""

    def __init__(self, seed: int, honest: float) -> None:
        self.asked = 0
        self._draw = random.Random(seed)
        self._honest = honest

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        self.asked += 1
        query = parse(request)  # that it is well-formed is a promise of ours
        assert query.question is not None
        return [
            self._delivery(query, query.question) for _ in range(self._draw.choice((0, 1, 1, 1, 1, 2, 3)))
        ]

    def _delivery(self, query: Message, question: Question) -> Delivery:
        draw = self._draw
        delay = draw.choice(_DELAYS)
        if draw.random() < 0.05:
            return Delivery(delay, None)
        if question.rtype == Rtype.A and draw.random() < self._honest:
            address = Record(question.name, int(Rtype.A), 1, 300, bytes((192, 0, 2, 1)))
            return Delivery(
                delay, compose(Message(query.id, QR | AA, 0, question, (address,), edns=query.edns))
            )
        data = bytearray(compose(self._message(query, question)))
        if draw.random() < 0.1:
            for _ in range(draw.randrange(1, 5)):
                data[draw.randrange(2, len(data))] = draw.randrange(256)
        return Delivery(delay, bytes(data))

    def _message(self, query: Message, question: Question) -> Message:
        draw = self._draw
        edns = query.edns if draw.random() < 0.7 else None
        rcode = draw.choice(_RCODES)
        return Message(
            id=query.id ^ (draw.random() < 0.03),
            flags=QR | draw.choice(_FLAGS),
            rcode=Rcode.SERVFAIL if rcode > 15 and edns is None else rcode,
            question=draw.choice((question,) * 9 + (None,)),
            answer=self._records(question.name, (0, 1, 1, 2, 4)),
            authority=self._records(question.name, (0, 0, 1, 2, 13)),
            additional=self._records(question.name, (0, 0, 1, 3)),
            edns=edns,
        )

    def _records(self, name: bytes, counts: Sequence[int]) -> tuple[Record, ...]:
        draw = self._draw
        owners = (name, name, draw.choice(NAMES))
        return tuple(self._record(draw.choice(owners)) for _ in range(draw.choice(counts)))

    def _record(self, owner: bytes) -> Record:
        draw = self._draw
        rtype = draw.choice(_TYPES)
        match rtype:
            case Rtype.A:
                rdata = bytes((192, 0, 2, draw.randrange(1, 12)))
            case Rtype.AAAA:
                rdata = bytes(15) + bytes((draw.randrange(255),))
            case Rtype.NS | Rtype.CNAME | Rtype.DNAME:
                rdata = draw.choice(NAMES)
            case Rtype.SOA:
                numbers = draw.choice((bytes(20), b"\xff" * 20, b"\x00\x00\x01\x00" * 5))
                rdata = draw.choice(NAMES) + draw.choice(NAMES) + numbers
            case Rtype.RRSIG:
                covered = bytes((0, draw.choice((1, 2, 5, 6, 47)), 13, draw.randrange(5)))
                rdata = covered + bytes(14) + draw.choice(NAMES)
            case _:
                rdata = draw.randbytes(draw.randrange(20))
        return Record(owner, rtype, draw.choice((1,) * 9 + (3,)), draw.choice(_TTLS), rdata)
