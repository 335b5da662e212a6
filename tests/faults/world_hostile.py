# SPDX-License-Identifier: ISC
"""A behaviour that draws whatever a server can do wrong, on addresses of loopback, the same for the same seed.

Nothing of what must hold is stated here: rows A01 and A16 do.
"""

from __future__ import annotations

import random

from resolver.wire import Record, Rtype, from_text
from resolver.wire.codes import AA, QR, TC
from tests.faults.world import Action, Asked, Behaviour, Close, Drip, Half, Packet, Packets, Silence
from tests.faults.world_answers import reply, with_id

NAMES = [
    from_text(text)
    for text in ("pz.", "a.pz.", "b.pz.", "www.a.pz.", "ns.b.pz.", "x.y.a.pz.", "c.b.pz.", "q.", "ns.q.", ".")
]
_DELAYS = (0.001, 0.001, 0.01, 0.1, 0.5, 2.5)
_TYPES = (1, 1, 1, 2, 2, 2, 5, 5, 39, 6, 28, 16)
_RCODES = (0,) * 10 + (3, 3, 2, 5, 1, 4, 23)


def hostile(seed: int) -> Behaviour:
    """Three of ten questions are answered properly, so that a walk gets far enough to be attacked."""
    draw = random.Random(seed)

    def behave(asked: Asked) -> Action:
        luck = draw.random()
        octets = _reply(asked, draw, honest=luck < 0.3)
        if luck < 0.75:
            return Packets(tuple(_packet(octets, draw) for _ in range(draw.choice((1, 1, 1, 2)))))
        wrong: list[Action] = [
            *(Silence(), Close(), Half(octets), Drip(octets)),
            Packets((Packet(with_id(octets, draw.randrange(65536))), Packet(octets, 0.05))),
            Packets((Packet(_mangled(octets, draw)),)),
        ]
        return draw.choice(wrong)

    return behave


def _packet(octets: bytes, draw: random.Random) -> Packet:
    return Packet(octets, draw.choice(_DELAYS))


def _reply(asked: Asked, draw: random.Random, *, honest: bool) -> bytes:
    name = asked.message.question.name if asked.message.question else b"\x00"
    if honest and asked.rtype == Rtype.A:
        return reply(asked, [Record(name, 1, 1, 300, bytes((127, 66, 0, draw.randrange(1, 9))))])
    flags = QR | draw.choice((0, AA, AA)) | draw.choice((0,) * 7 + (TC,))
    sections = [
        [_record(draw.choice((name, name, draw.choice(NAMES))), draw) for _ in range(draw.choice(counts))]
        for counts in ((0, 0, 1, 1, 3), (0, 1, 2, 13), (0, 0, 1, 5))
    ]
    rcode = draw.choice(_RCODES) if asked.message.edns else 0
    return reply(asked, *sections, rcode=rcode, flags=flags)


def _record(owner: bytes, draw: random.Random) -> Record:
    rtype = draw.choice(_TYPES)
    ttl = draw.choice((0, 0, 1, 60, 3600, 1 << 31))
    match rtype:
        case Rtype.A:
            rdata = bytes((127, 66, 0, draw.randrange(1, 9)))
        case Rtype.AAAA:
            rdata = bytes(15) + b"\x01"
        case Rtype.NS | Rtype.CNAME | Rtype.DNAME:
            rdata = draw.choice(NAMES)
        case Rtype.SOA:
            rdata = draw.choice(NAMES) + b"\x00" + b"\x00\x00\x00\x3c" * 5
        case _:
            rdata = bytes((3,)) + draw.randbytes(3)
    return Record(owner, rtype, 1, ttl, rdata)


def _mangled(octets: bytes, draw: random.Random) -> bytes:
    data = bytearray(octets)
    for _ in range(3):
        data[draw.randrange(2, len(data))] = draw.randrange(256)
    return bytes(data)
