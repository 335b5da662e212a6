# SPDX-License-Identifier: ISC
"""From a captured packet to the UDP datagram or TCP segment in it: Ethernet, VLAN, cooked, raw, IPv4, IPv6.

No DNS is read here. Fragments after the first are passed over: their ports are in another packet.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

_NULL, _ETHERNET, _RAW_BSD, _LOOP, _RAW, _COOKED, _IPV4, _IPV6, _COOKED2 = (
    0,
    1,
    12,
    108,
    101,
    113,
    228,
    229,
    276,
)
_VLANS: Final = (0x8100, 0x88A8, 0x9100)
_IP: Final = (0x0800, 0x86DD)
UDP: Final = 17
TCP: Final = 6
_EXTENSIONS: Final = (0, 43, 60, 135)  # hop-by-hop, routing, destination options, mobility (RFC 8200)
_FRAGMENT: Final = 44
_ADDRESSES: Final = 1 << 14  # whose text is remembered


class Segment(NamedTuple):
    """What an IP packet carries; addresses are packed, `sequence` and `flags` are TCP's and 0 for UDP."""

    source: bytes
    source_port: int
    target: bytes
    target_port: int
    protocol: int
    payload: bytes
    sequence: int = 0
    flags: int = 0


@lru_cache(_ADDRESSES)
def address_text(packed: bytes) -> str:
    """Return an address of 4 or 16 octets as text; of another length, as hexadecimal."""
    if len(packed) == 4:
        return str(IPv4Address(packed))
    return str(IPv6Address(packed)) if len(packed) == 16 else packed.hex()


def segment_of(link: int, octets: bytes) -> Segment | None:
    """Return what the packet carries, or None when it is neither UDP nor TCP over IP, or is cut too short."""
    try:
        start = _ip_start(link, octets)
        if start is None:
            return None
        version = octets[start] >> 4
        if version == 4:
            return _ipv4(octets, start)
        return _ipv6(octets, start) if version == 6 else None
    except (IndexError, struct.error):
        return None


def _ip_start(link: int, octets: bytes) -> int | None:
    if link in (_RAW, _RAW_BSD, _IPV4, _IPV6):
        return 0
    if link in (_NULL, _LOOP):
        return 4
    if link == _COOKED:
        position, kind = 16, _u16(octets, 14)
    elif link == _COOKED2:
        position, kind = 20, _u16(octets, 0)
    elif link == _ETHERNET:
        position, kind = 14, _u16(octets, 12)
    else:
        return None
    while kind in _VLANS:
        kind = _u16(octets, position + 2)
        position += 4
    return position if kind in _IP else None


def _u16(octets: bytes, position: int) -> int:
    number: int = struct.unpack_from("!H", octets, position)[0]
    return number


def _ipv4(octets: bytes, start: int) -> Segment | None:
    header = (octets[start] & 0xF) * 4
    end = start + _u16(octets, start + 2)
    if _u16(octets, start + 6) & 0x1FFF:
        return None
    source, target = octets[start + 12 : start + 16], octets[start + 16 : start + 20]
    return _transport(octets[start + header : end], octets[start + 9], source, target)


def _ipv6(octets: bytes, start: int) -> Segment | None:
    end = start + 40 + _u16(octets, start + 4)
    following = octets[start + 6]
    source, target = octets[start + 8 : start + 24], octets[start + 24 : start + 40]
    position = start + 40
    while following in _EXTENSIONS or following == _FRAGMENT:
        if following == _FRAGMENT:
            if _u16(octets, position + 2) & 0xFFF8:
                return None
            following, position = octets[position], position + 8
        else:
            following, position = octets[position], position + 8 * (octets[position + 1] + 1)
    return _transport(octets[position:end], following, source, target)


def _transport(octets: bytes, protocol: int, source: bytes, target: bytes) -> Segment | None:
    if protocol == UDP:
        source_port, target_port, length = struct.unpack_from("!HHH", octets)
        return Segment(source, source_port, target, target_port, UDP, octets[8:length])
    if protocol == TCP:
        source_port, target_port, sequence, _, offset, flags = struct.unpack_from("!HHIIBB", octets)
        payload = octets[(offset >> 4) * 4 :]
        return Segment(source, source_port, target, target_port, TCP, payload, sequence, flags)
    return None
