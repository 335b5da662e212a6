# SPDX-License-Identifier: ISC
"""NOTIFYs as primaries send them: plain from our own codec, signed by dnspython as the other end."""

from __future__ import annotations

import dns.tsig
from dns.rdtypes.ANY.TSIG import TSIG

from resolver.lab.virtual_world import START_WALL
from resolver.service.tsig import TsigKey
from resolver.wire import Edns, Message, Question, Record, Rtype, codes, compose, from_text

NOTIFY_FLAGS = 4 << 11 | codes.AA
SECRET = "c2VjcmV0LW9mLXRoZS1wcmltYXJ5LWFuZC11cw=="
KEY = TsigKey(name="primary.key", secret=SECRET)


def soa_rdata(zone: str, serial: int) -> bytes:
    apex = from_text(zone)
    return apex + apex + serial.to_bytes(4, "big") + bytes(12) + (60).to_bytes(4, "big")


def notify(
    zone: str = "example.com",
    serial: int | None = None,
    *,
    rtype: int = Rtype.SOA,
    rclass: int = 1,
    flags: int = NOTIFY_FLAGS,
    edns: Edns | None = None,
) -> bytes:
    """A NOTIFY for a zone, with its new SOA when there is a serial."""
    name = from_text(zone)
    answer = () if serial is None else (Record(name, int(Rtype.SOA), 1, 3600, soa_rdata(zone, serial)),)
    return compose(Message(0x4321, flags, 0, Question(name, int(rtype), rclass), answer=answer, edns=edns))


def signed(
    zone: str = "example.com",
    serial: int | None = None,
    *,
    key: TsigKey = KEY,
    secret: str | None = None,
    wall: float = START_WALL,
) -> tuple[bytes, dns.tsig.Key, bytes]:
    """A NOTIFY signed at UNIX time `wall`, the key, and the MAC that the response's signature covers too."""
    octets = notify(zone, serial)
    real = dns.tsig.Key(key.name, secret or key.secret, key.algorithm)
    blank = TSIG(255, 250, real.algorithm, int(wall), 300, b"", 0x4321, 0, b"")
    made, _ = dns.tsig.sign(octets, real, blank, int(wall))
    rdata = made.to_wire()
    record = real.name.to_wire() + b"\x00\xfa\x00\xff" + bytes(4) + len(rdata).to_bytes(2, "big") + rdata
    return octets[:11] + bytes([octets[11] + 1]) + octets[12:] + record, real, made.mac
