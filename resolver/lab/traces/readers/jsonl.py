# SPDX-License-Identifier: ISC
"""Reads and spells our own rows as JSON, one object on a line: `{"t":0.5,"client":"…","qname":"…","qtype":"A"}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from resolver.lab.traces.reading import Reading, read_lines, read_name
from resolver.lab.traces.rows import Row, rcode_from_text
from resolver.wire import to_text
from resolver.wire.codes import rcode_to_text, type_from_text, type_to_text


class _Line(msgspec.Struct, omit_defaults=True):
    t: float
    client: str
    qname: str
    qtype: str | int
    ttl: int | None = None
    rcode: str | int | None = None
    rdata_hash: str | int | None = None
    upstream_ms: float | None = None


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows. Types and codes are mnemonics or numbers, a hash is hexadecimal text or a number."""
    return read_lines(stream, reading, _parse)


def _parse(line: str, reading: Reading) -> Row:
    said = _decode(line)
    return Row(
        said.t,
        said.client,
        read_name(said.qname),
        said.qtype if isinstance(said.qtype, int) else type_from_text(said.qtype),
        said.ttl,
        rcode_from_text(said.rcode) if isinstance(said.rcode, str) else said.rcode,
        int(said.rdata_hash, 16) if isinstance(said.rdata_hash, str) else said.rdata_hash,
        said.upstream_ms,
    )


def spell(row: Row) -> bytes:
    """Return the line of `row`, without its end; what is unknown is left out."""
    fields = texts(row)
    return _encode(_Line(row.time, row.client, *fields[:2], row.ttl, *fields[2:], row.upstream_ms))


def texts(row: Row) -> tuple[str, str, Any, Any]:
    """Return name, type, response code and hash of `row` as text; None for the last two where unknown."""
    return (
        to_text(row.name),
        type_to_text(row.rtype),
        None if row.rcode is None else rcode_to_text(row.rcode),
        None if row.rdata_hash is None else f"{row.rdata_hash:016x}",
    )
