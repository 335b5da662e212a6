# SPDX-License-Identifier: ISC
"""CoreDNS's log plugin: common and combined format, IPv6 clients, a collector's timestamp in front."""

from __future__ import annotations

from resolver.lab.traces.readers import coredns
from resolver.wire import to_text
from tests.lab.traces.wrapping import rows_in

COMMON = (
    '[INFO] 192.0.2.7:40212 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra,ad 68 0.03799s\n'
)
COMBINED = '[INFO] [2001:db8::7]:40212 - 29008 0 "AAAA IN nx.example.org. tcp 41 true 1232" NXDOMAIN qr 98 0.000037s\n'


def test_common_and_combined_lines():
    rows, reading = rows_in(
        coredns.read, COMMON + COMBINED + "[INFO] plugin/reload: Running\n" + COMMON.replace(" IN ", " CH ")
    )
    assert [(row.client, to_text(row.name), row.rtype, row.rcode) for row in rows] == [
        ("192.0.2.7", "example.org.", 1, 0),
        ("2001:db8::7", "nx.example.org.", 28, 3),
    ]
    assert [row.time for row in rows] == [0.0, 0.01]
    assert dict(reading.passed) == {"lines that are no query": 1, "class CH": 1}


def test_a_timestamp_in_front_is_read():
    ((row,), reading) = rows_in(coredns.read, "2023-11-14T22:13:20.500000000Z stdout F " + COMMON)
    assert (row.time, reading.timeless) == (1700000000.5, 0)


def test_no_answer_and_bad_types():
    rows, reading = rows_in(coredns.read, COMMON.replace("NOERROR", "-") + COMMON.replace('"A ', '"NOTYPE '))
    assert [row.rcode for row in rows] == [None]
    assert reading.places == ["file:2: unknown-type"]
