# SPDX-License-Identifier: ISC
"""The lines of a cache file: a header, one entry each, and the end, which says how many there were. No file is opened.

{"schema":1,"format":"resolver-cache","wall":1795228800.0}
{"name":"www.example.","type":"A", … }
{"end":1}
"""

from __future__ import annotations

from typing import Final

import msgspec

from resolver.errors import ResolverError
from resolver.persistence.form import BadForm, EntryForm

FORMAT: Final = "resolver-cache"
SCHEMA: Final = 1
# A clock may be off by so many seconds; what was written later than that has an age that nobody knows.
_CLOCKS_DIFFER_S: Final = 300.0
LINE_MAX: Final = 1 << 20  # octets; an entry of 64 KiB is less than two hundred thousand


class ForeignFile(ResolverError):
    """What is not a cache file of ours, or not a whole one."""


class Header(msgspec.Struct, frozen=True):
    """The first line: `wall` is the UNIX time that ages count from."""

    schema: int
    format: str
    wall: float


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last line: how many entries stand before it. Without it the file is cut short."""

    end: int


_encoder: Final = msgspec.json.Encoder()
_entries: Final = msgspec.json.Decoder(EntryForm)
_headers: Final = msgspec.json.Decoder(Header)
_endings: Final = msgspec.json.Decoder(Ending)


def header_line(wall: float) -> bytes:
    """The first line of what is written at `wall`."""
    return _encoder.encode(Header(SCHEMA, FORMAT, wall)) + b"\n"


def entry_line(form: EntryForm) -> bytes:
    """One entry."""
    return _encoder.encode(form) + b"\n"


def ending_line(entries: int) -> bytes:
    """The last line."""
    return _encoder.encode(Ending(entries)) + b"\n"


def read_header(line: bytes) -> Header:
    """Read the first line. Raises ForeignFile."""
    try:
        header = _headers.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ForeignFile("its first line is no header of a cache file") from None
    if header.format != FORMAT:
        raise ForeignFile(f"it is a {header.format[:40]!r}, not a {FORMAT!r}")
    if header.schema != SCHEMA:
        raise ForeignFile(f"it has schema {header.schema}; this resolver reads {SCHEMA}")
    return header


def elapsed(written_at: float, wall: float) -> float:
    """Seconds from one UNIX time to the other. Raises ForeignFile for what was written in the future.

    After a month without power a machine may start in 1970: nothing it has kept may then pass for new.
    """
    if written_at > wall + _CLOCKS_DIFFER_S:
        ahead = f"{written_at - wall:.0f} s ahead of this machine's clock"
        raise ForeignFile(f"it was written {ahead}, so how old it is cannot be told")
    return max(0.0, wall - written_at)


def read_entry(line: bytes) -> EntryForm | Ending:
    """Read any other line. Raises BadForm."""
    if line.startswith(b'{"end":'):
        try:
            return _endings.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # then it is no entry either, which is said below
    try:
        return _entries.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadForm(str(error)) from None
