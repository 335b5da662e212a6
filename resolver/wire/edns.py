# SPDX-License-Identifier: ISC
"""EDNS(0): the OPT pseudo-record as a value (RFC 6891), extended errors (RFC 8914), cookies (RFC 7873).

The extended response code is not here but in Message.rcode, whole. Cookies are only cut and joined here;
making and checking them needs secrets, which are others' business.
"""

import struct
from dataclasses import dataclass
from typing import Final

from resolver.wire.codes import OptionCode
from resolver.wire.errors import FormatError

__all__ = [
    "OPTIONS_MAX",
    "Edns",
    "ede_option",
    "join_cookie",
    "read_ede",
    "read_options",
    "split_cookie",
    "write_opt",
]

OPTIONS_MAX: Final = 32  # honest messages carry three or four; CVE-2026-41292 was a list of 250
DO: Final = 0x8000  # in the flags of the OPT record, RFC 3225
_OPTION: Final = struct.Struct("!HH")
_OPT: Final = struct.Struct("!BHHBBHH")  # root owner, type, size, extended rcode, version, flags, RDLENGTH
_EDE: Final = int(OptionCode.EDE)
_CLIENT_COOKIE: Final = 8  # octets, RFC 7873 section 4
_COOKIE_LENGTHS: Final = frozenset((8, *range(16, 41)))


@dataclass(frozen=True, slots=True)
class Edns:
    """What one end says of itself in OPT. The size is in octets, options are (code, data) in order."""

    udp_size: int = 1232
    version: int = 0
    do: bool = False
    flags_rest: int = 0
    options: tuple[tuple[int, bytes], ...] = ()

    def option(self, code: int) -> bytes | None:
        """The data of the first option of that code; later ones of the same code do not count."""
        for found, data in self.options:
            if found == code:
                return data
        return None


def read_options(data: bytes) -> tuple[tuple[int, bytes], ...]:
    """The options in the rdata of an OPT; those past OPTIONS_MAX are ignored. FormatError on a bad length."""
    options: list[tuple[int, bytes]] = []
    position, size = 0, len(data)
    while position < size and len(options) < OPTIONS_MAX:
        if position + 4 > size:
            raise FormatError("bad-option-length")
        code, length = _OPTION.unpack_from(data, position)
        position += 4
        end = position + length
        if end > size:
            raise FormatError("bad-option-length")
        options.append((code, data[position:end]))
        position = end
    return tuple(options)


def write_opt(edns: Edns, extended_rcode: int = 0) -> bytes:
    """The OPT record, owner and all; `extended_rcode` is the upper eight bits of the response code."""
    rdata = b"".join([_OPTION.pack(code, len(data)) + data for code, data in edns.options])
    flags = edns.flags_rest & 0x7FFF | (DO if edns.do else 0)
    return _OPT.pack(0, 41, edns.udp_size, extended_rcode, edns.version, flags, len(rdata)) + rdata


def ede_option(code: int, text: str = "") -> tuple[int, bytes]:
    """An extended error as an option (RFC 8914 section 2)."""
    return _EDE, code.to_bytes(2, "big") + text.encode()


def read_ede(edns: Edns | None) -> list[tuple[int, str]]:
    """All extended errors, as (code, text); malformed ones are skipped and bad UTF-8 is replaced."""
    if edns is None:
        return []
    return [
        (int.from_bytes(data[:2], "big"), data[2:].rstrip(b"\x00").decode("utf-8", "replace"))
        for code, data in edns.options
        if code == _EDE and len(data) >= 2
    ]


def split_cookie(data: bytes) -> tuple[bytes, bytes]:
    """A COOKIE option as (client cookie, server cookie or b""); FormatError on a length that cannot be.

    Eight octets alone, or with a server cookie of 8 to 32 (RFC 7873 section 5.2.2).
    """
    if len(data) not in _COOKIE_LENGTHS:
        raise FormatError("bad-cookie-length")
    return data[:_CLIENT_COOKIE], data[_CLIENT_COOKIE:]


def join_cookie(client: bytes, server: bytes = b"") -> tuple[int, bytes]:
    """A COOKIE option from its parts; FormatError on lengths that cannot be."""
    data = client + server
    if len(client) != _CLIENT_COOKIE or len(data) not in _COOKIE_LENGTHS:
        raise FormatError("bad-cookie-length")
    return int(OptionCode.COOKIE), data
