# SPDX-License-Identifier: ISC
"""BIND's query log, as BIND 9.18 wrote it and as other versions do."""

from __future__ import annotations

import pytest

from resolver.lab.traces.readers import bind
from resolver.wire import to_text
from tests.lab.traces.wrapping import CAPTURED, rows_in

ASKED = ["www.example.org. 1", "www.example.org. 1", "www.example.org. 28", "alias.example.org. 1"]
ASKED += ["nx.example.org. 1", "www.example.org. 15", "mail.example.org. 15"]


@pytest.mark.parametrize("name", ["named.log", "named-iso.log"])
def test_the_log_of_a_real_server(name):
    rows, reading = rows_in(bind.read, (CAPTURED / name).read_bytes())
    assert [f"{to_text(row.name)} {row.rtype}" for row in rows] == ASKED
    assert {row.client for row in rows} == {"127.0.0.1"}
    assert round(rows[0].time, 3) == 1795230667.509
    assert dict(reading.passed) == {"queries without RD": 1, "class CH": 1}
    assert reading.bad == 0


@pytest.mark.parametrize(
    "line",
    [
        "02-May-2023 13:33:40.299 client 2001:db8::7#1053 (a.example): query: a.example IN AAAA +E(0)K (::1)",
        "02-May-2023 13:33:40.299 queries: info: client @0x2c11226c 2001:db8::7#1053 (a.example): view internal: "
        "query: a.example IN AAAA +E(0)DCV (::1) [ECS 192.0.2.0/24/0]",
    ],
)
def test_views_and_older_versions(line):
    ((row,), _) = rows_in(bind.read, line + "\n")
    assert (row.client, to_text(row.name), row.rtype) == ("2001:db8::7", "a.example.", 28)
    assert row.time == 1683034420.299


def test_lines_without_a_time_come_at_the_rate():
    rows, _ = rows_in(bind.read, "client 192.0.2.7#1 (a): query: a IN A + (::1)\n" * 2, rate=2.0)
    assert [row.time for row in rows] == [0.0, 0.5]


def test_other_lines_are_passed_over_and_bad_ones_told():
    text = "02-May-2023 13:33:40.299 general: info: zone a/IN: loaded\n"
    text += "99-May-2023 13:33:40.299 client 192.0.2.7#1 (a): query: a IN A + (x)\n"
    rows, reading = rows_in(bind.read, text)
    assert (len(rows), reading.passed.total(), reading.bad) == (0, 1, 1)
