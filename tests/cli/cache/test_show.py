# SPDX-License-Identifier: ISC
"""`resolver cache show`: what is asked of the resolver, and what is printed."""

from __future__ import annotations

import json

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
    assert control.asked[-1][1] == "/api/v1/cache/entries?name=www.alpha.&type=A&stale=1&limit=1000"
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


NODE = {"entries": 3, "stale": 1, "denials": 0, "hits": 12, "bytes": 2048, "zone": False}


def test_the_tree_is_drawn_with_sums(command, control):
    nodes = [
        {**NODE, "name": ".", "depth": 0, "zone": True},
        {**NODE, "name": "alpha.", "depth": 1, "zone": True},
        {**NODE, "name": "www.alpha.", "depth": 2},
        {**NODE, "name": "x\\.y.alpha.", "depth": 2},
        {**NODE, "name": "beta.", "depth": 1},
    ]
    control.replies["/api/v1/cache/tree"] = (200, {"schema": 1, "nodes": nodes, "truncated": True})
    code, out, _ = command("cache", "show", "--tree", "--depth", "2")
    assert code == 0
    assert control.asked[-1][1] == "/api/v1/cache/tree?depth=2"
    lines = out.splitlines()
    assert lines[0].split() == ["ENTRIES", "STALE", "DENIALS", "HITS", "BYTES", "NAME"]
    assert [line.split("KiB  ")[1] for line in lines[1:6]] == [
        ".",
        "├─ alpha  (zone)",
        "│  ├─ www",
        "│  └─ x\\.y",
        "└─ beta",
    ]
    assert "Give a NAME" in lines[6]


def test_a_tree_has_no_types(command, control):
    code, _, err = command("cache", "show", "alpha", "--tree", "--type", "A")
    assert (code, control.asked) == (2, [])
    assert "--tree" in err
