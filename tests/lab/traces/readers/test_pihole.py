# SPDX-License-Identifier: ISC
"""Pi-hole's database: its own numbers of types and replies, old and new schema, compressed and broken files."""

from __future__ import annotations

import gzip
import sqlite3

import pytest

from resolver.lab.traces.readers import pihole
from resolver.lab.traces.reading import Reading
from resolver.lab.traces.rows import EMPTY
from resolver.lab.traces.spooling import opened
from resolver.wire import to_text

QUERIES = [  # timestamp, type, status, domain, client, forward, additional_info, reply_type, reply_time
    (1600000001.5, 1, 2, "www.example.org", "192.0.2.7", "192.0.2.1#53", None, 4, 0.0125),
    (1600000000.5, 2, 3, "nx.example.org", "192.0.2.8", None, None, 2, 0.0001),
    (1600000002.5, 16, 17, "empty.example.org", "192.0.2.8", None, None, 1, None),
    (1600000003.5, 165, 2, "odd.example.org", "192.0.2.8", None, None, 0, None),
    (1600000004.5, 14, 2, "other.example.org", "192.0.2.8", None, None, 0, None),
]
FIELDS = "timestamp, type, status, domain, client, forward, additional_info, reply_type, reply_time"


def database(path, columns=FIELDS, width=9):
    with sqlite3.connect(path) as made:
        made.execute(f"CREATE TABLE query_storage (id INTEGER PRIMARY KEY, {columns})")
        made.execute(f"CREATE VIEW queries AS SELECT id, {columns} FROM query_storage")
        marks = ", ".join("?" * width)
        made.executemany(
            f"INSERT INTO query_storage ({columns}) VALUES ({marks})", [row[:width] for row in QUERIES]
        )
    made.close()


def read(path):
    reading = Reading("ftl.db")
    with opened(str(path)) as stream:
        return list(pihole.read(stream, reading)), reading


def test_types_and_replies_by_ftls_own_numbers(tmp_path):
    database(tmp_path / "ftl.db")
    rows, reading = read(tmp_path / "ftl.db")
    assert [
        (row.time, to_text(row.name), row.rtype, row.rcode, row.rdata_hash, row.upstream_ms) for row in rows
    ] == [
        (1600000000.5, "nx.example.org.", 28, 3, EMPTY, None),
        (1600000001.5, "www.example.org.", 1, 0, None, 12.5),
        (1600000002.5, "empty.example.org.", 65, 0, EMPTY, None),
        (1600000003.5, "odd.example.org.", 65, None, None, None),
    ]
    assert reading.places == ["ftl.db:id 5: query type 14"]


def test_old_databases_tell_no_replies(tmp_path):
    database(tmp_path / "ftl.db", FIELDS.rsplit(", ", 2)[0], 7)
    rows, _ = read(tmp_path / "ftl.db")
    assert {(row.rcode, row.upstream_ms) for row in rows} == {(None, None)}


def test_a_compressed_database_is_read_too(tmp_path):
    database(tmp_path / "ftl.db")
    (tmp_path / "ftl.db.gz").write_bytes(gzip.compress((tmp_path / "ftl.db").read_bytes()))
    assert read(tmp_path / "ftl.db.gz")[0] == read(tmp_path / "ftl.db")[0]


@pytest.mark.parametrize("octets", [b"SQLite format 3\0 and no more", b""])
def test_a_broken_or_other_database_is_told(octets, tmp_path):
    (tmp_path / "x.db").write_bytes(octets)
    rows, reading = read(tmp_path / "x.db")
    assert (rows, reading.bad) == ([], 1)
