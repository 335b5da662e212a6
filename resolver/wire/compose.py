# SPDX-License-Identifier: ISC
"""A Message to bytes, with names compressed where RFC 1035 and RFC 3597 allow it and spelled as given.

No truncation: a message that does not fit is reported, and the service decides what to leave out.
"""

import struct
from typing import Final

from resolver.wire import codes, names
from resolver.wire.edns import Edns, write_opt
from resolver.wire.errors import MessageTooLong
from resolver.wire.message import Message
from resolver.wire.rdata import LAYOUTS
from resolver.wire.records import Record

__all__ = ["COMPRESSED_NAMES_MAX", "compose", "compose_query"]

# Looking for the longest known suffix costs up to 127 look-ups a name; past this many names, only whole
# names are looked for (the CPU attacks CVE-2024-8508 and CVE-2026-44390 were on this search).
COMPRESSED_NAMES_MAX: Final = 128

_HEADER: Final = struct.Struct("!6H")
_QUESTION: Final = struct.Struct("!HH")
_RECORD: Final = struct.Struct("!HHIH")
_FIXED: Final = struct.Struct("!HHI")
_POINTER: Final = 0xC000
_OFFSET_MAX: Final = 0x3FFF  # 14 bits, RFC 1035 section 4.1.4
_QUESTION_OFFSET: Final = 12
_COMPRESSED: Final = {rtype: layout for rtype, layout in LAYOUTS.items() if layout.compress}


def compose(message: Message, *, limit: int = 65535) -> bytes:
    """The message in wire form, at most `limit` octets; MessageTooLong if it would be longer.

    Spellings are kept (RFC 4343), with one exception on purpose: an owner that equals the question's
    name but for its letter case points at the question, so that clients see their own spelling.
    A response code over 15 needs `edns`; ValueError without it.
    """
    if message.rcode > 15 and message.edns is None:
        raise ValueError("an extended response code needs EDNS")
    question = message.question
    out = bytearray(
        _HEADER.pack(
            message.id,
            message.flags & ~codes.RCODE_MASK | message.rcode & codes.RCODE_MASK,
            1 if question else 0,
            len(message.answer),
            len(message.authority),
            len(message.additional) + (1 if message.edns else 0),
        )
    )
    writer = _Writer(out, limit)
    if question:
        writer.question(question.name)
        out += _QUESTION.pack(question.rtype, question.rclass)
    writer.records(message.answer)
    writer.records(message.authority)
    writer.records(message.additional)
    if message.edns:
        out += write_opt(message.edns, message.rcode >> 4)
    if len(out) > limit:
        raise MessageTooLong(len(out), limit)
    return bytes(out)


def compose_query(
    name: bytes,
    rtype: int,
    *,
    id: int = 0,
    rd: bool = False,
    cd: bool = False,
    edns: Edns | None = None,
) -> bytes:
    """A query of class IN for an upstream server, straight to bytes: the same as compose, without the values."""
    flags = (codes.RD if rd else 0) | (codes.CD if cd else 0)
    query = _HEADER.pack(id, flags, 1, 0, 0, 1 if edns else 0) + name + _QUESTION.pack(rtype, 1)
    return query + write_opt(edns) if edns else query


class _Writer:
    """Appends records to `out` and remembers where each name, and each of its suffixes, was written."""

    __slots__ = ("budget", "known", "limit", "out", "qname", "qname_key")

    def __init__(self, out: bytearray, limit: int) -> None:
        self.out = out
        self.limit = limit
        self.known: dict[bytes, int] = {}
        self.budget = COMPRESSED_NAMES_MAX
        self.qname = self.qname_key = b""

    def question(self, name: bytes) -> None:
        """Writes the question's name, which later owners may point at."""
        self.qname, self.qname_key = name, name.lower()
        self._name(name)

    def records(self, records: tuple[Record, ...]) -> None:
        """Writes one section; MessageTooLong as soon as the limit is crossed."""
        out = self.out
        known = self.known
        for owner, rtype, rclass, ttl, rdata in records:
            offset = known.get(owner)
            if offset is not None:
                out += offset.to_bytes(2, "big")
            else:
                self._owner(owner)
            layout = _COMPRESSED.get(rtype)
            if len(out) + len(rdata) > self.limit and layout is None:
                raise MessageTooLong(len(out) + len(rdata), self.limit)
            if layout is None or not rdata:
                out += _RECORD.pack(rtype, rclass, ttl, len(rdata))
                out += rdata
            else:
                out += _FIXED.pack(rtype, rclass, ttl)
                start = len(out)
                out += b"\x00\x00"
                self._rdata(rdata, layout.before, layout.names)
                out[start : start + 2] = (len(out) - start - 2).to_bytes(2, "big")
            if len(out) > self.limit:
                raise MessageTooLong(len(out), self.limit)

    def _owner(self, owner: bytes) -> None:
        """Writes an owner that was not written before in this spelling."""
        if len(owner) == len(self.qname) > 1 and owner.lower() == self.qname_key:
            offset = _POINTER | _QUESTION_OFFSET
            self.known[owner] = offset
            self.out += offset.to_bytes(2, "big")
        else:
            self._name(owner)

    def _rdata(self, rdata: bytes, position: int, count: int) -> None:
        """Writes an rdata of `count` names from `position` on, each compressed."""
        out = self.out
        out += rdata[:position]
        for _ in range(count):
            end = names.end_of_name(rdata, position)
            self._name(rdata[position:end])
            position = end
        out += rdata[position:]

    def _name(self, name: bytes) -> None:
        """Writes a name as the labels that are new and a pointer to the rest, if any of it was written."""
        out = self.out
        known = self.known
        offset = known.get(name)
        if offset is not None:
            out += offset.to_bytes(2, "big")
            return
        start = len(out)
        if self.budget <= 0:
            if start <= _OFFSET_MAX:
                known[name] = _POINTER | start
            out += name
            return
        self.budget -= 1
        position = 0
        while length := name[position]:
            rest = name[position:]
            offset = known.get(rest)
            if offset is not None:
                out += name[:position] + offset.to_bytes(2, "big")
                return
            if start + position <= _OFFSET_MAX:
                known[rest] = _POINTER | start + position
            position += length + 1
        out += name
