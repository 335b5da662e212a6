# SPDX-License-Identifier: ISC
"""Understands a plain request without parsing it: the first look at every datagram.

Never raises and never judges: what is not plain goes to parse, which knows how to refuse.
"""

import struct
from typing import Final, NamedTuple

from resolver.wire.edns import read_options
from resolver.wire.errors import FormatError

__all__ = ["Peek", "peek"]

_HEADER: Final = struct.Struct("!6H")
_QUESTION: Final = struct.Struct("!HH")
_OPT: Final = struct.Struct("!BHHBBHH")  # owner, type, size, extended rcode, version, flags, RDLENGTH
_PLAIN_FLAGS: Final = 0xF800  # QR and opcode: both zero in a request of opcode QUERY
_UDP_SIZE_WITHOUT_EDNS: Final = 512  # RFC 1035 section 4.2.1


class Peek(NamedTuple):
    """A request with one question, and at most an OPT record after it.

    Without EDNS `edns_offset` is None and the fields after it say what that means (512 octets, no DO).
    `options` is the raw rdata of the OPT; its lengths have not been looked at yet.
    """

    id: int
    flags: int
    qname: bytes
    qname_key: bytes
    qtype: int
    qclass: int
    question_end: int
    edns_offset: int | None = None
    udp_size: int = _UDP_SIZE_WITHOUT_EDNS
    version: int = 0
    do: bool = False
    options: bytes = b""
    counts: tuple[int, int, int, int] = (1, 0, 0, 0)

    def read_options(self) -> tuple[tuple[int, bytes], ...] | None:
        """The EDNS options as (code, data); None if their lengths are wrong (parse says FormatError then)."""
        try:
            return read_options(self.options)
        except FormatError:
            return None


def peek(datagram: bytes) -> Peek | None:
    """Reads a request of opcode QUERY; None if it is anything else or malformed, for parse to decide."""
    size = len(datagram)
    if size < 17:  # header and the shortest question there is
        return None
    ident, flags, qdcount, ancount, nscount, arcount = _HEADER.unpack_from(datagram)
    if flags & _PLAIN_FLAGS or qdcount != 1 or ancount or nscount or arcount > 1:
        return None
    position = 12
    last = size - 5  # where the root label of the question's name can be at the latest
    while length := datagram[position]:
        position += length + 1
        if length > 63 or position > last:
            return None
    position += 1
    if position - 12 > 255:
        return None
    qname = datagram[12:position]
    qtype, qclass = _QUESTION.unpack_from(datagram, position)
    position += 4
    if arcount == 0:
        return Peek(ident, flags, qname, qname.lower(), qtype, qclass, position) if position == size else None
    if size - position < 11:
        return None
    owner, rtype, udp_size, _, version, edns_flags, length = _OPT.unpack_from(datagram, position)
    if owner or rtype != 41 or position + 11 + length != size:
        return None
    return Peek(
        ident,
        flags,
        qname,
        qname.lower(),
        qtype,
        qclass,
        position,
        position,
        udp_size,
        version,
        edns_flags & 0x8000 != 0,
        datagram[position + 11 :],
        (1, 0, 0, 1),
    )
