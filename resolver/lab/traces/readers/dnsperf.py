# SPDX-License-Identifier: ISC
"""Reads dnsperf's and resperf's query files: `name type` on a line. They tell no time, client or answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from resolver.lab.traces.reading import Reading, read_lines, read_name
from resolver.lab.traces.rows import Row
from resolver.wire import Rtype
from resolver.wire.codes import type_from_text


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions, `reading.rate` of them a second. A line's third word and what follows are options."""
    return read_lines(stream, reading, _parse)


def _parse(line: str, reading: Reading) -> Row | None:
    if line.startswith((";", "#")):
        return None
    words = line.split()
    rtype = type_from_text(words[1]) if len(words) > 1 else int(Rtype.A)
    return Row(reading.next_time(), "", read_name(words[0]), rtype)
