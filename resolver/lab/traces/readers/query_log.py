# SPDX-License-Identifier: ISC
"""Reads the query log of this resolver (`[log] queries = true`), as text or as JSON; see telemetry/query_log.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import msgspec

from resolver.lab.traces.reading import Reading, read_instant, read_lines, read_name
from resolver.lab.traces.rows import Row, rcode_from_text
from resolver.wire.codes import type_from_text

LINE: Final = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\dT\S+Z) info query: (?P<text>\S+ \S+)(?P<fields>(?: \w+=\S+)+)"
)
_json = msgspec.json.Decoder(dict[str, Any]).decode


def read(stream: BinaryIO, reading: Reading) -> Iterator[Row]:
    """Yield the questions. Lines tell when the answer left; the question came that much earlier."""
    return read_lines(stream, reading, _parse)


def _parse(line: str, reading: Reading) -> Row | None:
    fields: Mapping[str, Any]
    if line.startswith("{"):
        fields = _json(line)
    else:
        said = LINE.match(line)
        words = dict(word.split("=", 1) for word in said["fields"].split()) if said else {}
        fields = {**words, "at": said["at"], "text": said["text"], "kind": "query"} if said else {}
    if fields.get("kind") != "query":
        reading.pass_over("lines that are no query")
        return None
    try:
        return _row(fields)
    except KeyError as error:
        raise ValueError(f"without {error}") from None
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None


def _row(fields: Mapping[str, Any]) -> Row:
    name, rtype = fields["text"].rsplit(" ", 1)
    seconds = float(fields["seconds"])
    return Row(
        read_instant(fields["at"]) - seconds,
        str(fields["client"]),
        read_name(name),
        type_from_text(rtype),
        int(fields["ttl"]) if "ttl" in fields else None,
        rcode_from_text(fields["rcode"]),
        int(fields["rdata_hash"], 16) if "rdata_hash" in fields else None,
        0.0 if fields["source"] == "cache" else seconds * 1000,
    )
