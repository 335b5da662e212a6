# SPDX-License-Identifier: ISC
"""AdGuard Home's query log: the answer's own TTL and data, filters, the cache, lines that are broken."""

from __future__ import annotations

import base64
import json

from resolver.lab.traces.readers import adguard
from resolver.wire import Record, Rtype
from tests.lab.traces.wrapping import NAME, response, rows_in

ENTRY = {
    "T": "2023-11-15T00:13:20.519796+02:00", "QH": "www.example.org", "QT": "A", "QC": "IN", "CP": "",
    "IP": "192.0.2.7", "Upstream": "https://dns.example/dns-query", "Elapsed": 12_500_000, "Result": {},
}  # fmt: skip


def entry(**changes):
    return json.dumps(ENTRY | changes) + "\n"


def answer(*octets):
    return base64.b64encode(response([Record(NAME, Rtype.A, 1, 300, bytes(octets))])).decode()


def test_a_line_with_its_answer():
    ((row,), _) = rows_in(adguard.read, entry(Answer=answer(192, 0, 2, 80)))
    assert (round(row.time, 3), row.client, row.name, row.rtype) == (1700000000.52, "192.0.2.7", NAME, 1)
    assert (row.ttl, row.rcode, row.upstream_ms) == (300, 0, 12.5)
    assert row.rdata_hash > 0


def test_the_original_answer_counts_where_a_filter_put_another():
    blocked = entry(Answer=answer(0, 0, 0, 0), OrigAnswer=answer(192, 0, 2, 80))
    plain = entry(Answer=answer(192, 0, 2, 80), Cached=True)
    rows, _ = rows_in(adguard.read, blocked + plain)
    assert rows[0].rdata_hash == rows[1].rdata_hash
    assert rows[1].upstream_ms == 0


def test_without_an_answer_nothing_of_it_is_known():
    rows, reading = rows_in(adguard.read, entry() + entry(Answer="AAAA") + entry(QC="CH"))
    assert [row.ttl for row in rows] == [None, None]
    assert dict(reading.passed) == {"class CH": 1}


def test_broken_lines_are_told():
    rows, reading = rows_in(
        adguard.read, entry()[:-20] + "\n" + entry(T="12/09/1998") + entry(Answer="%") + entry(QT="NOTYPE")
    )
    assert rows == []
    assert [place.split(":")[1] for place in reading.places] == ["1", "2", "3", "4"]
