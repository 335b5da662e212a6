# SPDX-License-Identifier: ISC
"""The one door: files in a row, specs and scenarios; broken and missing files."""

from __future__ import annotations

import gzip

import pytest

from resolver.lab.traces.formats import TraceError
from resolver.lab.traces.opening import FileTrace, open_trace
from resolver.lab.traces.spec import SpecError
from resolver.lab.traces.writing import write

ROW = b'{"t":%d,"client":"c","qname":"%s.example.","qtype":"A"}\n'


def test_files_follow_one_another_under_one_numbering(tmp_path):
    (tmp_path / "1.jsonl").write_bytes(ROW % (1, b"a") + ROW % (2, b"b"))
    (tmp_path / "2.jsonl").write_bytes(ROW % (1, b"b") + ROW % (3, b"c"))
    trace = FileTrace([str(tmp_path / "1.jsonl"), str(tmp_path / "2.jsonl")])
    for _ in range(2):  # the second pass gives the same numbers
        blocks = list(trace.blocks())
        assert [number for block in blocks for number in block.name.tolist()] == [0, 1, 1, 2]
        assert [at for block in blocks for at in block.time.tolist()] == [1, 2, 2, 3]
        assert trace.disordered == 1
    assert [row.time for row in trace.rows()] == [1, 2, 1, 3]
    assert len(trace.names) == 3
    assert trace.client(0) == "c"


def test_rows_without_a_time_go_on_from_file_to_file(tmp_path):
    for name in "12":
        (tmp_path / name).write_text("a.example A\nb.example A\n")
    trace = FileTrace([str(tmp_path / "1"), str(tmp_path / "2")], rate=1.0)
    assert [row.time for row in trace.rows()] == [0, 1, 2, 3]


def test_parquet_gives_the_same_columns_as_rows(tmp_path):
    path = str(tmp_path / "t.parquet")
    write(
        open_trace("zipf:n=500,rate=100,duration=100,once=0.3,nodata=0.5,pairs=0.5", seed=2), path, "parquet"
    )
    trace = FileTrace([path])
    columns = [name for block in trace.blocks() for name in block.name.tolist()]
    assert [trace.names[number] for number in columns] == [row.name for row in trace.rows()]


@pytest.mark.parametrize(
    "broken", [b"\x1f\x8b\x08", gzip.compress(ROW % (1, b"a") * 5000)[:-9], b"\xfd7zXZ\x00rubbish"]
)
def test_a_broken_compression_is_a_bad_row_and_not_the_end(broken, tmp_path):
    (tmp_path / "broken").write_bytes(broken)
    trace = FileTrace([str(tmp_path / "broken")], format_name="jsonl")
    rows = list(trace.rows())
    assert trace.readings[0].bad >= 1
    assert any("compression" in place for place in trace.readings[0].places)
    assert len(rows) <= 5000


def test_what_cannot_be_opened_is_refused_with_a_remedy(tmp_path):
    for path in ("/nowhere/t.pcap", str(tmp_path)):
        with pytest.raises(TraceError, match=" - name a file"):
            list(FileTrace([path]).rows())


def test_specs_and_scenarios_open_with_seed_and_changes():
    trace = open_trace("scenario:home", seed=3, changes={"duration": "1m", "rate": 100})
    assert "duration=1m" in trace.about
    assert trace.about.endswith("seed 3")
    assert open_trace("zipf:n=10", changes={"rate": 5}).about.startswith("zipf:n=10,alpha=0.9,rate=5,")
    with pytest.raises(SpecError):
        open_trace("scenario:moon")
