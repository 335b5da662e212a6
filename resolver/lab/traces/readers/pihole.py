# SPDX-License-Identifier: ISC
"""Reads Pi-hole's long-term database, pihole-FTL.db: the view (in old ones the table) `queries`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, Final

from resolver.lab.traces.reading import Reading, check, read_name
from resolver.lab.traces.rows import EMPTY, Row
from resolver.lab.traces.spooling import as_file
from resolver.wire import FormatError, Rcode, Rtype

# FTL's own numbers; others are the type plus 100, and 14 was "any other" until 2021.
_ORDER: Final = "A AAAA ANY SRV SOA PTR TXT NAPTR MX DS RRSIG DNSKEY NS - SVCB HTTPS"
_TYPES: Final = {n: int(Rtype[name]) for n, name in enumerate(_ORDER.split(), 1) if name != "-"}
_OFFSET: Final = 100
_RCODES: Final = {
    1: Rcode.NOERROR,
    2: Rcode.NXDOMAIN,
    7: Rcode.SERVFAIL,
    8: Rcode.REFUSED,
    9: Rcode.NOTIMP,
} | dict.fromkeys((3, 4, 5, 6, 13), Rcode.NOERROR)
_DENIALS: Final = (1, 2)  # NODATA and NXDOMAIN
_FORWARDED: Final = 2  # the status of a question that upstream answered


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions in the order they came. It has no TTLs; in old ones, times are whole seconds."""
    with (
        as_file(stream) as path,
        closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database,
    ):
        database.text_factory = lambda octets: octets.decode("utf-8", "surrogateescape")
        try:
            columns = {column[1] for column in database.execute("PRAGMA table_info(queries)")}
            late = [name if name in columns else "NULL" for name in ("reply_type", "reply_time")]
            found = database.execute(
                f"SELECT id, timestamp, type, status, domain, client, {', '.join(late)} FROM queries "
                "ORDER BY timestamp, id"
            )
            for number, *cells in found:
                try:
                    row = check(_row(*cells))
                except (ValueError, TypeError, AttributeError, FormatError) as error:
                    reading.note_bad(f"id {number}", str(error))
                    continue
                yield row
        except sqlite3.DatabaseError as error:
            reading.note_bad("database", str(error))


def _row(
    at: float, kind: int, status: int, name: str, client: str, reply: int | None, seconds: float | None
) -> Row:
    rtype = _TYPES.get(kind) or kind - _OFFSET
    if not 0 < rtype <= 0xFFFF:
        raise ValueError(f"query type {kind}")
    rcode = _RCODES.get(reply or 0)
    waited_ms = seconds * 1000 if status == _FORWARDED and seconds is not None else None
    return Row(
        float(at),
        client,
        read_name(name),
        rtype,
        None,
        None if rcode is None else int(rcode),
        EMPTY if reply in _DENIALS else None,
        waited_ms,
    )
