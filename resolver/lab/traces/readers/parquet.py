# SPDX-License-Identifier: ISC
"""Reads our own rows from Parquet, batch by batch. pyarrow (extra `lab`) is imported when it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from resolver.lab.traces.readers.csv_text import FIELDS, NEEDED
from resolver.lab.traces.reading import Reading, read_name
from resolver.lab.traces.rows import Row, rcode_from_text
from resolver.lab.traces.spooling import as_file
from resolver.wire import FormatError
from resolver.wire.codes import type_from_text

BATCH: Final = 1 << 15  # rows held at a time


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows. Types and codes are mnemonics or numbers, hashes hexadecimal or numbers."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    with as_file(stream) as path:
        try:
            file = ParquetFile(path)
        except pyarrow.ArrowInvalid as error:
            reading.note_bad("footer", str(error))
            return
        yield from _rows(file, reading)


def _rows(file: Any, reading: Reading) -> Iterator[Row]:
    missing = [name for name in NEEDED if name not in file.schema_arrow.names]
    if missing:
        reading.note_bad("schema", f"without {', '.join(missing)}")
        return
    columns = [name for name in FIELDS if name in file.schema_arrow.names]
    number = 0
    for batch in file.iter_batches(BATCH, columns=columns):
        told = {name: batch.column(name).to_pylist() for name in columns}
        nothing = [None] * batch.num_rows
        for cells in zip(*(told.get(name, nothing) for name in FIELDS), strict=True):
            number += 1
            try:
                yield _row(cells)
            except (ValueError, TypeError, FormatError) as error:
                reading.note_bad(f"row {number}", str(error))


def _row(cells: tuple[Any, ...]) -> Row:
    time, client, name, rtype, ttl, rcode, rdata_hash, ms = cells
    return Row(
        float(time),
        client or "",
        read_name(name),
        type_from_text(rtype) if isinstance(rtype, str) else int(rtype),
        ttl,
        rcode_from_text(rcode) if isinstance(rcode, str) else rcode,
        int(rdata_hash, 16) if isinstance(rdata_hash, str) else rdata_hash,
        ms,
    )
