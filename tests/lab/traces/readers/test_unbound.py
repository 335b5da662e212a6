# SPDX-License-Identifier: ISC
"""Unbound's log of queries and replies, as Unbound 1.17 wrote it."""

from __future__ import annotations

import pytest

from resolver.lab.traces.readers import unbound
from resolver.wire import to_text
from tests.lab.traces.wrapping import CAPTURED, rows_in


@pytest.mark.parametrize(("name", "count"), [("unbound.log", 9), ("unbound-tagged.log", 8)])
def test_the_log_of_a_real_server(name, count):
    """Queries and replies are both in it; each question is one row."""
    rows, reading = rows_in(unbound.read, (CAPTURED / name).read_bytes())
    assert len(rows) == count
    assert (to_text(rows[0].name), rows[0].rtype, rows[0].rcode, rows[0].client) == (
        "www.example.org.",
        1,
        0,
        "127.0.0.1",
    )
    assert rows[0].upstream_ms > 0
    assert rows[1].upstream_ms == 0  # from the cache
    assert [row.rcode for row in rows].count(3) == 1
    assert reading.bad == 0
    assert "lines that are no query or reply" in reading.passed


def test_queries_alone_and_replies_alone_make_the_same_rows():
    lines = (CAPTURED / "unbound-tagged.log").read_text().splitlines(keepends=True)
    queries, replies = (
        "".join(line for line in lines if f"] {kind}: " in line) for kind in ("query", "reply")
    )
    asked, answered = rows_in(unbound.read, queries)[0], rows_in(unbound.read, replies)[0]
    assert [row[:4] for row in asked] == [row[:4] for row in answered]
    assert {row.rcode for row in asked} == {None}


def test_other_times_and_bad_types():
    text = (
        "2023-11-14T22:13:20.500+00:00 unbound[7:0] info: 2001:db8::7 a.example. A IN\n"
        "Nov 14 22:13:21 unbound[7:0] info: 192.0.2.7 b.example. HTTPS IN\n"
        "[1700000000] unbound[7:0] info: 192.0.2.7 b.example. NOTYPE IN\n"
    )
    rows, reading = rows_in(unbound.read, text)
    assert sorted((row.time, row.client) for row in rows) == [
        (0.0, "192.0.2.7"),
        (1700000000.5, "2001:db8::7"),
    ]
    assert reading.timeless == 1
    assert reading.places == ["file:3: unknown-type"]
