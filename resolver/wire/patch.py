# SPDX-License-Identifier: ISC
"""Small changes to a message in wire form, in place of composing it again.

Only for images we composed ourselves: nothing is checked here that compose has guaranteed.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from resolver.wire.codes import TC, OptionCode, Rcode, Rtype

__all__ = [
    "age_ttls",
    "cut_short",
    "read_ttls",
    "rewrite_ttls",
    "set_flags",
    "skip_name",
    "ttl_offsets",
    "with_cookie",
    "with_id",
]

_COUNTS: Final = struct.Struct("!4H")
_TTL: Final = struct.Struct("!I")
_WORD: Final = struct.Struct("!H")
_TYPE_TO_LENGTH: Final = struct.Struct("!HHIH")
_OPT: Final = int(Rtype.OPT)
_BARE_OPT: Final = 11  # octets of an OPT without options; the last two say that there are none
_EXTENDED_RCODE: Final = 5  # where it stands in those
_OPTION: Final = struct.Struct("!HHH")  # length of the OPT's data, code and length of its one option
_COOKIE: Final = int(OptionCode.COOKIE)


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
        position = skip_name(image, position) + 4
    offsets = []
    for _ in range(ancount + nscount + arcount):
        position = skip_name(image, position)
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


def with_cookie(body: bytes, cookie: bytes) -> bytes:
    """A message without its ID that ends in an OPT without options, with that one: `cookie` is its data."""
    return body[:-2] + _OPTION.pack(len(cookie) + 4, _COOKIE, len(cookie)) + cookie


def cut_short(body: bytes, question_end: int, cookie: bytes = b"") -> bytes:
    """Of such a message (or one without OPT) no more than header, question and OPT: NOERROR with TC, to be
    asked again over TCP.

    With `cookie` BADCOOKIE instead, to be asked again with that cookie (RFC 7873 section 5.2.4): there must be an OPT.
    """
    opt = body[-_BARE_OPT:] if body[9] else b""
    counts = body[2:4] + bytes(5) + body[9:10]
    if not cookie:
        return bytes((body[0] | TC >> 8, body[1] & 0xF0)) + counts + body[10:question_end] + opt
    high, low = divmod(int(Rcode.BADCOOKIE), 16)
    opt = opt[:_EXTENDED_RCODE] + bytes((high,)) + opt[_EXTENDED_RCODE + 1 :]
    head = bytes((body[0], body[1] & 0xF0 | low))
    return with_cookie(head + counts + body[10:question_end] + opt, cookie)


def skip_name(image: bytes | bytearray, position: int) -> int:
    """The offset after the name at `position`."""
    while 0 < (length := image[position]) <= 63:
        position += length + 1
    return position + (1 if length == 0 else 2)
