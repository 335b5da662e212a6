# SPDX-License-Identifier: ISC
"""Reads BIND's query log: `client @0x… 192.0.2.1#53211 (www.example.com): query: www.example.com IN A +E(0)K (…)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final

from resolver.lab.traces.reading import Reading, read_instant, read_lines, read_name
from resolver.lab.traces.rows import Row
from resolver.wire.codes import type_from_text

LINE: Final = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\dT\S+|\d\d-[A-Z][a-z]{2}-\d{4} [\d:.]+)?.*?"
    r"\bclient (?:@0x[0-9a-f]+ )?(?P<client>[^\s#]+)#\d+.*?: query: "
    r"(?P<name>\S+) (?P<class>\S+) (?P<type>\S+) (?P<flags>[-+]\S*)"
)


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions with recursion desired. Times are local to BIND and taken as UTC unless they say a zone."""
    return read_lines(stream, reading, _parse)


def _parse(line: str, reading: Reading) -> Row | None:
    said = LINE.match(line)
    if said is None:
        reading.pass_over("lines that are no query")
        return None
    if said["class"] != "IN":
        reading.pass_over(f"class {said['class']}")
        return None
    if said["flags"].startswith("-"):
        reading.pass_over("queries without RD")
        return None
    at = _instant(said["at"]) if said["at"] else reading.next_time()
    return Row(at, said["client"], read_name(said["name"]), type_from_text(said["type"]))


def _instant(text: str) -> float:
    if "T" in text:
        return read_instant(text)
    return datetime.strptime(text, "%d-%b-%Y %H:%M:%S.%f").replace(tzinfo=UTC).timestamp()
