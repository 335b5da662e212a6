# SPDX-License-Identifier: ISC
"""Small changes to a message in wire form, in place of composing it again.

Only for images we composed ourselves: nothing is checked here that compose has guaranteed.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from resolver.wire.codes import Rtype

__all__ = ["age_ttls", "read_ttls", "rewrite_ttls", "set_flags", "ttl_offsets", "with_id"]

_COUNTS: Final = struct.Struct("!4H")
_TTL: Final = struct.Struct("!I")
_WORD: Final = struct.Struct("!H")
_TYPE_TO_LENGTH: Final = struct.Struct("!HHIH")
_OPT: Final = int(Rtype.OPT)


def with_id(image: bytes | bytearray, id: int) -> bytes:
    """The image under another message ID."""
    return id.to_bytes(2, "big") + image[2:]


def set_flags(image: bytearray, *, on: int = 0, off: int = 0) -> None:
    """Clears, then sets bits of the header's flag word in place; also for the low four of the rcode."""
    (word,) = _WORD.unpack_from(image, 2)
    _WORD.pack_into(image, 2, word & ~off | on)


def ttl_offsets(image: bytes | bytearray) -> tuple[int, ...]:
    """Where the TTLs of all records stand, in order; OPT has none (RFC 6891 section 6.1.3)."""
    qdcount, ancount, nscount, arcount = _COUNTS.unpack_from(image, 4)
    position = 12
    for _ in range(qdcount):
        position = _skip_name(image, position) + 4
    offsets = []
    for _ in range(ancount + nscount + arcount):
        position = _skip_name(image, position)
        rtype, _, _, length = _TYPE_TO_LENGTH.unpack_from(image, position)
        if rtype != _OPT:
            offsets.append(position + 4)
        position += 10 + length
    return tuple(offsets)


def read_ttls(image: bytes | bytearray, offsets: Iterable[int]) -> tuple[int, ...]:
    """The TTLs that stand at the offsets, in seconds."""
    return tuple([_TTL.unpack_from(image, offset)[0] for offset in offsets])


def rewrite_ttls(image: bytearray, offsets: Sequence[int], ttls: int | Sequence[int]) -> None:
    """Writes TTLs in place: one for each offset, or the same for all."""
    pack_into = _TTL.pack_into
    if isinstance(ttls, int):
        for offset in offsets:
            pack_into(image, offset, ttls)
    else:
        for offset, ttl in zip(offsets, ttls, strict=True):
            pack_into(image, offset, ttl)


def age_ttls(
    image: bytearray, offsets: Sequence[int], ttls: Sequence[int], age: int, *, least: int = 1
) -> None:
    """Writes each TTL less `age` seconds, but no less than `least`; `ttls` are those at age zero."""
    rewrite_ttls(image, offsets, [max(least, ttl - age) for ttl in ttls])


def _skip_name(image: bytes | bytearray, position: int) -> int:
    """The offset after the name at `position`."""
    while 0 < (length := image[position]) <= 63:
        position += length + 1
    return position + (1 if length == 0 else 2)
