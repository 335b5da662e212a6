# SPDX-License-Identifier: ISC
"""The questions of the differential run, as octets: names that are and that are not, every type, flag and size.

The shares are near those of everyday traffic, the rare things kept rare. Nothing is sent here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

import dns.rdatatype

from resolver.wire import Rtype, from_text
from tests.faults.differential_world import HOSTS, TLDS, ZONES, zone_name

_TYPES: Final[dict[int, float]] = {
    Rtype.A: 42, Rtype.AAAA: 20, Rtype.HTTPS: 8, Rtype.TXT: 7, Rtype.MX: 5, Rtype.NS: 3, Rtype.PTR: 2, Rtype.SOA: 2,
    Rtype.SRV: 2, Rtype.CNAME: 2, Rtype.CAA: 1, Rtype.DS: 1, Rtype.DNAME: 0.7, Rtype.SVCB: 0.7, Rtype.TLSA: 0.7,
    Rtype.DNSKEY: 0.5, Rtype.NAPTR: 0.5, 29: 0.3, 13: 0.3, 65280: 0.4, 1234: 0.3, 99: 0.2, 0xFFFE: 0.1,
    Rtype.ANY: 0.2, Rtype.AXFR: 0.05, Rtype.IXFR: 0.03, 253: 0.03, 254: 0.03, 249: 0.03, 41: 0.02, 0: 0.02,
}  # fmt: skip
_LABELS: Final[dict[str, float]] = {
    "": 6, "www": 8, "mail": 4, "_sip._tcp": 2, "_443._tcp.www": 1, "_tcp": 0.5, "naptr": 0.7, "loc": 0.5, "hi": 0.5,
    "u": 0.5, "svc": 0.7, "ptr": 0.7, "mixed.case": 1, "case": 0.5, "held.w": 1, "w": 0.5, "wc": 0.3, "x.y.ent": 1,
    "y.ent": 0.7, "ent": 0.7, "c0": 2, "c1": 2, "c2": 2, "c3": 0.5, "c5": 1, "c6": 1, "c7": 1, "c8": 1, "c9": 1,
    "c10": 1, "c11": 1, "cl": 1, "dn": 0.5, "www.dn": 1, "h1.dn": 0.7, "nothing.dn": 0.5, "c2.dn": 0.5, "x.di": 0.5,
    "zero": 0.7, "big": 1.5, "many": 1.5, "sub": 1, "www.sub": 1.5, "ns.sub": 0.5, "any.sub": 1, "ns0": 1,
    "www.nothing.sub": 0.3, "below.h1": 0.5,
}  # fmt: skip
_SERVFAIL: Final = 0.003  # of names in zones that nobody serves rightly
_SIZES: Final = (512, 1232, 1232, 1232, 1400, 4096, 4096, 0, 65535)


class Asked(NamedTuple):
    """One question: its octets under ID 0, whether it goes by TCP, and what it is, for people."""

    octets: bytes
    tcp: bool
    text: str


def _cumulated(weights: dict[int, float] | dict[str, float]) -> list[float]:
    return list(accumulate(weights.values()))


_TYPE_WEIGHTS, _LABEL_WEIGHTS = _cumulated(_TYPES), _cumulated(_LABELS)
_TYPE_LIST, _LABEL_LIST = list(_TYPES), list(_LABELS)
_ZONE_WEIGHTS: Final = list(accumulate(1 / (n + 4) for n in range(ZONES)))


def questions(count: int, seed: int) -> Iterator[Asked]:
    """So many, the same for the same seed."""
    draw = random.Random(seed)
    for _ in range(count):
        yield _question(draw)


def _question(draw: random.Random) -> Asked:
    name = _name(draw)
    (rtype,) = draw.choices(_TYPE_LIST, cum_weights=_TYPE_WEIGHTS)
    rclass = draw.choice((3, 255, 4)) if draw.random() < 0.001 else 1
    wire = from_text(name)
    if draw.random() < 0.3:
        wire = _mixed_case(wire, draw)
    flags = 0x0100 if draw.random() < 0.995 else 0
    flags |= 0x10 if draw.random() < 0.05 else 0  # CD
    flags |= 0x20 if draw.random() < 0.1 else 0  # AD
    edns, words = _edns(draw)
    head = bytes(2) + flags.to_bytes(2, "big") + b"\0\1\0\0\0\0" + len(edns[:1]).to_bytes(2, "big")
    tcp = draw.random() < 0.08
    said = [name, _type_text(rtype), *([f"CLASS{rclass}"] if rclass != 1 else []), words]
    said += [word for bit, word in ((0x10, "CD"), (0x20, "AD")) if flags & bit]
    said += [] if flags & 0x0100 else ["RD=0"]
    octets = head + wire + rtype.to_bytes(2, "big") + rclass.to_bytes(2, "big") + edns
    return Asked(octets, tcp, " ".join([*said, "TCP" if tcp else "UDP"]))


def _type_text(rtype: int) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rtype))


def _name(draw: random.Random) -> str:
    """Half of the time a fixed label; else a host, something under a wildcard, or something that is not there."""
    luck = draw.random()
    if luck < _SERVFAIL:
        return f"n{draw.randrange(30)}.lame.{draw.choice(TLDS)}."
    if luck < 0.006:
        return draw.choice(
            (".", "aa.", f"nothing{draw.randrange(50)}.bb.", f"tld{draw.randrange(200)}.", "x.y.nil.")
        )
    (number,) = draw.choices(range(ZONES), cum_weights=_ZONE_WEIGHTS)
    zone = zone_name(number)
    if luck < 0.6:
        (label,) = draw.choices(_LABEL_LIST, cum_weights=_LABEL_WEIGHTS)
        return f"{label}.{zone}" if label else zone
    if luck < 0.78:
        return f"h{draw.randrange(HOSTS)}.{zone}"
    if luck < 0.86:
        return f"r{draw.randrange(40)}.{draw.choice(('w', 'w', 'wc', 'wo', 'deep.w'))}.{zone}"
    return f"{draw.choice(('nx', 'no', 'a.b.nx'))}{draw.randrange(200)}.{zone}"


def _mixed_case(wire: bytes, draw: random.Random) -> bytes:
    """Letters turned at random; no length octet of these names is a letter."""
    return bytes(octet ^ 0x20 if chr(octet).isalpha() and draw.random() < 0.5 else octet for octet in wire)


def _edns(draw: random.Random) -> tuple[bytes, str]:
    """An OPT record and words for it; none for one question in eight."""
    if draw.random() < 0.125:
        return b"", "noedns"
    size, do = draw.choice(_SIZES), draw.random() < 0.3
    version = 1 if draw.random() < 0.002 else 0
    options = b""
    if draw.random() < 0.02:
        options += b"\xfd\xe9\0\2\1\2"  # 65001, for local use
    if draw.random() < 0.02:
        options += b"\0\x0c\0\4" + bytes(4)  # padding
    flags = 0x8000 if do else 0
    opt = b"\0\0\x29" + size.to_bytes(2, "big") + bytes((0, version)) + flags.to_bytes(2, "big")
    words = f"size={size}" + (" DO" if do else "") + (f" version={version}" if version else "")
    return opt + len(options).to_bytes(2, "big") + options, words + (
        f" options={options.hex()}" if options else ""
    )
