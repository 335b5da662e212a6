# SPDX-License-Identifier: ISC
"""Reads dnstap: Frame Streams around protocol buffers around DNS messages (https://dnstap.info).

Only the dozen fields of dnstap.proto that a trace needs are decoded; others are skipped by their wire type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from resolver.lab.traces.messages import take_query, take_response
from resolver.lab.traces.packets import address_text
from resolver.lab.traces.pairing import Pairing
from resolver.lab.traces.reading import Reading
from resolver.lab.traces.rows import Row
from resolver.wire import FormatError

CONTENT: Final = b"protobuf:dnstap.Dnstap"
_FRAME_MAX: Final = 1 << 18  # octets: a message is at most 64 KiB, and there may be two in a frame
_STOP: Final = 3  # control frame

# Field numbers of dnstap.proto.
_MESSAGE: Final = 14  # of Dnstap
_TYPE, _CLIENT, _SERVER, _CLIENT_PORT, _SERVER_PORT = 1, 4, 5, 6, 7  # of Message, as are the next
_ASKED_SEC, _ASKED_NSEC, _QUERY, _ANSWERED_SEC, _ANSWERED_NSEC, _RESPONSE = 8, 9, 10, 12, 13, 14
# AUTH too: BIND calls so whatever it answers from a zone of its own. What has no RD is passed over in any of them.
_QUERIES: Final = (1, 5, 9)  # AUTH_QUERY, CLIENT_QUERY, STUB_QUERY
_RESPONSES: Final = (2, 6, 10)  # AUTH_RESPONSE, CLIENT_RESPONSE, STUB_RESPONSE

Fields = dict[int, int | bytes]


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions of clients; frames of resolvers and forwarders are passed over."""
    pairing = Pairing()
    for number, frame in _frames(stream, reading):
        try:
            at = _take(pairing, reading, frame)
        except (FormatError, IndexError, struct.error) as error:
            reading.note_bad(f"frame {number}", str(error) or "truncated")
            continue
        yield from pairing.ready(at)
    yield from pairing.drain()


def _frames(stream: BinaryIO, reading: Reading) -> Iterator[tuple[int, bytes]]:
    """Yield the data frames; a length of zero announces a control frame (Frame Streams, section "Framing")."""
    number = 0
    while head := stream.read(4):
        number += 1
        length = int.from_bytes(head)
        is_control = len(head) == 4 and length == 0
        if is_control:
            length = int.from_bytes(stream.read(4))
        octets = stream.read(length) if length <= _FRAME_MAX else b""
        if len(head) < 4 or len(octets) < length:
            reading.note_bad(f"frame {number}", "breaks off or is too long")
            return
        if not is_control:
            yield number, octets
        elif int.from_bytes(octets[:4]) == _STOP:
            return


def _take(pairing: Pairing, reading: Reading, frame: bytes) -> float:
    """Take one frame and return its time, 0 when it has none."""
    inner = _fields(frame).get(_MESSAGE)
    if not isinstance(inner, bytes):
        reading.pass_over("frames without a message")
        return 0.0
    said = _fields(inner)
    kind = said.get(_TYPE)
    asked_at = _instant(said, _ASKED_SEC, _ASKED_NSEC)
    answered_at = _instant(said, _ANSWERED_SEC, _ANSWERED_NSEC)
    client, server = _octets(said, _CLIENT), _octets(said, _SERVER)
    ends = (client, _number(said, _CLIENT_PORT), server, _number(said, _SERVER_PORT))
    if kind in _QUERIES:
        take_query(pairing, reading, _octets(said, _QUERY), asked_at, address_text(client), ends)
        return asked_at
    if kind in _RESPONSES:
        at = asked_at or answered_at
        take_response(pairing, reading, _octets(said, _RESPONSE), at, address_text(client), ends)
        return answered_at or asked_at
    reading.pass_over("messages of servers among themselves")
    return asked_at


def _instant(said: Fields, seconds: int, nanoseconds: int) -> float:
    return _number(said, seconds) + _number(said, nanoseconds) * 1e-9


def _number(said: Fields, field: int) -> int:
    value = said.get(field, 0)
    return value if isinstance(value, int) else 0


def _octets(said: Fields, field: int) -> bytes:
    value = said.get(field, b"")
    return value if isinstance(value, bytes) else b""


def _fields(octets: bytes) -> Fields:
    """Return the last value of each field (protocol buffers' wire format).

    Raises FormatError, IndexError and struct.error.
    """
    found: Fields = {}
    position = 0
    while position < len(octets):
        tag, position = _varint(octets, position)
        match tag & 7:
            case 0:
                found[tag >> 3], position = _varint(octets, position)
            case 1:
                found[tag >> 3] = struct.unpack_from("<Q", octets, position)[0]
                position += 8
            case 2:
                length, position = _varint(octets, position)
                if position + length > len(octets):
                    raise FormatError("truncated")
                found[tag >> 3] = octets[position : position + length]
                position += length
            case 5:
                found[tag >> 3] = struct.unpack_from("<I", octets, position)[0]
                position += 4
            case _:
                raise FormatError("bad-wire-type")
    return found


def _varint(octets: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = octets[position]
        value |= (octet & 0x7F) << shift
        position += 1
        if octet < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise FormatError("bad-varint")
