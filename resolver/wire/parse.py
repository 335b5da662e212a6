# SPDX-License-Identifier: ISC
"""Bytes to a Message. Whatever the bytes, the only error is FormatError.

No repair and no guessing: a message is well-formed to its last octet or it is refused. No recursion,
and work is linear in the size of the message plus a bounded sum for pointers.
"""

import struct
from typing import Final

from resolver.wire.codes import RCODE_MASK, Rclass, Rtype
from resolver.wire.edns import Edns, read_options
from resolver.wire.errors import FormatError
from resolver.wire.message import Message
from resolver.wire.names import LABEL_MAX, NAME_MAX, ROOT
from resolver.wire.rdata import FIXED_LENGTHS, LAYOUTS, NAME_ALONE, Layout
from resolver.wire.records import Question, Record

__all__ = ["POINTERS_MAX", "parse"]

# Pointers into the middle of names; each may cost 127 labels of walking. A pointer to a place where a
# name began that was read already costs nothing and is not counted, so that long honest answers pass.
POINTERS_MAX: Final = 128

_POINTER: Final = 0xC0
_HEADER: Final = struct.Struct("!6H")
_HEADER_SIZE: Final = 12
_QUESTION: Final = struct.Struct("!HH")
_RECORD: Final = struct.Struct("!HHIH")
_OPT: Final = int(Rtype.OPT)
_IN: Final = int(Rclass.IN)
# In an UPDATE (RFC 2136 section 2.4) records of these classes have empty rdata whatever their type.
_META_CLASSES: Final = frozenset((int(Rclass.NONE), int(Rclass.ANY)))

_make_record = Record._make


def parse(data: bytes) -> Message:
    """Reads one whole message; FormatError, with a short `reason`, if any of its octets is out of place.

    More than one question is refused (RFC 9619), as are a second OPT and one outside the additional
    section (RFC 6891 section 6.1.1), trailing octets, and pointers that do not go strictly backward.
    """
    try:
        return _parse(data)
    except (IndexError, struct.error):
        # Reading past the end in the loops below: cheaper to be told than to ask before every octet.
        raise FormatError("truncated") from None


def _parse(data: bytes) -> Message:
    ident, word, qdcount, ancount, nscount, arcount = _HEADER.unpack_from(data)
    if qdcount > 1:
        raise FormatError("many-questions")
    names = _Names(data)
    position = _HEADER_SIZE
    question = None
    if qdcount:
        qname, position = names.read(position)
        qtype, qclass = _QUESTION.unpack_from(data, position)
        position += 4
        question = Question(qname, qtype, qclass)
    answer, position = _section(data, position, ancount, names)
    authority, position = _section(data, position, nscount, names)
    additional, position = _section(data, position, arcount, names, opt_allowed=True)
    if position != len(data):
        raise FormatError("trailing-bytes")
    rcode = word & RCODE_MASK
    edns = None
    if names.opt_seen:
        edns, extended_rcode, additional = _take_opt(additional)
        rcode |= extended_rcode << 4
    return Message(
        ident, word & ~RCODE_MASK, rcode, question, tuple(answer), tuple(authority), tuple(additional), edns
    )


def _section(
    data: bytes, position: int, count: int, names: "_Names", *, opt_allowed: bool = False
) -> tuple[list[Record], int]:
    """`count` records from `position` on, and where they end."""
    records: list[Record] = []
    size = len(data)
    known = names.known
    for _ in range(count):
        # Most owners are a pointer to a name that was read before: look there without a call.
        first = data[position]
        owner = known.get((first & 0x3F) << 8 | data[position + 1]) if first >= _POINTER else None
        if owner is None:
            owner, position = names.read(position)
        else:
            position += 2
        rtype, rclass, ttl, length = _RECORD.unpack_from(data, position)
        position += 10
        end = position + length
        if end > size:
            raise FormatError("rdata-past-end")
        layout = LAYOUTS.get(rtype)
        if layout is None:
            if rclass == _IN and FIXED_LENGTHS.get(rtype, length) != length:
                raise FormatError("bad-address-length")
            if rtype == _OPT:
                if not opt_allowed:
                    raise FormatError("opt-outside-additional")
                names.opt_seen = True
            rdata = data[position:end]
        elif length == 0 and rclass in _META_CLASSES:
            rdata = b""
        elif layout is NAME_ALONE:
            rdata, name_end = names.read(position)
            if name_end != end:
                raise FormatError("bad-rdata-length")
        else:
            rdata = _read_rdata(data, position, end, layout, names)
        records.append(_make_record((owner, rtype, rclass, ttl, rdata)))
        position = end
    return records, position


def _read_rdata(data: bytes, start: int, end: int, layout: Layout, names: "_Names") -> bytes:
    """The rdata between the two offsets, with its names uncompressed; it must fill its length exactly."""
    position = start + layout.before
    for _ in range(layout.strings):
        position += data[position] + 1
    pieces = [data[start:position]] if position > start else []
    for _ in range(layout.names):
        if position >= end:
            raise FormatError("rdata-too-short")
        name, position = names.read(position)
        pieces.append(name)
    if position > end:
        raise FormatError("rdata-too-short")
    if layout.after is not None and end - position != layout.after:
        raise FormatError("bad-rdata-length")
    if position < end:
        pieces.append(data[position:end])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Names:
    """The names of one message: reads them and remembers where each began, for later pointers."""

    __slots__ = ("data", "known", "opt_seen", "pointers_left")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.known: dict[int, bytes] = {}
        self.pointers_left = POINTERS_MAX
        self.opt_seen = False

    def read(self, start: int) -> tuple[bytes, int]:
        """The name at `start`, uncompressed, and the offset after it."""
        data = self.data
        position = start
        while 0 < (length := data[position]) <= LABEL_MAX:
            position += length + 1
        if length == 0:
            position += 1
            name = data[start:position]
        else:
            target = self._target(position, start)
            name = data[start:position] + (self.known.get(target) or self._expand(target))
            position += 2
        if len(name) > NAME_MAX:
            raise FormatError("name-too-long")
        self.known[start] = name
        return name, position

    def _target(self, position: int, before: int) -> int:
        """Where the pointer at `position` leads: back past the labels in front of it, not into the header."""
        first = self.data[position]
        if first < _POINTER:
            raise FormatError("bad-label-type")  # 01 and 10 are reserved, RFC 6891 section 5
        target = (first & 0x3F) << 8 | self.data[position + 1]
        if target >= before:
            raise FormatError("forward-pointer")
        if target < _HEADER_SIZE:
            raise FormatError("pointer-into-header")
        return target

    def _expand(self, start: int) -> bytes:
        """The name at a place where none was read before, following pointers as far as need be.

        Each pointer leads to a lower offset than the labels it ended, so this ends.
        """
        data = self.data
        segment = start
        pieces = []
        octets = 0
        while True:
            self.pointers_left -= 1
            if self.pointers_left < 0:
                raise FormatError("too-many-pointers")
            position = segment
            while 0 < (length := data[position]) <= LABEL_MAX:
                position += length + 1
            pieces.append(data[segment:position])
            octets += position - segment
            if octets >= NAME_MAX:
                raise FormatError("name-too-long")
            if length == 0:
                tail = ROOT
                break
            segment = self._target(position, segment)
            if known := self.known.get(segment):
                tail = known
                break
        name = b"".join(pieces) + tail
        if len(name) > NAME_MAX:
            raise FormatError("name-too-long")
        self.known[start] = name
        return name


def _take_opt(records: list[Record]) -> tuple[Edns, int, list[Record]]:
    """The one OPT among the additional records as a value, its part of the response code, and the others."""
    found = [record for record in records if record.rtype == _OPT]
    if len(found) > 1:
        raise FormatError("many-opts")
    owner, _, udp_size, word, rdata = found[0]
    if owner != ROOT:
        raise FormatError("opt-owner")
    edns = Edns(udp_size, word >> 16 & 0xFF, word & 0x8000 != 0, word & 0x7FFF, read_options(rdata))
    return edns, word >> 24, [record for record in records if record.rtype != _OPT]
