# SPDX-License-Identifier: ISC
"""Our rows as Parquet, also from other writers: plain strings, other integers, columns that are missing or bad."""

from __future__ import annotations

import pyarrow
from pyarrow.parquet import write_table

from resolver.lab.traces.columns import Numbering
from resolver.lab.traces.readers import parquet
from resolver.lab.traces.reading import Reading
from resolver.lab.traces.rows import Row
from resolver.lab.traces.spooling import opened
from tests.lab.traces.wrapping import NAME


def read(tmp_path, **columns):
    path = str(tmp_path / "t.parquet")
    write_table(pyarrow.table(columns), path)
    reading = Reading("file")
    with opened(path) as stream:
        return list(parquet.read(stream, reading)), reading


def test_plain_columns_of_other_writers_are_read(tmp_path):
    rows, reading = read(
        tmp_path,
        t=[1, 2],
        qname=["www.example.org", "www.example.org."],
        qtype=[1, 28],
        ttl=[60, None],
        more=["x", "y"],
    )
    assert rows == [Row(1.0, "", NAME, 1, 60), Row(2.0, "", NAME, 28)]
    assert reading.bad == 0


def test_bad_rows_are_told_and_left_out(tmp_path):
    rows, reading = read(
        tmp_path,
        t=[1.0, None, 3.0, 4.0, 5.0],
        qname=["a.", "a.", "a..", None, "www.example.org"],
        qtype=["A", "A", "A", "A", "A"],
        rcode=["NOERROR", "NOERROR", "NOERROR", "NOERROR", "NOERROR"],
    )
    assert [row.time for row in rows] == [1.0, 5.0]
    assert [place.split(":")[1] for place in reading.places] == ["row 2", "row 3", "row 4"]


def test_numbers_out_of_range_are_bad(tmp_path):
    rows, reading = read(
        tmp_path,
        t=[1.0, float("inf"), 3.0, 4.0, 5.0],
        qname=["a."] * 5,
        qtype=[1, 1, 70_000, 1, 1],
        ttl=[60, 60, 60, -5, 2**31 + 5],
    )
    assert [(row.time, row.ttl) for row in rows] == [(1.0, 60), (5.0, 2**31 - 1)]
    assert reading.bad == 3


def test_a_file_without_what_is_needed_or_none_at_all_is_told(tmp_path):
    rows, reading = read(tmp_path, t=[1.0])
    assert (rows, reading.places) == ([], ["file:schema: without qname, qtype"])
    (tmp_path / "x").write_bytes(b"PAR1 but no more")
    with opened(str(tmp_path / "x")) as stream:
        assert list(parquet.read(stream, reading)) == []
    assert reading.bad == 2


def test_blocks_share_one_numbering(tmp_path):
    names: Numbering[bytes] = Numbering()
    read(tmp_path, t=[1.0, 2.0], qname=["b.", "a."], qtype=["A", "A"], client=["x", None])
    for _ in range(2):
        with opened(str(tmp_path / "t.parquet")) as stream:
            (block,) = parquet.read_blocks(stream, Reading("file"), names, Numbering())
        assert block.name.tolist() == [names.number(b"\x01b\x00"), names.number(b"\x01a\x00")]
        assert block.client.tolist() == [0, -1]
    assert len(names.keys) == 2
