# SPDX-License-Identifier: ISC
"""What every reader shares: the protocol, the account of what was not read, lines of bounded length.

No format lives here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final, Protocol

from resolver.lab.traces.rows import Row
from resolver.wire import FormatError, from_text, key_of

RATE: Final = 100.0  # rows a second of sources that tell no time
PLACES: Final = 20  # of bad rows that are remembered; all are counted
_UINT16_MAX: Final = 0xFFFF
_UINT32_MAX: Final = 0xFFFFFFFF  # a TTL on the wire; above 2^31 it means zero (RFC 2181 section 8)
_RCODE_MAX: Final = 0xFFF  # 12 bits with EDNS (RFC 6891 section 6.1.3)
_HASH_MAX: Final = 2**63 - 1
LINE_MAX: Final = 1 << 16  # octets: an AdGuard line with a whole answer in it is far below


class Reading:
    """The account of one file: what was bad and where, and what was well-formed but no question of a client.

    `rate` gives a time to rows whose source tells none: the k-th comes at k / rate.
    """

    def __init__(self, file: str, rate: float = RATE, timeless: int = 0) -> None:
        self.file = file
        self.rate = rate
        self.timeless = timeless  # rows without a time so far, those of files before this one among them
        self.bad = 0
        self.places: list[str] = []
        self.passed: Counter[str] = Counter()

    def note_bad(self, place: str, why: str) -> None:
        """Count a bad row; `place` is a line or packet, `why` a few words."""
        self.bad += 1
        if len(self.places) < PLACES:
            self.places.append(f"{self.file}:{place}: {why}")

    def pass_over(self, why: str) -> None:
        """Count something that is well-formed and no question of a client."""
        self.passed[why] += 1

    def next_time(self) -> float:
        """Return the time of the next row without one, in seconds."""
        self.timeless += 1
        return (self.timeless - 1) / self.rate


class Reader(Protocol):
    """Yields the rows of one stream in its order. Raises nothing for what stands in it: that goes to `reading`."""

    def __call__(self, stream: BinaryIO, reading: Reading) -> Iterator[Row]:
        """Yield the rows of `stream`."""
        ...


Parse = Callable[[str, Reading], Row | None]


def read_lines(stream: BinaryIO, reading: Reading, parse: Parse) -> Iterator[Row]:
    """Yield `parse` of every line; its ValueError or FormatError makes a bad row, its None is passed over."""
    for number, line in numbered_lines(stream, reading):
        try:
            row = parse(line, reading)
            if row is not None:
                check(row)
        except (ValueError, FormatError, OverflowError) as error:
            reading.note_bad(str(number), str(error) or type(error).__name__)
            continue
        if row is not None:
            yield row


def check(row: Row) -> Row:
    """Return `row` itself if its numbers are possible. Raises ValueError: text can spell what no message can hold."""
    if not math.isfinite(row.time):
        raise ValueError("time is not finite")
    if not 0 <= row.rtype <= _UINT16_MAX:
        raise ValueError("type out of range")
    if row.ttl is not None and not 0 <= row.ttl <= _UINT32_MAX:
        raise ValueError("TTL out of range")
    if row.rcode is not None and not 0 <= row.rcode <= _RCODE_MAX:
        raise ValueError("response code out of range")
    if row.rdata_hash is not None and not 0 <= row.rdata_hash <= _HASH_MAX:
        raise ValueError("hash out of range")
    if row.upstream_ms is not None and not 0 <= row.upstream_ms < math.inf:
        raise ValueError("upstream time out of range")
    return row


def numbered_lines(stream: BinaryIO, reading: Reading) -> Iterator[tuple[int, str]]:
    """Yield the number, from 1, and the text of each line that is not blank; one without end is a bad row."""
    number = 0
    while raw := stream.readline(LINE_MAX):
        number += 1
        if len(raw) == LINE_MAX and not raw.endswith(b"\n"):
            reading.note_bad(str(number), "line too long")
            while (raw := stream.readline(LINE_MAX)) and not raw.endswith(b"\n"):
                pass
            continue
        try:
            line = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            reading.note_bad(str(number), "not UTF-8")
            continue
        if line and not line.isspace():
            yield number, line


_names: dict[str, bytes] = {}
_NAMES_MAX: Final = 1 << 16


def read_name(text: str) -> bytes:
    """Return the folded wire name of `text`; Unicode becomes A-labels. Raises FormatError or UnicodeError.

    Remembers the last names: traces repeat themselves, and reading a name is what costs most in a text format.
    """
    name = _names.get(text)
    if name is None:
        name = key_of(from_text(text if text.isascii() else text.encode("idna").decode("ascii")))
        if len(_names) >= _NAMES_MAX:
            _names.clear()
        _names[text] = name
    return name


def read_instant(text: str) -> float:
    """Return the UNIX time of an ISO 8601 instant; without a zone it is taken as UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
