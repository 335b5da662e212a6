# SPDX-License-Identifier: ISC
"""Our rows as JSON: what may be left out, what may be a number, what is refused."""

from __future__ import annotations

import pytest

from resolver.lab.traces.readers import jsonl
from resolver.lab.traces.rows import Row
from tests.lab.traces.wrapping import NAME, rows_in


def test_mnemonics_and_numbers_are_the_same():
    lines = (
        '{"t":1,"client":"::1","qname":"www.example.org","qtype":"AAAA","ttl":60,"rcode":"NXDOMAIN","rdata_hash":"1f"}\n'
        '{"t":1,"client":"::1","qname":"www.example.org.","qtype":28,"ttl":60,"rcode":3,"rdata_hash":31,"more":true}\n'
    )
    rows, _ = rows_in(jsonl.read, lines)
    assert rows == [Row(1.0, "::1", NAME, 28, 60, 3, 31)] * 2


def test_what_is_unknown_is_left_out():
    assert (
        jsonl.spell(Row(1.5, "", NAME, 1)) == b'{"t":1.5,"client":"","qname":"www.example.org.","qtype":"A"}'
    )


@pytest.mark.parametrize("line", ["{", '{"t":"x","client":"","qname":"a.","qtype":"A"}', '{"t":1,"client":""}', "[1]",
                                  '{"t":1,"client":"","qname":"a.","qtype":"A","rdata_hash":"zz"}'])  # fmt: skip
def test_bad_lines_are_told(line):
    rows, reading = rows_in(jsonl.read, line + "\n")
    assert (rows, reading.bad) == ([], 1)
