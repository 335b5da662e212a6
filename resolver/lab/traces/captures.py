# SPDX-License-Identifier: ISC
"""Packets out of pcap (libpcap's classic files) and pcapng: their time, link type and octets.

What is inside a packet is no matter here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from resolver.lab.traces.reading import Reading

_CLASSIC: Final = {  # magic -> (byte order, seconds in a tick)
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_SECTION: Final = b"\x0a\x0d\x0d\x0a"
MAGICS: Final = (*_CLASSIC, _SECTION)
_PACKET_MAX: Final = 1 << 18  # octets: libpcap's own largest snapshot
_INTERFACE, _SIMPLE, _ENHANCED = 1, 3, 6  # block types of pcapng
_RESOLUTION: Final = 9  # option of an interface


class Packet(NamedTuple):
    """One captured packet; `number` counts from 1 as tcpdump and Wireshark do."""

    number: int
    time: float
    link: int
    octets: bytes


def packets(stream: BinaryIO, reading: Reading) -> Iterator[Packet]:
    """Yield the packets of a capture. A file that breaks off is a bad row at its last packet."""
    magic = stream.read(4)
    if magic in _CLASSIC:
        yield from _classic(stream, reading, *_CLASSIC[magic])
    elif magic == _SECTION:
        yield from _Sections(stream, reading).packets()
    else:
        reading.note_bad("packet 0", "neither pcap nor pcapng")


def _classic(stream: BinaryIO, reading: Reading, order: str, tick: float) -> Iterator[Packet]:
    header = stream.read(20)
    if len(header) < 20:
        reading.note_bad("packet 0", "file header breaks off")
        return
    link = struct.unpack(order + "I", header[16:])[0] & 0xFFFF
    record = struct.Struct(order + "IIII")
    number = 0
    while head := stream.read(16):
        number += 1
        if len(head) < 16:
            reading.note_bad(f"packet {number}", "breaks off")
            return
        seconds, ticks, kept, _ = record.unpack(head)
        if kept > _PACKET_MAX:
            reading.note_bad(f"packet {number}", f"{kept} octets; the rest of the file cannot be trusted")
            return
        octets = stream.read(kept)
        if len(octets) < kept:
            reading.note_bad(f"packet {number}", "breaks off")
            return
        yield Packet(number, seconds + ticks * tick, link, octets)


class _Sections:
    """A pcapng file: sections of blocks, each with its own byte order and interfaces."""

    def __init__(self, stream: BinaryIO, reading: Reading) -> None:
        self._stream = stream
        self._reading = reading
        self._order = "<"
        self._interfaces: list[tuple[int, float]] = []  # link type, seconds in a tick
        self._number = 0

    def packets(self) -> Iterator[Packet]:
        """Yield the packets of all sections; the first block's type has been read."""
        kind_octets = _SECTION
        while len(kind_octets) == 4:
            if kind_octets == _SECTION:
                body = self._section()
                kind = 0
            else:
                kind = struct.unpack(self._order + "I", kind_octets)[0]
                body = self._body(self._stream.read(4))
            if body is None:
                self._reading.note_bad(f"packet {self._number + 1}", "block breaks off")
                return
            packet = self._block(kind, body)
            if packet is not None:
                yield packet
            kind_octets = self._stream.read(4)

    def _section(self) -> bytes | None:
        length, magic = self._stream.read(4), self._stream.read(4)
        self._order = "<" if magic == b"\x4d\x3c\x2b\x1a" else ">"
        self._interfaces = []
        return self._body(length, taken=4)

    def _body(self, length_octets: bytes, taken: int = 0) -> bytes | None:
        if len(length_octets) < 4:
            return None
        length = struct.unpack(self._order + "I", length_octets)[0]
        rest = length - 8 - taken
        if not 4 <= rest <= 2 * _PACKET_MAX:
            return None
        octets = self._stream.read(rest)
        return octets[:-4] if len(octets) == rest else None

    def _block(self, kind: int, body: bytes) -> Packet | None:
        try:
            if kind == _INTERFACE:
                link = struct.unpack_from(self._order + "H", body)[0]
                self._interfaces.append((link, _tick(body[8:], self._order)))
            elif kind == _ENHANCED:
                self._number += 1
                which, high, low, kept, _ = struct.unpack_from(self._order + "IIIII", body)
                link, tick = self._interfaces[which]
                return Packet(self._number, (high << 32 | low) * tick, link, body[20 : 20 + kept])
            elif kind == _SIMPLE:
                self._number += 1
                self._reading.note_bad(f"packet {self._number}", "a simple packet block tells no time")
        except (struct.error, IndexError):
            self._reading.note_bad(f"packet {self._number}", "malformed block")
        return None


def _tick(options: bytes, order: str) -> float:
    """Return the seconds in a tick of an interface's clock: a microsecond unless an option says otherwise."""
    position = 0
    while position + 4 <= len(options):
        code, length = struct.unpack_from(order + "HH", options, position)
        if code == 0:
            break
        if code == _RESOLUTION and length >= 1:
            exponent = options[position + 4]
            return 2.0 ** -(exponent & 0x7F) if exponent & 0x80 else 10.0**-exponent
        position += 4 + (length + 3) // 4 * 4
    return 1e-6
