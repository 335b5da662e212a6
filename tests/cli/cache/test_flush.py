# SPDX-License-Identifier: ISC
"""`resolver cache flush`: it says exactly what to flush, and asks nobody when that is nothing."""

from __future__ import annotations

import time

import pytest


@pytest.mark.parametrize(
    ("arguments", "body", "says"),
    [
        (["alpha"], {"name": "alpha."}, "flushed 1 entry\n"),
        (
            ["alpha", "--exact", "--type", "AAAA"],
            {"name": "alpha.", "exact": True, "type": "AAAA"},
            "flushed 1 entry\n",
        ),
        (["--all", "--dry-run"], {"all": True, "dry_run": True}, "would flush 1 entry\n"),
        (["--negative"], {"negative": True}, "flushed 1 entry\n"),
        (["--failures"], {"failures": True}, "flushed 1 entry\n"),
    ],
)
def test_flush_says_exactly_what_to_flush(command, control, arguments, body, says):
    control.replies["/api/v1/cache/flush"] = (200, {"schema": 1, "flushed": 1, "dry_run": False})
    assert command("cache", "flush", *arguments) == (0, says, "")
    assert control.asked[-1][2] == body


def test_flush_of_nothing_or_of_two_things_asks_nobody(command, control):
    assert command("cache", "flush")[0] == 2
    assert command("cache", "flush", "alpha", "--all")[0] == 2
    assert control.asked == []


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (["--glob", "a*.example."], {"glob": "a*.example."}),
        (["alpha", "--stale", "--type", "A"], {"name": "alpha.", "stale": True, "type": "A"}),
        (["--server", "192.0.2.53", "--stored-before", "2h"], {"server": "192.0.2.53", "older_than": 7200.0}),
    ],
)
def test_filters_narrow_each_other(command, control, arguments, body):
    control.replies["/api/v1/cache/flush"] = (200, {"schema": 1, "flushed": 0, "dry_run": False})
    assert command("cache", "flush", *arguments)[0] == 0
    assert control.asked[-1][2] == body


def test_an_instant_is_so_many_seconds_ago(command, control, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
    control.replies["/api/v1/cache/flush"] = (200, {"schema": 1, "flushed": 0, "dry_run": False})
    command("cache", "flush", "--stored-before", "2027-01-15T07:00:00Z")
    assert control.asked[-1][2] == {"older_than": 3600.0}
    assert command("cache", "flush", "--stored-before", "yesterday")[0] == 2


def test_a_dry_run_says_what_would_go(command, control):
    reply = {
        "schema": 1,
        "flushed": 5,
        "of": {"records": 4, "delegations": 1, "failures": 0},
        "such_as": ["www.alpha. A", "no.alpha. *"],
        "dry_run": True,
    }
    control.replies["/api/v1/cache/flush"] = (200, reply)
    assert command("cache", "flush", "alpha", "--dry-run")[1].splitlines() == [
        "would flush 5 entries: 4 records, 1 delegation",
        "  www.alpha. A",
        "  no.alpha. *",
        "  and 2 more",
    ]
