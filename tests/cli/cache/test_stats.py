# SPDX-License-Identifier: ISC
"""`resolver cache stats` and `top`: numbers a person can read."""

from __future__ import annotations

import json

import pytest

from resolver.cli.cache.stats import size

CACHE = {"entries": 7, "bytes": 3 << 20, "budget": 96 << 20}
RECORDS = {**CACHE, "positive": 5, "nodata": 1, "nxdomain": 1, "fresh": 4, "stale": 2, "dead": 1}
TTLS = {"least": 0, "tenth": 30.0, "half": 300.0, "nine_tenths": 86400.0, "most": None}
STATS = {
    "schema": 1,
    "records": RECORDS,
    **dict.fromkeys(("images", "delegations", "failures", "servers"), CACHE),
    "age_seconds": {"oldest": 7200.0, "newest": 0.5},
    "ttl_seconds": {"published": TTLS},
}
SINCE = {
    "fresh_hits": 9,
    "stale_hits": 1,
    "misses": 10,
    "fresh_hit_ratio": 0.45,
    "misses_by_cause": {"cold": 8, "evicted": 2},
    "evictions": {},
    "prefetches": {"started": 3},
}
ENTRY = {
    "name": "www.alpha.",
    "type": "A",
    "state": "fresh",
    "kept_ttl": 300.0,
    "bytes": 192,
    "hits": 17,
    "refreshes": 2,
    "value": 17,
}


def test_stats_say_what_is_held_and_what_it_was_good_for(command, control):
    control.replies["/api/v1/cache/stats"] = (200, STATS)
    control.replies["/api/v1/stats"] = (200, {"schema": 1, "cache": SINCE})
    code, out, _ = command("cache", "stats")
    assert code == 0
    for text in (
        "records      7        3.0 MiB  96.0 MiB  3.1 %",
        "5 positive, 1 nodata, 1 nxdomain",
        "4 fresh, 2 stale, 1 dead",
        "the oldest 2h00m ago",
        "45.00 % since the start (9 fresh hits, 1 stale, 10 misses)",
        "8 cold, 2 evicted",
        "evicted     none",
        "published  0s     30s    5m    1d",
    ):
        assert text in out
    assert json.loads(command("cache", "stats", "--format", "json")[1])["since_start"] == SINCE


def test_an_empty_cache_has_stats_too(command, control):
    empty = {**STATS, "age_seconds": {"oldest": None, "newest": None}}
    control.replies["/api/v1/cache/stats"] = (200, empty)
    never = {**SINCE, "fresh_hit_ratio": None}
    control.replies["/api/v1/stats"] = (200, {"schema": 1, "cache": never})
    out = command("cache", "stats")[1]
    assert "nothing yet" in out
    assert "hit ratio   - since the start" in out


def test_top_shows_all_measures_and_asks_for_one(command, control):
    control.replies["/api/v1/cache/top"] = (200, {"schema": 1, "by": "hits", "entries": [ENTRY]})
    code, out, _ = command("cache", "top", "--by", "bytes", "-n", "5")
    assert code == 0
    assert control.asked[-1][1] == "/api/v1/cache/top?by=bytes&limit=5"
    assert [line.split() for line in out.splitlines()] == [
        ["HITS", "MISSES", "BYTES", "TTL", "STATE", "TYPE", "NAME"],
        ["17", "3", "192", "5m", "fresh", "A", "www.alpha."],
    ]
    of_a_worker = {**ENTRY, "worker": 2}
    control.replies["/api/v1/cache/top"] = (200, {"schema": 1, "by": "hits", "entries": [of_a_worker]})
    assert "WORKER" in command("cache", "top")[1]
    assert json.loads(command("cache", "top", "--format", "jsonl")[1])["worker"] == 2
    control.replies["/api/v1/cache/top"] = (200, {"schema": 1, "by": "hits", "entries": []})
    assert command("cache", "top")[1] == "no entries\n"


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")]
)
def test_sizes(octets, text):
    assert size(octets) == text
