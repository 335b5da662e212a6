# SPDX-License-Identifier: ISC
"""Reads Unbound's log with `log-queries: yes`, `log-replies: yes`, or both.

[1700000000] unbound[123:0] info: 192.0.2.1 www.example.com. A IN
[1700000000] unbound[123:0] reply: 192.0.2.1 www.example.com. A IN NOERROR 0.012345 0 60
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from resolver.lab.traces.pairing import Pairing
from resolver.lab.traces.reading import Reading, numbered_lines, read_instant, read_name
from resolver.lab.traces.rows import Row, rcode_from_text
from resolver.wire import FormatError
from resolver.wire.codes import type_from_text

LINE: Final = re.compile(
    r"(?:\[(?P<unix>\d+)\]|(?P<iso>\d{4}-\d\d-\d\dT\S+)|.*?) ?unbound\[[\d:]+\] (?:info|query|reply): "
    r"(?P<client>[0-9a-fA-F.:]+(?:%\S+)?) (?P<name>\S+) (?P<type>[A-Z0-9-]+) IN"
    r"(?: (?P<rcode>[A-Z]+\d*) (?P<seconds>\d+\.\d+) (?P<cached>[01]) \d+)?(?:\s|$)"
)


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions; where replies are logged, with code and upstream time. Seconds are the log's resolution."""
    pairing = Pairing(repeats=True)  # the log tells no message ID, and has a line for every time
    for number, line in numbered_lines(stream, reading):
        said = LINE.match(line)
        if said is None:
            reading.pass_over("lines that are no query or reply")
            continue
        try:
            row = _row(said, reading)
        except (ValueError, FormatError) as error:
            reading.note_bad(str(number), str(error))
            continue
        key = (row.client, row.name, row.rtype)
        if said["rcode"] is None:
            pairing.ask(key, row)
        else:
            pairing.answer(key, row)
        yield from pairing.ready(row.time)
    yield from pairing.drain()


def _row(said: re.Match[str], reading: Reading) -> Row:
    if said["unix"] or said["iso"]:
        at = float(said["unix"]) if said["unix"] else read_instant(said["iso"])
    else:
        at = reading.next_time()
    row = Row(at, said["client"], read_name(said["name"]), type_from_text(said["type"]))
    if said["rcode"] is None:
        return row
    waited_ms = 0.0 if said["cached"] == "1" else float(said["seconds"]) * 1000
    return row._replace(rcode=rcode_from_text(said["rcode"]), upstream_ms=waited_ms)
