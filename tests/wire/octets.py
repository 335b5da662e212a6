# SPDX-License-Identifier: ISC
"""Messages octet by octet, for tests of what no composer of ours would write."""

import struct

WWW = b"\x03www\x07example\x03com\x00"
EXAMPLE = b"\x07example\x03com\x00"
NS1 = b"\x03ns1\x07example\x03com\x00"


def header(qd: int = 0, an: int = 0, ns: int = 0, ar: int = 0, *, flags: int = 0, id: int = 7) -> bytes:
    """Twelve octets of header."""
    return struct.pack("!6H", id, flags, qd, an, ns, ar)


def question(name: bytes = WWW, rtype: int = 1, rclass: int = 1) -> bytes:
    """One entry of the question section."""
    return name + struct.pack("!HH", rtype, rclass)


def record(
    owner: bytes, rtype: int, rdata: bytes, *, ttl: int = 60, rclass: int = 1, length: int | None = None
) -> bytes:
    """One resource record; `length` lies about the rdata if given."""
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(rdata) if length is None else length) + rdata


def opt(rdata: bytes = b"", *, owner: bytes = b"\x00", ttl: int = 0, size: int = 1232) -> bytes:
    """One OPT record."""
    return record(owner, 41, rdata, ttl=ttl, rclass=size)


def pointer(offset: int) -> bytes:
    """A compression pointer."""
    return (0xC000 | offset).to_bytes(2, "big")
