# SPDX-License-Identifier: ISC
"""Writes traces: our rows as JSONL, CSV or Parquet, and dnsperf's query files. Reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from resolver.lab.traces.formats import TraceError
from resolver.lab.traces.readers import csv_text, jsonl
from resolver.lab.traces.rows import UNKNOWN, Columns, Row, Trace
from resolver.lab.traces.spooling import bare_name, created
from resolver.wire import to_text
from resolver.wire.codes import rcode_to_text, type_to_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = Iterable[Row]

_LINES: Final = 4096  # joined before they are written


def _dnsperf_line(row: Row) -> bytes:
    return f"{to_text(row.name)} {type_to_text(row.rtype)}".encode()


_SPELLINGS: Final[dict[str, tuple[bytes, Callable[[Row], bytes]]]] = {
    "jsonl": (b"", jsonl.spell),
    "csv": (",".join(csv_text.FIELDS).encode() + b"\n", csv_text.spell),
    "dnsperf": (b"", _dnsperf_line),
}
_PARQUET: Final = "parquet"
WRITTEN: Final = (*_SPELLINGS, _PARQUET)
_SUFFIXES: Final = {
    ".jsonl": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".txt": "dnsperf",
    ".parquet": _PARQUET,
}


def format_of(path: str, name: str | None = None) -> str:
    """Return the format to write: `name`, else what the name of `path` says, for stdout JSONL. Raises TraceError."""
    if name:
        return name
    if path == "-":
        return "jsonl"
    found = _SUFFIXES.get(Path(bare_name(path)).suffix)
    if found is None:
        raise TraceError(
            f"{path}: its name tells no format - name it *.jsonl, *.csv, *.parquet or *.txt (dnsperf), or give --to"
        )
    return found


def write(trace: Trace, path: str, form: str, told: Callable[[int], None] = lambda _: None) -> int:
    """Write the whole trace and return how many rows. `told` is called now and then with the rows so far.

    Raises OSError.
    """
    if form == _PARQUET:
        return _write_parquet(trace, path, told)
    heading, spell = _SPELLINGS[form]
    count = 0
    with created(path) as stream:
        stream.write(heading)
        for lines in _batches(trace.rows(), spell):
            stream.write(b"\n".join(lines) + b"\n")
            count += len(lines)
            told(count)
    return count


def _batches(rows: Iterable[Row], spell: Callable[[Row], bytes]) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    for row in rows:
        lines.append(spell(row))
        if len(lines) >= _LINES:
            yield lines
            lines = []
    if lines:
        yield lines


def _write_parquet(trace: Trace, path: str, told: Callable[[int], None]) -> int:
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    word = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    numbers = {"ttl": pyarrow.int32(), "rdata_hash": pyarrow.int64(), "upstream_ms": pyarrow.float32()}
    kinds = {"t": pyarrow.float64(), "client": word, "qname": word, "qtype": word, "rcode": word} | numbers
    schema = pyarrow.schema([(name, kinds[name]) for name in csv_text.FIELDS])
    count = 0
    with created(path) as stream, ParquetWriter(stream, schema, compression="zstd") as writer:
        for block in trace.blocks():
            writer.write_table(_table(trace, block, schema))
            count += len(block)
            told(count)
    return count


def _table(trace: Trace, block: Columns, schema: Any) -> Any:
    import numpy as np
    import pyarrow

    def words(numbers: NDArray[np.integer[Any]], spell: Callable[[int], str | None]) -> Any:
        """Each number once as text, and the column as places in that list."""
        distinct, places = np.unique(numbers, return_inverse=True)
        spelled = [spell(int(number)) for number in distinct]
        missing = np.array([text is None for text in spelled])[places]
        indices = pyarrow.array(places.astype(np.int32), mask=missing)
        return pyarrow.DictionaryArray.from_arrays(
            indices, pyarrow.array(["" if t is None else t for t in spelled])
        )

    arrays = [
        pyarrow.array(block.time),
        words(block.client, lambda number: trace.client(number) if number >= 0 else None),
        words(block.name, lambda number: to_text(trace.names[number])),
        words(block.rtype, type_to_text),
        pyarrow.array(block.ttl, mask=block.ttl == UNKNOWN),
        words(block.rcode, lambda number: None if number == UNKNOWN else rcode_to_text(number)),
        pyarrow.array(block.rdata_hash, mask=block.rdata_hash == UNKNOWN),
        pyarrow.array(block.upstream_ms, mask=np.isnan(block.upstream_ms)),
    ]
    return pyarrow.Table.from_arrays(arrays, schema=schema)
