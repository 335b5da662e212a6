# SPDX-License-Identifier: ISC
"""`resolver cache …`: what is asked of the resolver, and what is printed."""

from __future__ import annotations

import json

import pytest

ENTRY = {
    "name": "www.alpha.",
    "type": "A",
    "kind": "positive",
    "state": "fresh",
    "published_ttl": 172800,
    "kept_ttl": 86400.0,
    "fresh_for": 86399.5,
    "stale_for": 172799.5,
    "records": ["192.0.2.1", "192.0.2.2"],
}


def test_show_asks_for_what_was_given_and_prints_a_table(command, control):
    control.replies["/api/v1/cache/entries"] = (200, {"schema": 1, "entries": [ENTRY], "truncated": True})
    code, out, _ = command("cache", "show", "www.alpha", "--type", "a", "--stale")
    assert code == 0
    assert control.asked[-1][1] == "/api/v1/cache/entries?name=www.alpha&type=a&stale=1&limit=1000"
    head, row, note = out.splitlines()
    assert head.split() == ["NAME", "TYPE", "STATE", "LEFT", "TTL", "DATA"]
    assert row.split("  ") == [
        "www.alpha.",
        "A",
        "",
        "  fresh",
        "86400s",
        "172800s -> 86400s",
        "192.0.2.1, 192.0.2.2",
    ] or ("172800s -> 86400s" in row and row.endswith("192.0.2.1, 192.0.2.2"))
    assert "--limit" in note


def test_show_as_json_lines(command, control):
    control.replies["/api/v1/cache/entries"] = (
        200,
        {"schema": 1, "entries": [ENTRY, ENTRY], "truncated": False},
    )
    _, out, _ = command("cache", "show", "--format", "jsonl")
    assert [json.loads(line)["published_ttl"] for line in out.splitlines()] == [172800, 172800]


def test_an_empty_cache_is_said_to_be(command, control):
    control.replies["/api/v1/cache/entries"] = (200, {"schema": 1, "entries": [], "truncated": False})
    assert command("cache", "show")[1] == "no entries\n"


@pytest.mark.parametrize(
    ("arguments", "body", "says"),
    [
        (["alpha"], {"name": "alpha"}, "flushed 1 entry\n"),
        (
            ["alpha", "--exact", "--type", "AAAA"],
            {"name": "alpha", "exact": True, "type": "AAAA"},
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


def test_stats(command, control):
    control.replies["/api/v1/cache/stats"] = (200, {"schema": 1, "records": {"entries": 2}})
    assert command("cache", "stats")[1] == "records\n  entries  2\n"
