# SPDX-License-Identifier: ISC
"""Reads the lines of CoreDNS's `log` plugin in the common and combined formats.

[INFO] 192.0.2.1:40212 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra,ad 68 0.037990251s
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from resolver.lab.traces.reading import Reading, read_instant, read_lines, read_name
from resolver.lab.traces.rows import Row, rcode_from_text
from resolver.wire.codes import type_from_text

LINE: Final = re.compile(
    r"(?:(?P<at>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[-+]\d\d:\d\d)) )?.*?"
    r"\[INFO\] \[?(?P<client>[0-9a-fA-F.:%]+?)\]?:\d+ - \d+ (?:\d+ )?"
    r'"(?P<type>\S+) (?P<class>\S+) (?P<name>\S+) \w+ \d+ \w+ \d+" (?P<rcode>\S+)'
)


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions with their codes. CoreDNS writes no time: one that a collector put in front is read."""
    return read_lines(stream, reading, _parse)


def _parse(line: str, reading: Reading) -> Row | None:
    said = LINE.match(line)
    if said is None:
        reading.pass_over("lines that are no query")
        return None
    if said["class"] != "IN":
        reading.pass_over(f"class {said['class']}")
        return None
    at = read_instant(said["at"]) if said["at"] else reading.next_time()
    rcode = None if said["rcode"] == "-" else rcode_from_text(said["rcode"])
    return Row(at, said["client"], read_name(said["name"]), type_from_text(said["type"]), rcode=rcode)
