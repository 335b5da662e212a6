# SPDX-License-Identifier: ISC
"""What is written is read back the same, in every format and compression."""

from __future__ import annotations

import pytest

from resolver.lab.traces.formats import TraceError
from resolver.lab.traces.opening import FileTrace, open_trace
from resolver.lab.traces.writing import WRITTEN, format_of, write

SPEC = (
    "zipf:n=300,rate=100,duration=60,ttl=mix,pairs=0.5,nodata=0.5,nxdomain=0.2,outage_share=0.5,outage_for=30"
)


def rounded(rows):
    return [row._replace(time=round(row.time, 6)) for row in rows]


@pytest.mark.parametrize(
    "name", ["t.jsonl", "t.csv", "t.parquet", "t.jsonl.gz", "t.csv.zst", "t.parquet.xz", "t.json.bz2"]
)
def test_every_field_comes_back(name, tmp_path):
    trace = open_trace(SPEC, seed=4)
    path = str(tmp_path / name)
    told = []
    count = write(trace, path, format_of(path), told.append)
    back = FileTrace([path])
    assert rounded(back.rows()) == rounded(trace.rows())
    assert back.readings[0].bad == 0
    assert told[-1] == count == len(list(trace.rows()))


def test_upstream_times_and_odd_types_come_back(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(
        '{"t":1.5,"client":"","qname":"a\\\\.b.","qtype":"TYPE65280","rcode":"BADCOOKIE","upstream_ms":2.5}\n'
    )
    rows = list(FileTrace([str(source)]).rows())
    for form in ("jsonl", "csv", "parquet"):
        path = str(tmp_path / f"out.{form}")
        write(FileTrace([str(source)]), path, form)
        assert list(FileTrace([path]).rows()) == rows


def test_dnsperf_gets_names_and_types_alone(tmp_path):
    path = str(tmp_path / "q.txt")
    write(open_trace("zipf:n=10,pairs=1,rate=10,duration=2", seed=1), path, format_of(path))
    lines = (tmp_path / "q.txt").read_text().splitlines()
    assert lines[0].endswith(".lab. A")
    assert lines[1] == lines[0] + "AAA"


def test_the_name_of_a_file_tells_its_format():
    assert format_of("-") == "jsonl"
    assert format_of("x.dat", "csv") == "csv"
    assert {format_of(f"a.{end}") for end in ("jsonl", "csv", "parquet", "txt")} == set(WRITTEN)
    with pytest.raises(TraceError, match=r"\*\.parquet"):
        format_of("trace.dat")
