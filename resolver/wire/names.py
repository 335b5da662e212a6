# SPDX-License-Identifier: ISC
"""Domain names as wire bytes: split, compare, shorten, join, and to and from text.

A *name* is uncompressed wire form ending in the root label; its letters are as someone spelled them.
A *key* is a name in lower case: the only form that may be compared or hashed (RFC 4343).
No compression pointer may live here (see parse and compose).
"""

from collections.abc import Iterator
from typing import Final

from resolver.wire.errors import FormatError

__all__ = [
    "LABEL_MAX",
    "NAME_MAX",
    "ROOT",
    "ancestors",
    "check",
    "common_ancestor",
    "count_labels",
    "end_of_name",
    "from_text",
    "is_at_or_below",
    "is_below",
    "join",
    "key_of",
    "labels",
    "parent",
    "replace_suffix",
    "suffix",
    "to_text",
]

ROOT: Final = b"\x00"
NAME_MAX: Final = 255  # octets with the root label, RFC 1035 section 3.1
LABEL_MAX: Final = 63  # octets, RFC 1035 section 3.1


def key_of(name: bytes) -> bytes:
    """The key of a name. Length octets are at most 63, so lower-casing never touches one ("A" is 65)."""
    return name.lower()


def end_of_name(data: bytes, start: int = 0) -> int:
    """The offset just after the uncompressed name that begins at `start`; FormatError if there is none."""
    position = start
    size = len(data)
    while position < size:
        length = data[position]
        if length == 0:
            if position - start >= NAME_MAX:
                raise FormatError("name-too-long")
            return position + 1
        if length > LABEL_MAX:
            raise FormatError("bad-label-type")
        position += length + 1
    raise FormatError("truncated-name")


def check(name: bytes) -> bytes:
    """`name` itself if it is one whole, valid name; else FormatError."""
    if end_of_name(name) != len(name):
        raise FormatError("trailing-bytes")
    return name


def labels(name: bytes) -> tuple[bytes, ...]:
    """The labels from left to right, without the root."""
    found = []
    position = 0
    while length := name[position]:
        found.append(name[position + 1 : position + 1 + length])
        position += length + 1
    return tuple(found)


def count_labels(name: bytes) -> int:
    """How many labels, the root not counted."""
    count = position = 0
    while length := name[position]:
        count += 1
        position += length + 1
    return count


def parent(name: bytes) -> bytes:
    """The name without its leftmost label; ValueError for the root, which has no parent."""
    length = name[0]
    if length == 0:
        raise ValueError("the root has no parent")
    return name[length + 1 :]


def suffix(name: bytes, count: int) -> bytes:
    """The last `count` labels and the root; the whole name if it has no more than that."""
    surplus = count_labels(name) - count
    position = 0
    while surplus > 0:
        position += name[position] + 1
        surplus -= 1
    return name[position:]


def is_at_or_below(key: bytes, ancestor_key: bytes) -> bool:
    """Is `key` the ancestor itself or a descendant? Both are keys. Only label boundaries count."""
    if not key.endswith(ancestor_key):
        return False
    if len(ancestor_key) == 1 or len(key) == len(ancestor_key):
        return True  # all is below the root; a name is at itself
    # Bytes alone may match inside a label ("\x03a\x01b\x00" holds "\x01b\x00"): walk to the boundary.
    target = len(key) - len(ancestor_key)
    position = 0
    while position < target:
        position += key[position] + 1
    return position == target


def is_below(key: bytes, ancestor_key: bytes) -> bool:
    """Is `key` a proper descendant of the ancestor? Both are keys."""
    return len(key) > len(ancestor_key) and is_at_or_below(key, ancestor_key)


def ancestors(name: bytes) -> Iterator[bytes]:
    """The name itself, then each parent, the root last."""
    position = 0
    while length := name[position]:
        yield name[position:]
        position += length + 1
    yield ROOT


def common_ancestor(key: bytes, other_key: bytes) -> bytes:
    """The lowest name that is at or above both keys."""
    above_other = set(ancestors(other_key))
    return next(name for name in ancestors(key) if name in above_other)


def join(label: bytes, name: bytes) -> bytes:
    """`label` (1 to 63 octets, without its length) in front of `name`; FormatError if that breaks a limit."""
    length = len(label)
    if not 1 <= length <= LABEL_MAX:
        raise FormatError("bad-label-length")
    if length + 1 + len(name) > NAME_MAX:
        raise FormatError("name-too-long")
    return bytes((length,)) + label + name


def replace_suffix(name: bytes, old_suffix_length: int, new_suffix: bytes) -> bytes:
    """`name` with its last `old_suffix_length` octets (an ancestor's) exchanged for another name.

    This is the substitution of a DNAME; FormatError when the result passes 255 octets, for which
    the answer is YXDOMAIN (RFC 6672 section 2.2).
    """
    result = name[: len(name) - old_suffix_length] + new_suffix
    if len(result) > NAME_MAX:
        raise FormatError("name-too-long")
    return result


# What a label's octets look like in text: specials get a backslash, the unprintable their decimal
# number (RFC 1035 section 5.1, RFC 4343 section 2.1).
_SPECIAL: Final = b'.\\"();@$'
_OCTET_TEXT: Final = tuple(
    "\\" + chr(octet) if octet in _SPECIAL else chr(octet) if 0x21 <= octet <= 0x7E else f"\\{octet:03d}"
    for octet in range(256)
)


def to_text(name: bytes) -> str:
    """Presentation form, absolute and escaped: "www.example." and "." for the root."""
    return "".join("".join([_OCTET_TEXT[octet] for octet in label]) + "." for label in labels(name)) or "."


def from_text(text: str) -> bytes:
    r"""Reads presentation form with or without the final dot; every name is taken as absolute.

    Understands \DDD and \X; internationalised names must come as A-labels. FormatError if it is no name.
    """
    if text == ".":
        return ROOT
    if not text:
        raise FormatError("empty-name")
    found: list[bytes] = []
    label = bytearray()
    position, size = 0, len(text)
    while position < size:
        char = text[position]
        position += 1
        if char == ".":
            found.append(bytes(label))
            label.clear()
            continue
        if char == "\\":
            octet, position = _unescape(text, position)
        else:
            octet = ord(char)
            if octet > 0x7E or octet < 0x21:
                raise FormatError("bad-character")
        label.append(octet)
    if label:
        found.append(bytes(label))
    name = ROOT
    for part in reversed(found):
        name = join(part, name)
    return name


def _unescape(text: str, position: int) -> tuple[int, int]:
    """The octet after a backslash at `position - 1`, and where to read on."""
    digits = text[position : position + 3]
    if digits[:1].isdigit():
        if len(digits) == 3 and digits.isascii() and digits.isdigit() and int(digits) <= 0xFF:
            return int(digits), position + 3
        raise FormatError("bad-escape")
    if digits and 0x21 <= ord(digits[0]) <= 0x7E:
        return ord(digits[0]), position + 1
    raise FormatError("bad-escape")
