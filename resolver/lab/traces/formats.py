# SPDX-License-Identifier: ISC
"""The table of formats, and which of them a file is: by its first octets, never by guessing from half a match.

No format's own knowledge lives here beyond what it takes to recognise it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from resolver.errors import ResolverError
from resolver.lab.traces import captures
from resolver.lab.traces.readers import (
    adguard,
    bind,
    coredns,
    csv_text,
    dnsperf,
    dnstap,
    jsonl,
    parquet,
    pcap,
    pihole,
    query_log,
    unbound,
    zeek,
)
from resolver.lab.traces.reading import Reader
from resolver.wire import FormatError
from resolver.wire.codes import type_from_text


class TraceError(ResolverError):
    """A trace that cannot be opened or recognised; its text is `what - what to do`."""


class Format(NamedTuple):
    """One format: its name on the command line, what it is, its reader, and how its first octets look."""

    name: str
    about: str
    read: Reader
    looks: Callable[[bytes], bool]


_LINES_LOOKED_AT: Final = 200  # a server's log may begin with lines about its start


def _keys(*keys: str) -> Callable[[bytes], bool]:
    """Return whether the first line is a JSON object with all of `keys`."""
    wanted = [f'"{key}"'.encode() for key in keys]

    def looks(head: bytes) -> bool:
        line = head.lstrip().partition(b"\n")[0]
        return line.startswith(b"{") and all(key in line for key in wanted)

    return looks


def _some_line(pattern: re.Pattern[str]) -> Callable[[bytes], bool]:
    def looks(head: bytes) -> bool:
        lines = head.decode("utf-8", "replace").splitlines()[:_LINES_LOOKED_AT]
        return any(pattern.match(line) for line in lines)

    return looks


def _query_log_lines(head: bytes) -> bool:
    return _keys("at", "level", "kind")(head) or b'"kind":"query"' in head or _some_line(query_log.LINE)(head)


def _csv_header(head: bytes) -> bool:
    cells = [cell.strip() for cell in head.partition(b"\n")[0].decode("utf-8", "replace").split(",")]
    return set(csv_text.NEEDED) <= set(cells)


def _name_and_type(head: bytes) -> bool:
    lines = [line.split() for line in head.decode("utf-8", "replace").splitlines()[:_LINES_LOOKED_AT]]
    lines = [words for words in lines if words and not words[0].startswith((";", "#"))]
    if not lines or not 1 < len(lines[0]) <= 3:
        return False
    try:
        type_from_text(lines[0][1])
    except FormatError:
        return False
    return True


# In the order they are tried: what has a magic number first, what looks like anything last.
FORMATS: Final = (
    Format(
        "pcap",
        "packet capture, pcap or pcapng: UDP and TCP 53",
        pcap.read,
        lambda h: h[:4] in captures.MAGICS,
    ),
    Format("dnstap", "dnstap in Frame Streams", dnstap.read, lambda h: dnstap.CONTENT in h[:128]),
    Format("parquet", "our rows as Parquet", parquet.read, lambda h: h.startswith(b"PAR1")),
    Format("pihole", "Pi-hole's pihole-FTL.db", pihole.read, lambda h: h.startswith(b"SQLite format 3\0")),
    Format(
        "zeek",
        "Zeek's dns.log, TSV or JSON",
        zeek.read,
        lambda h: (
            h.startswith(b"#separator") or _keys("ts", "id.orig_h", "query")(h) or _keys("ts", "uid")(h)
        ),
    ),
    Format("adguard", "AdGuard Home's querylog.json", adguard.read, _keys("QH", "QT")),
    Format("jsonl", "our rows as JSON, one on a line", jsonl.read, _keys("t", "qname", "qtype")),
    Format("query-log", "this resolver's query log, text or JSON", query_log.read, _query_log_lines),
    Format("csv", "our rows as CSV with a header", csv_text.read, _csv_header),
    Format("bind", "BIND's query log", bind.read, _some_line(bind.LINE)),
    Format("unbound", "Unbound's log-queries and log-replies", unbound.read, _some_line(unbound.LINE)),
    Format("coredns", "CoreDNS's log plugin", coredns.read, _some_line(coredns.LINE)),
    Format("dnsperf", "dnsperf's query file: name and type", dnsperf.read, _name_and_type),
)
NAMES: Final = tuple(each.name for each in FORMATS)


def format_named(name: str) -> Format:
    """Return the format `name`. Raises TraceError with the names there are."""
    for each in FORMATS:
        if each.name == name:
            return each
    raise TraceError(f"{name!r}: no such trace format - there are {', '.join(NAMES)}")


def recognise(head: bytes, file: str) -> Format:
    """Return the format of a file that begins with `head`. Raises TraceError when none fits."""
    for each in FORMATS:
        if each.looks(head):
            return each
    if not head:
        raise TraceError(f"{file} is empty - give a trace with questions in it")
    raise TraceError(
        f"{file} is in no format that is known by its first octets - name the format with --from {'|'.join(NAMES)}"
    )
