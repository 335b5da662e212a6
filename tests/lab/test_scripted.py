# SPDX-License-Identifier: ISC
"""The script: in order of time, each change once."""

from __future__ import annotations

import pytest

from resolver.lab.scripted import Outage, Restore, Script, SetRecords
from resolver.lab.world_file import read
from resolver.lab.zones import ZoneError
from resolver.wire import RRset, from_text

ENTRIES = read(
    {
        "change": [
            {"at": "2m", "restore": ["ns.a0."]},
            {
                "at": 60,
                "outage": ["ns.a0."],
                "set": [{"name": "A.a0.", "type": "A", "ttl": 5, "rdata": ["192.0.2.1"]}],
            },
        ]
    }
).change


def test_changes_come_in_order_of_time_and_once() -> None:
    script = Script(ENTRIES)
    assert (len(script), script.next_at) == (3, 60.0)
    assert list(script.due(59.9)) == []
    assert list(script.due(60.0)) == [
        SetRecords(RRset(from_text("a.a0."), 1, 1, 5, (b"\xc0\x00\x02\x01",))),
        Outage("ns.a0."),
    ]
    assert list(script.due(1000.0)) == [Restore("ns.a0.")]
    assert list(script.due(1000.0)) == []
    assert script.next_at == float("inf")


def test_bad_records_are_refused_at_once() -> None:
    with pytest.raises(ZoneError, match=r"A 192\.0\.2"):
        Script(
            read({"change": [{"at": 1, "set": [{"name": "a0.", "type": "A", "rdata": ["192.0.2"]}]}]}).change
        )
