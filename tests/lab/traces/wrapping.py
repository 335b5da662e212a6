# SPDX-License-Identifier: ISC
"""Ways to wrap DNS messages as they travel: packets, captures, dnstap frames; and small traces to read."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path

from resolver.lab.traces.reading import Reader, Reading
from resolver.lab.traces.rows import Row
from resolver.wire import Message, Question, Rcode, Record, Rtype, compose, compose_query, from_text
from resolver.wire.codes import QR, RA, RD

CAPTURED = Path(__file__).parent / "captured"
CLIENT, SERVER = "192.0.2.7", "192.0.2.53"
NAME = from_text("www.example.org.")
QUESTION = Question(NAME, Rtype.A)


def rows_in(read: Reader, octets: bytes | str, **options: float) -> tuple[list[Row], Reading]:
    """Read all of `octets` and return the rows and the account of the reading."""
    reading = Reading("file", **options)
    stream = io.BufferedReader(io.BytesIO(octets if isinstance(octets, bytes) else octets.encode()))
    return list(read(stream, reading)), reading


def query(name: bytes = NAME, rtype: int = Rtype.A, *, id: int = 1, rd: bool = True) -> bytes:
    return compose_query(name, rtype, id=id, rd=rd)


def response(
    answer: Sequence[Record] = (Record(NAME, Rtype.A, 1, 300, bytes(4)),),
    *,
    authority: Sequence[Record] = (),
    rcode: int = Rcode.NOERROR,
    question: Question = QUESTION,
    id: int = 1,
    flags: int = QR | RD | RA,
) -> bytes:
    return compose(Message(id, flags, int(rcode), question, tuple(answer), tuple(authority)))


def udp(source: str, source_port: int, target: str, target_port: int, payload: bytes) -> bytes:
    segment = struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0) + payload
    return ip(source, target, 17, segment)


def tcp(
    source: str,
    source_port: int,
    target: str,
    target_port: int,
    sequence: int,
    payload: bytes = b"",
    flags: int = 0x10,
) -> bytes:
    segment = struct.pack("!HHIIBBHHH", source_port, target_port, sequence, 0, 0x50, flags, 0, 0, 0) + payload
    return ip(source, target, 6, segment)


def ip(source: str, target: str, protocol: int, segment: bytes, fragment: int = 0) -> bytes:
    ends = ip_address(source).packed + ip_address(target).packed
    if len(ends) == 8:
        return (
            struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, fragment, 64, protocol, 0)
            + ends
            + segment
        )
    return struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64) + ends + segment


def ethernet(packet: bytes, *vlans: int) -> bytes:
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    tags = b"".join(b"\x81\x00" + struct.pack("!H", vlan) for vlan in vlans)
    return bytes(12) + tags + kind + packet


def pcap(
    packets: Iterable[tuple[float, bytes]], link: int = 101, order: str = "<", nano: bool = False
) -> bytes:
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 1 << 18, link)
    found = []
    for at, octets in packets:
        ticks = round((at % 1) * (1e9 if nano else 1e6))
        found.append(struct.pack(order + "IIII", int(at), ticks, len(octets), len(octets)) + octets)
    return out + b"".join(found)


def pcapng(
    packets: Iterable[tuple[float, bytes]], link: int = 101, order: str = "<", resolution: int = 6
) -> bytes:
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    option = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
    out += block(1, struct.pack(order + "HHI", link, 0, 0) + option, order)
    for at, octets in packets:
        ticks = round(at * 10**resolution)
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), len(octets))
        out += block(6, head + octets + bytes(-len(octets) % 4), order)
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def dnstap(messages: Iterable[dict[int, int | bytes]]) -> bytes:
    content = b"protobuf:dnstap.Dnstap"
    start = struct.pack("!III", 2, 1, len(content)) + content
    out = struct.pack("!II", 0, len(start)) + start
    for message in messages:
        frame = protobuf({15: 1, 14: protobuf(message)})
        out += struct.pack("!I", len(frame)) + frame
    return out + struct.pack("!III", 0, 4, 3)


def protobuf(fields: dict[int, int | bytes]) -> bytes:
    out = b""
    for field, value in fields.items():
        if isinstance(value, bytes):
            out += varint(field << 3 | 2) + varint(len(value)) + value
        elif field in (9, 13):  # nanoseconds are fixed32
            out += varint(field << 3 | 5) + struct.pack("<I", value)
        else:
            out += varint(field << 3) + varint(value)
    return out


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
