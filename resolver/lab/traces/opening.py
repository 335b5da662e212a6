# SPDX-License-Identifier: ISC
"""Opens what a command names: files, a generator's spec, a scenario. The one door for replay, comparison and load."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from resolver.lab.traces.formats import Format, TraceError, format_named, recognise
from resolver.lab.traces.reading import RATE, Reading
from resolver.lab.traces.rows import Columns, Row, Trace
from resolver.lab.traces.spooling import head_of, opened

if TYPE_CHECKING:
    from resolver.lab.traces.columns import Numbering

T = TypeVar("T")


class FileTrace:
    """A `Trace` in files, one after the other. `readings` tells of the last pass what was not read, and where.

    `format_name` overrides what the first octets say; `rate` is for formats that tell no time.
    """

    def __init__(self, paths: Sequence[str], *, format_name: str | None = None, rate: float = RATE) -> None:
        from resolver.lab.traces.columns import Numbering

        self.about = ", ".join(paths)
        self.readings: list[Reading] = []
        self.formats: list[str] = []
        self.disordered = 0
        self._paths = tuple(paths)
        self._format = format_named(format_name) if format_name else None
        self._rate = rate
        self._names: Numbering[bytes] = Numbering()
        self._clients: Numbering[str] = Numbering()

    @property
    def names(self) -> Sequence[bytes]:
        """The wire names by number, of the blocks that were read."""
        return self._names.keys

    def client(self, number: int) -> str:
        """Return the client of that number."""
        return self._clients.keys[number]

    def blocks(self) -> Iterator[Columns]:
        """Yield the rows as columns. Numbers stay the same from pass to pass. Raises as `rows`.

        What is earlier than a row before it takes that one's time; `disordered` counts such rows.
        """
        from resolver.lab.traces.columns import blocks_of, in_order
        from resolver.lab.traces.readers import parquet

        def columns(form: Format, stream: BinaryIO, reading: Reading) -> Iterator[Columns]:
            if form.name == "parquet":
                return parquet.read_blocks(stream, reading, self._names, self._clients)
            return blocks_of(form.read(stream, reading), self._names, self._clients)

        self.disordered = 0
        return in_order(self._all(columns), self._note_disorder)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the order of the files. Raises TraceError when a file cannot be opened or recognised."""
        return self._all(lambda form, stream, reading: form.read(stream, reading))

    def _note_disorder(self, rows: int) -> None:
        self.disordered += rows

    def _all(self, read: Callable[[Format, BinaryIO, Reading], Iterator[T]]) -> Iterator[T]:
        self.readings, self.formats = [], []
        timeless = 0
        for path in self._paths:
            reading = Reading("stdin" if path == "-" else Path(path).name, self._rate, timeless)
            self.readings.append(reading)
            yield from self._one(path, reading, read)
            timeless = reading.timeless

    def _one(
        self, path: str, reading: Reading, read: Callable[[Format, BinaryIO, Reading], Iterator[T]]
    ) -> Iterator[T]:
        try:
            with opened(path) as stream:
                form = self._format or recognise(head_of(stream), path)
                self.formats.append(form.name)
                yield from read(form, stream, reading)
        except (EOFError, lzma.LZMAError, zlib.error) as error:
            reading.note_bad("compression", str(error))
        except OSError as error:
            if error.errno is None:  # a decompressor's own complaint
                reading.note_bad("compression", str(error))
                return
            raise TraceError(
                f"{path}: {error.strerror} - name a file that can be read, or - for stdin"
            ) from None


def open_trace(
    what: str,
    *,
    seed: int = 0,
    format_name: str | None = None,
    rate: float = RATE,
    changes: Mapping[str, object] = MappingProxyType({}),
) -> Trace:
    """Open `zipf:…` (a spec), `scenario:NAME`, or a file ("-" is stdin).

    `seed` and `changes` (fields of Spec) are for generated traces only. Raises TraceError and SpecError.
    """
    from resolver.lab.traces.spec import build_spec, load_scenario, read_spec
    from resolver.lab.traces.synthetic import Synthetic

    if what.startswith("scenario:"):
        scenario = load_scenario(what.removeprefix("scenario:"))
        return Synthetic(build_spec(changes, what, scenario.spec), seed)
    if what.startswith("zipf:"):
        return Synthetic(build_spec(changes, what, read_spec(what)), seed)
    return FileTrace([what], format_name=format_name, rate=rate)
