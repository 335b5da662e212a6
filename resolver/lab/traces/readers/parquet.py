# SPDX-License-Identifier: ISC
"""Reads our own rows from Parquet, batch by batch, as columns or one by one. pyarrow is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

from resolver.lab.traces.readers.csv_text import FIELDS, NEEDED
from resolver.lab.traces.reading import Reading, read_name
from resolver.lab.traces.rows import UNKNOWN, Columns, Row, rcode_from_text
from resolver.lab.traces.spooling import as_file
from resolver.wire import FormatError
from resolver.wire.codes import type_from_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from resolver.lab.traces.columns import Numbering

BATCH: Final = 1 << 19  # rows held at a time, about 40 MB: each word is looked up once in them
_UINT16_MAX: Final = 0xFFFF
_RCODE_MAX: Final = 0xFFF
_INT32_MAX: Final = 2**31 - 1
_UINT32_MAX: Final = 2**32 - 1
_BAD: Final = -2  # of a word that cannot be read
N = TypeVar("N", bound="np.generic")


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows. Types and codes are mnemonics or numbers, hashes numbers."""
    from resolver.lab.traces.columns import Numbering, rows_of

    names: Numbering[bytes] = Numbering()
    clients: Numbering[str] = Numbering()
    for block in read_blocks(stream, reading, names, clients):
        yield from rows_of(block, names.keys, clients.keys.__getitem__)


def read_blocks(
    stream: BinaryIO, reading: Reading, names: Numbering[bytes], clients: Numbering[str]
) -> Iterator[Columns]:
    """Yield the rows as columns, each word read once in a batch. Rows with bad words are counted and left out."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    with as_file(stream) as path:
        try:
            file = ParquetFile(path)
            told = [name for name in FIELDS if name in file.schema_arrow.names]
            missing = [name for name in NEEDED if name not in told]
            if missing:
                reading.note_bad("schema", f"without {', '.join(missing)}")
                return
            begins = 0
            numbers: dict[Any, int] = {}  # of every word of the file, so that each is read once
            for batch in file.iter_batches(BATCH, columns=told):
                yield from _block(_Batch(batch, told, reading, begins, numbers), names, clients)
                begins += batch.num_rows
        except pyarrow.ArrowException as error:
            reading.note_bad("file", str(error))


class _Batch:
    """One batch of rows, the first of which is number `begins` of the file, from 0."""

    def __init__(
        self, batch: Any, told: list[str], reading: Reading, begins: int, numbers: dict[Any, int]
    ) -> None:
        self._batch = batch
        self._told = told
        self._reading = reading
        self._begins = begins
        self._numbers = numbers

    def numbers(self, name: str, kind: type[N], nothing: float) -> NDArray[N]:
        """Return a column of numbers, `nothing` where there is none. Raises pyarrow.ArrowException for other types."""
        import numpy as np
        import pyarrow

        if name not in self._told:
            return np.full(self._batch.num_rows, nothing, kind)
        wide = pyarrow.float64() if issubclass(kind, np.floating) else pyarrow.int64()
        column = self._batch.column(name).cast(wide).fill_null(nothing)
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=kind)

    def words(self, name: str, read: Callable[[Any], int]) -> NDArray[np.int64]:
        """Return a column of words or codes as numbers; UNKNOWN where there is none, _BAD where `read` refuses it."""
        import numpy as np

        if name not in self._told:
            return np.full(self._batch.num_rows, UNKNOWN, np.int64)
        column = self._batch.column(name)
        if not hasattr(column, "dictionary"):
            column = column.dictionary_encode()
        words = column.dictionary.to_pylist()
        numbers = np.array([*(self._number(name, word, read) for word in words), UNKNOWN], np.int64)
        places = column.indices.fill_null(len(numbers) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(numbers[places])

    def good(self, *checks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows pass all `checks`, and note the others."""
        import numpy as np

        good = np.logical_and.reduce(checks)
        for number in np.flatnonzero(~good).tolist():
            self._reading.note_bad(f"row {self._begins + number + 1}", "cannot be read or is out of range")
        return np.asarray(good)

    def _number(self, name: str, word: Any, read: Callable[[Any], int]) -> int:
        number = self._numbers.get((name, word))
        if number is None:
            try:
                number = read(word)
            except (ValueError, TypeError, AttributeError, FormatError):
                number = _BAD
            self._numbers[name, word] = number
        return number


def _block(batch: _Batch, names: Numbering[bytes], clients: Numbering[str]) -> Iterator[Columns]:
    import numpy as np

    time = batch.numbers("t", np.float64, np.nan)
    client = batch.words("client", lambda text: clients.number(text) if text else UNKNOWN)
    name = batch.words("qname", lambda text: names.number(read_name(text)))
    rtype = batch.words("qtype", lambda word: type_from_text(word) if isinstance(word, str) else int(word))
    rcode = batch.words("rcode", lambda word: rcode_from_text(word) if isinstance(word, str) else int(word))
    ttl = batch.numbers("ttl", np.int64, UNKNOWN)
    rdata_hash = batch.numbers("rdata_hash", np.int64, UNKNOWN)
    ms = batch.numbers("upstream_ms", np.float64, np.nan)
    # A row has to have a time, a name and a type; the rest may be unknown, but not out of range.
    good = batch.good(
        np.isfinite(time),
        name >= 0,
        (rtype >= 0) & (rtype <= _UINT16_MAX),
        (rcode >= UNKNOWN) & (rcode <= _RCODE_MAX),
        (ttl >= UNKNOWN) & (ttl <= _UINT32_MAX),
        rdata_hash >= UNKNOWN,
        np.isnan(ms) | ((ms >= 0) & np.isfinite(ms)),
    )
    if good.any():
        yield Columns(
            time[good],
            client[good].astype(np.int32),
            name[good].astype(np.int32),
            rtype[good].astype(np.uint16),
            np.minimum(ttl[good], _INT32_MAX).astype(np.int32),
            rcode[good].astype(np.int16),
            rdata_hash[good],
            ms[good].astype(np.float32),
        )
