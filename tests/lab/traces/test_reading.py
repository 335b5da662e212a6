# SPDX-License-Identifier: ISC
"""What readers share: bad lines with their places, lines without end, names in any script, instants."""

from __future__ import annotations

import io

import pytest

from resolver.lab.traces.reading import (
    LINE_MAX,
    PLACES,
    Reading,
    numbered_lines,
    read_instant,
    read_lines,
    read_name,
)
from resolver.lab.traces.rows import Row
from resolver.wire import FormatError


def only_numbers(line, reading):
    return None if line == "skip" else Row(float(line), "", b"\x00", 1)


def test_a_bad_line_is_told_with_its_place_and_reading_goes_on():
    reading = Reading("day.log")
    rows = list(read_lines(io.BytesIO(b"1\nnonsense\n\nskip\n2\n"), reading, only_numbers))
    assert [row.time for row in rows] == [1.0, 2.0]
    assert reading.bad == 1
    assert reading.places[0].startswith("day.log:2: could not convert")


def test_all_bad_lines_are_counted_and_the_first_remembered():
    reading = Reading("day.log")
    assert not list(read_lines(io.BytesIO(b"x\n" * 1000), reading, only_numbers))
    assert (reading.bad, len(reading.places)) == (1000, PLACES)


def test_a_line_without_end_is_passed_in_bounded_memory():
    reading = Reading("day.log")
    octets = b"a\n" + b"x" * (3 * LINE_MAX) + b"\nb\n\xff\n"
    assert list(numbered_lines(io.BytesIO(octets), reading)) == [(1, "a"), (3, "b")]
    assert reading.places == ["day.log:2: line too long", "day.log:4: not UTF-8"]


def test_names_are_folded_and_unicode_becomes_a_labels():
    assert read_name("WWW.Example.") == b"\x03www\x07example\x00"
    assert read_name("münchen.example") == b"\x0exn--mnchen-3ya\x07example\x00"
    with pytest.raises((FormatError, UnicodeError)):
        read_name("a" * 64 + ".example")


def test_rows_without_a_time_come_at_the_rate_that_was_given():
    reading = Reading("q.txt", rate=4.0)
    assert [reading.next_time() for _ in range(3)] == [0.0, 0.25, 0.5]


def test_instants_without_a_zone_are_utc():
    assert read_instant("2023-11-14T22:13:20") == read_instant("2023-11-15T00:13:20+02:00") == 1_700_000_000
