# SPDX-License-Identifier: ISC
"""Reads AdGuard Home's querylog.json: one object on a line, with the whole answer in base64 where there is one."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from resolver.lab.traces.pairing import with_facts
from resolver.lab.traces.reading import Reading, read_instant, read_lines, read_name
from resolver.lab.traces.rows import Row
from resolver.telemetry.answer_facts import read_facts
from resolver.wire.codes import type_from_text


class _Line(msgspec.Struct):
    T: str
    QH: str
    QT: str
    IP: str = ""
    QC: str = "IN"
    Answer: str = ""
    OrigAnswer: str = ""
    Elapsed: int = 0  # nanoseconds
    Cached: bool = False


_decode = msgspec.json.Decoder(_Line).decode


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions. Where a filter replaced the answer, the facts are of the original one, if it is there."""
    return read_lines(stream, reading, _parse)


def _parse(line: str, reading: Reading) -> Row | None:
    said = _decode(line)
    if said.QC != "IN":
        reading.pass_over(f"class {said.QC}")
        return None
    answer = base64.b64decode(said.OrigAnswer or said.Answer, validate=True)
    waited_ms = 0.0 if said.Cached else said.Elapsed / 1e6
    row = Row(
        read_instant(said.T), said.IP, read_name(said.QH), type_from_text(said.QT), upstream_ms=waited_ms
    )
    return with_facts(row, read_facts(answer)) if answer else row
