# SPDX-License-Identifier: ISC
"""Reads Zeek's dns.log, as TSV with its `#fields` header or as JSON. One line is a question with its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, BinaryIO, Final

import msgspec

from resolver.lab.traces.reading import Reading, check, numbered_lines, read_instant, read_name
from resolver.lab.traces.rows import EMPTY, Row
from resolver.wire import FormatError, Rcode

_NEGATIVE: Final = (int(Rcode.NOERROR), int(Rcode.NXDOMAIN))
_json = msgspec.json.Decoder().decode


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the rows. The TTL of a negative answer is not in this log; `rtt` is the client's wait, not upstream's."""
    layout = _Layout()
    for number, line in numbered_lines(stream, reading):
        try:
            cells = _json(line) if line.startswith("{") else layout.cells(line)
            row = _row(cells, reading) if cells else None
            if row is not None:
                check(row)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, FormatError) as error:
            reading.note_bad(str(number), f"{type(error).__name__}: {error}")
            continue
        if row is not None:
            yield row


class _Layout:
    """The header of a TSV log: separators, the words for nothing, and the fields' order."""

    def __init__(self) -> None:
        self._separator, self._set = "\t", ","
        self._nothing = {"-", "(empty)"}
        self._fields: list[str] = []

    def cells(self, line: str) -> dict[str, Any] | None:
        """Return the fields of a line that have a value, lists as lists; None for a line of the header."""
        if line.startswith("#"):
            self._learn(line)
            return None
        values = line.split(self._separator)
        if len(values) != len(self._fields):
            raise ValueError(f"{len(values)} fields, the header has {len(self._fields)}")
        told = {f: v for f, v in zip(self._fields, values, strict=True) if v not in self._nothing}
        lists = {name: told[name].split(self._set) for name in ("answers", "TTLs") if name in told}
        return told | lists

    def _learn(self, line: str) -> None:
        if line.startswith("#separator"):
            spelled = line.partition(" ")[2].encode().decode("unicode_escape")
            if not spelled:
                raise ValueError("no separator")
            self._separator = spelled
            return
        word, *rest = line.split(self._separator)
        if word == "#fields":
            self._fields = rest
        elif word == "#set_separator" and rest:
            self._set = rest[0]
        elif word in ("#unset_field", "#empty_field") and rest:
            self._nothing.add(rest[0])


def _row(cells: Mapping[str, Any], reading: Reading) -> Row | None:
    if cells.get("query") is None or cells.get("qtype") is None:
        reading.pass_over("connections without a question")
        return None
    at = cells["ts"]
    rcode = None if cells.get("rcode") is None else int(cells["rcode"])
    ttls = [int(float(ttl)) for ttl in cells.get("TTLs") or ()]
    return Row(
        read_instant(at) if isinstance(at, str) and "T" in at else float(at),
        str(cells.get("id.orig_h", "")),
        read_name(cells["query"]),
        int(cells["qtype"]),
        min(ttls, default=None),
        rcode,
        _hash(cells.get("answers") or [], rcode),
    )


def _hash(answers: Sequence[str], rcode: int | None) -> int | None:
    if not answers:
        return EMPTY if rcode in _NEGATIVE else None
    text = "\0".join(sorted(answer.lower() for answer in answers)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1 or 1
