# SPDX-License-Identifier: ISC
"""Our rows as CSV: columns by their names in any order, quotes, a header that lacks what is needed."""

from __future__ import annotations

from resolver.lab.traces.readers import csv_text
from resolver.lab.traces.rows import Row
from tests.lab.traces.wrapping import NAME, rows_in


def test_columns_go_by_name():
    rows, reading = rows_in(
        csv_text.read, 'qtype,remark,qname,t,ttl\nA,"x, y",www.example.org,2.5,\nA,,www.example.org,3,60\n'
    )
    assert rows == [Row(2.5, "", NAME, 1), Row(3.0, "", NAME, 1, 60)]
    assert reading.bad == 0


def test_a_header_without_what_is_needed_is_told():
    rows, reading = rows_in(csv_text.read, "t,name\n1,a\n")
    assert (rows, reading.places) == ([], ["file:1: header without qname, qtype"])


def test_bad_rows_are_told_with_their_line():
    rows, reading = rows_in(csv_text.read, "t,qname,qtype\n1,a.\n2,a.,A\nx,a.,A\n")
    assert [row.time for row in rows] == [2.0]
    assert [place.split(":")[1] for place in reading.places] == ["2", "4"]


def test_a_line_that_is_no_csv_is_told():
    rows, reading = rows_in(csv_text.read, "t,qname,qtype\n1,a\r.,A\n2,a.,A\n")
    assert [row.time for row in rows] == [2.0]
    assert reading.places[0].startswith("file:2: ")


def test_a_client_with_a_comma_is_quoted():
    line = csv_text.spell(Row(1.0, "a,b", NAME, 1))
    rows, _ = rows_in(csv_text.read, ",".join(csv_text.FIELDS).encode() + b"\n" + line + b"\n")
    assert rows == [Row(1.0, "a,b", NAME, 1)]
