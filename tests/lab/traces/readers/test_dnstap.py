# SPDX-License-Identifier: ISC
"""dnstap: as BIND 9.18 wrote it, and frames made by hand; unknown fields, broken frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.readers import dnstap
from resolver.wire import to_text
from tests.lab.traces.wrapping import CAPTURED, query, response, rows_in
from tests.lab.traces.wrapping import dnstap as frames

ENDS = {4: bytes([192, 0, 2, 7]), 5: bytes([192, 0, 2, 53]), 6: 4242, 7: 53}
ASKED = {1: 5, 8: 1_700_000_000, 9: 250_000_000, 10: query()} | ENDS
ANSWERED = {1: 6, 8: 1_700_000_000, 9: 250_000_000, 12: 1_700_000_000, 13: 500_000_000, 14: response()} | ENDS


def test_what_bind_wrote():
    """Its frames are out of order, and it calls AUTH_QUERY what its clients ask of its own zone."""
    rows, reading = rows_in(dnstap.read, (CAPTURED / "named.tap").read_bytes())
    assert [(to_text(row.name), row.rtype, row.ttl, row.rcode) for row in rows] == [
        ("www.example.org.", 1, 60, 0),
        ("www.example.org.", 1, 60, 0),
        ("www.example.org.", 28, 120, 0),
        ("alias.example.org.", 1, 30, 0),
        ("nx.example.org.", 1, 900, 3),
        ("www.example.org.", 15, 900, 0),
        ("mail.example.org.", 15, 3600, 0),
    ]
    assert [row.time for row in rows] == sorted(row.time for row in rows)
    assert reading.bad == 0


@pytest.mark.parametrize("messages", [[ASKED, ANSWERED], [ANSWERED, ASKED], [ANSWERED]])
def test_a_question_is_one_row_whatever_was_told_of_it(messages):
    ((row,), _) = rows_in(dnstap.read, frames(messages))
    assert (row.time, row.client, row.ttl, row.rcode) == (1_700_000_000.25, "192.0.2.7", 300, 0)


def test_unknown_fields_are_skipped():
    strange = {2: 1, 3: 1, 11: b"\x00", 15: b"\x0a\x03rpz", 16: 2, 99: 7} | ASKED
    rows, reading = rows_in(dnstap.read, frames([strange]))
    assert (len(rows), reading.bad) == (1, 0)


def test_what_a_resolver_asks_is_passed_over():
    rows, reading = rows_in(dnstap.read, frames([ASKED | {1: 3}, ANSWERED | {1: 8}]))
    assert rows == []
    assert dict(reading.passed) == {"messages of servers among themselves": 2}


def test_bad_frames_are_told_and_reading_goes_on():
    rows, reading = rows_in(dnstap.read, frames([ASKED | {10: b"short"}, ASKED]))
    assert len(rows) == 1
    assert reading.places == ["file:frame 2: truncated"]


def test_a_stream_that_breaks_off_is_told():
    octets = frames([ASKED, ANSWERED])
    rows, reading = rows_in(dnstap.read, octets[:-40])
    assert (len(rows), reading.bad) == (1, 1)


@given(st.binary(max_size=60))
def test_no_octets_make_it_raise(octets):
    rows_in(dnstap.read, octets)
    rows_in(dnstap.read, frames([])[:-12] + len(octets).to_bytes(4) + octets)
