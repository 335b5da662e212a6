# SPDX-License-Identifier: ISC
"""Data that tell their age: for every type a well-formed rdata with a version number in it, and back.

No owner and no message lives here; 2^32 versions are enough for anybody.
"""

from __future__ import annotations

from typing import Final

from resolver.wire import Rtype
from resolver.wire.rdata import LAYOUTS

_VERSION: Final = 4  # octets
_LABEL: Final = 2 * _VERSION  # as hexadecimal digits, in types whose rdata are names
_SUFFIX: Final = b"\x04data\x03lab\x00"
_IPV4: Final = 0xC612_0000  # 198.18.0.0 (RFC 2544), and on from there
_BEFORE_IPV6: Final = bytes.fromhex("20010db8") + bytes(8)  # RFC 3849


def rdata_of(rtype: int, version: int) -> bytes:
    """The rdata of that version, of at most 2^32 - 1; no two versions of a type are alike."""
    if rtype == Rtype.A:
        return (_IPV4 + version & 0xFFFF_FFFF).to_bytes(_VERSION, "big")
    layout = LAYOUTS.get(rtype)
    if layout is None:
        octets = version.to_bytes(_VERSION, "big")
        return _BEFORE_IPV6 + octets if rtype == Rtype.AAAA else bytes((_VERSION,)) + octets
    name = bytes((_LABEL,)) + f"{version:0{_LABEL}x}".encode() + _SUFFIX
    more = bytes(layout.names - 1)  # the root, for each further name
    return bytes(layout.before + layout.strings) + name + more + bytes(layout.after or 0)


def version_of(rtype: int, rdata: bytes) -> int | None:
    """The version in an rdata; None for one that `rdata_of` never makes."""
    layout = LAYOUTS.get(rtype)
    if layout is None:
        number = int.from_bytes(rdata[-_VERSION:], "big")
        version = number - _IPV4 & 0xFFFF_FFFF if rtype == Rtype.A else number
    else:
        start = layout.before + layout.strings + 1
        try:
            version = int(rdata[start : start + _LABEL], 16)
        except ValueError:
            return None
    return version if rdata_of(rtype, version) == rdata else None
