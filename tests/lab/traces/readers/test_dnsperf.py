# SPDX-License-Identifier: ISC
"""dnsperf's query files: a name and a type; comments, options and bad types."""

from __future__ import annotations

from resolver.lab.traces.readers import dnsperf
from resolver.wire import to_text
from tests.lab.traces.wrapping import rows_in


def test_names_types_and_a_time_at_the_given_rate():
    rows, reading = rows_in(
        dnsperf.read, "; names\nWWW.example.org A\na.example TYPE65 xyz\nb.example\n", rate=2.0
    )
    assert [(row.time, to_text(row.name), row.rtype) for row in rows] == [
        (0.0, "www.example.org.", 1),
        (0.5, "a.example.", 65),
        (1.0, "b.example.", 1),
    ]
    assert (reading.bad, reading.timeless) == (0, 3)


def test_bad_types_and_names_are_told():
    rows, reading = rows_in(dnsperf.read, "a.example NOTYPE\na..example A\nb.example A\n")
    assert len(rows) == 1
    assert reading.places == ["file:1: unknown-type", "file:2: bad-label-length"]
