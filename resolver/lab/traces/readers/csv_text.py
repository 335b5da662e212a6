# SPDX-License-Identifier: ISC
"""Reads and spells our own rows as CSV with a header: `t,client,qname,qtype,ttl,rcode,rdata_hash,upstream_ms`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from resolver.lab.traces.readers.jsonl import texts
from resolver.lab.traces.reading import Reading, check, numbered_lines, read_name
from resolver.lab.traces.rows import Row, rcode_from_text
from resolver.wire import FormatError
from resolver.wire.codes import type_from_text

FIELDS: Final = ("t", "client", "qname", "qtype", "ttl", "rcode", "rdata_hash", "upstream_ms")
NEEDED: Final = ("t", "qname", "qtype")


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows. Columns go by their names in the header, in any order; others are ignored."""
    header: list[str] | None = None
    for number, line in numbered_lines(stream, reading):
        try:
            cells = next(csv.reader([line]))
        except csv.Error as error:
            reading.note_bad(str(number), str(error))
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            missing = [name for name in NEEDED if name not in header]
            if missing:
                reading.note_bad(str(number), f"header without {', '.join(missing)}")
                return
            continue
        try:
            row = check(_row(dict(zip(header, cells, strict=True))))
        except (ValueError, FormatError) as error:
            reading.note_bad(str(number), str(error))
            continue
        yield row


def _row(cells: Mapping[str, str]) -> Row:
    ttl, rcode = cells.get("ttl"), cells.get("rcode")
    rdata_hash, ms = cells.get("rdata_hash"), cells.get("upstream_ms")
    return Row(
        float(cells["t"]),
        cells.get("client", ""),
        read_name(cells["qname"]),
        type_from_text(cells["qtype"]),
        int(ttl) if ttl else None,
        rcode_from_text(rcode) if rcode else None,
        int(rdata_hash, 16) if rdata_hash else None,
        float(ms) if ms else None,
    )


def spell(row: Row) -> bytes:
    """Return the line of `row`, without its end; what is unknown is empty."""
    name, rtype, rcode, rdata_hash = texts(row)
    ms = None if row.upstream_ms is None else f"{row.upstream_ms:g}"
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        [
            "" if cell is None else cell
            for cell in (f"{row.time:.6f}", row.client, name, rtype, row.ttl, rcode, rdata_hash, ms)
        ]
    )
    return line.getvalue().encode()
