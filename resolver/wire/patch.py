# SPDX-License-Identifier: ISC
"""Small changes to a message in wire form, in place of composing it again.

Only for images we composed ourselves, but for with_question_name: nothing is checked that compose guarantees.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from resolver.wire.codes import Rtype

__all__ = [
    "age_ttls",
    "read_ttls",
    "rewrite_ttls",
    "set_flags",
    "ttl_offsets",
    "with_id",
    "with_question_name",
]

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


def with_question_name(image: bytes, name: bytes) -> bytes:
    """The image with the question's name in another spelling of the same name.

    Who mixes letter case in a query, so that a forger must guess it, gives the reply its own spelling back
    before parsing it: servers compress names by pointing into the question, and would spread the mix.
    ValueError if the question is of another name.
    """
    end = 12 + len(name)
    if image[12:end].lower() != name.lower():
        raise ValueError("the question is of another name")
    return image[:12] + name + image[end:]


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
