# SPDX-License-Identifier: ISC
"""Zeek's dns.log: TSV by its own header, JSON, lists of answers, connections without a question."""

from __future__ import annotations

from resolver.lab.traces.readers import zeek
from resolver.lab.traces.rows import EMPTY
from tests.lab.traces.wrapping import NAME, rows_in

HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tid.orig_h\tquery\tqtype\trcode\tanswers\tTTLs\n#types\ttime\taddr\tstring\tcount\tcount\tvector[string]\tvector[interval]\n"
)
LINES = (
    "1600000000.500000\t192.0.2.7\twww.example.org\t1\t0\t192.0.2.80,192.0.2.81\t60.000000,300.000000\n"
    "1600000001.500000\t192.0.2.7\tnx.example.org\t28\t3\t-\t-\n"
    "1600000002.500000\t192.0.2.7\t-\t-\t-\t-\t-\n"
    "too\tfew\n"
    "#close\t2020-09-13-12-26-43\n"
)
JSON = (
    '{"ts":1600000000.5,"uid":"C1","id.orig_h":"192.0.2.7","query":"www.example.org","qtype":1,"rcode":0,'
    '"answers":["192.0.2.81","192.0.2.80"],"TTLs":[300.0,60.0]}\n'
    '{"ts":"2020-09-13T12:26:41.500000Z","uid":"C2","id.orig_h":"192.0.2.7","query":"nx.example.org","qtype":28,"rcode":3}\n'
    '{"ts":1600000002.5,"uid":"C3","id.orig_h":"192.0.2.7"}\n'
    '{"ts":null,"query":"a","qtype":1}\n'
)


def test_tsv_and_json_tell_the_same():
    tsv, told = rows_in(zeek.read, HEADER + LINES)
    json, _ = rows_in(zeek.read, JSON)
    assert tsv == json
    assert next((row.time, row.client, row.name, row.ttl, row.rcode) for row in tsv) == (
        1600000000.5,
        "192.0.2.7",
        NAME,
        60,
        0,
    )
    assert (tsv[1].rcode, tsv[1].ttl, tsv[1].rdata_hash) == (3, None, EMPTY)
    assert told.places == ["file:11: ValueError: 2 fields, the header has 7"]
    assert dict(told.passed) == {"connections without a question": 1}


def test_a_json_line_with_a_wrong_type_is_bad():
    _, told = rows_in(zeek.read, JSON)
    assert told.bad == 1
    assert told.places[0].startswith("file:4: TypeError")


def test_a_header_that_is_broken_is_told():
    _, told = rows_in(zeek.read, "#separator\n#separator \\x0\n")
    assert told.bad == 2


def test_json_of_the_wrong_shape_is_told():
    lines = '{"ts":1,"query":5,"qtype":1}\n{"ts":1,"query":"a","qtype":1,"rcode":0,"answers":[5]}\n'
    _, told = rows_in(zeek.read, lines)
    assert told.bad == 2


def test_another_separator_is_learnt():
    text = (HEADER + LINES).replace("\t", "|").replace("\\x09", "\\x7c")
    assert rows_in(zeek.read, text)[0] == rows_in(zeek.read, HEADER + LINES)[0]
