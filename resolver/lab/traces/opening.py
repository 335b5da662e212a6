# SPDX-License-Identifier: ISC
"""Opens what a command names: files, a generator's spec, a scenario. The one door for replay, comparison and load."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from resolver.lab.traces.formats import TraceError, format_named, recognise
from resolver.lab.traces.reading import RATE, Reading
from resolver.lab.traces.rows import Columns, Row, Trace
from resolver.lab.traces.spooling import head_of, opened

if TYPE_CHECKING:
    from resolver.lab.traces.columns import Numbering


class FileTrace:
    """A `Trace` in files, one after the other. `readings` tells of the last pass what was not read, and where.

    `format_name` overrides what the first octets say; `rate` is for formats that tell no time.
    """

    def __init__(self, paths: Sequence[str], *, format_name: str | None = None, rate: float = RATE) -> None:
        from resolver.lab.traces.columns import Numbering

        self.about = ", ".join(paths)
        self.readings: list[Reading] = []
        self.formats: list[str] = []
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
        """Yield the rows as columns. Numbers stay the same from pass to pass. Raises as `rows`."""
        from resolver.lab.traces.columns import blocks_of

        return blocks_of(self.rows(), self._names, self._clients)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the order of the files. Raises TraceError when a file cannot be opened or recognised."""
        self.readings, self.formats = [], []
        timeless = 0
        for path in self._paths:
            reading = Reading("stdin" if path == "-" else Path(path).name, self._rate, timeless)
            self.readings.append(reading)
            yield from self._read(path, reading)
            timeless = reading.timeless

    def _read(self, path: str, reading: Reading) -> Iterator[Row]:
        try:
            with opened(path) as stream:
                form = self._format or recognise(head_of(stream), path)
                self.formats.append(form.name)
                yield from form.read(stream, reading)
        except (EOFError, lzma.LZMAError, zlib.error) as error:
            reading.note_bad("compression", str(error))
        except OSError as error:
            if reading.file and not isinstance(
                error, FileNotFoundError | PermissionError | IsADirectoryError
            ):
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
