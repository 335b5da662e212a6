# SPDX-License-Identifier: ISC
"""`resolver cache explain`: the story a person reads, line by line."""

from __future__ import annotations

import json

LINK = {
    "name": "www.alpha.",
    "type": "A",
    "kind": "positive",
    "rank": "authoritative_answer",
    "zone": "alpha.",
    "server": "192.0.2.53",
    "state": "fresh",
    "published_ttl": 172800,
    "kept_ttl": 86400.0,
    "fresh_for": 86000.0,
    "stale_for": 172400.0,
    "age": 400.0,
    "rules": [{"rule": "policy.max_ttl", "before": 172800.0, "after": 86400.0}],
    "records": ["192.0.2.1"],
    "stored_at": 1000.0,
    "fresh_until": 87400.0,
    "stale_until": 173800.0,
    "use": {"since": 600.0, "hits": 3, "refreshes": 1, "stale_answers": 4, "stale_periods": 2},
    "images": 1,
    "prefetch": {"at": 80000.0, "in": 78600.0},
    "delegation": {
        "zone": "alpha.",
        "parent": ".",
        "servers": ["ns.alpha."],
        "addresses": 2,
        "lease_until": 2000.0,
        "fresh_for": 600.0,
    },
    "policies": [
        {"policy": "long", "kept_ttl": 172800.0, "stale": 0.0},
        {"policy": "one", "kept_ttl": 86400.0, "stale": 86400.0},
        {"policy": "two", "kept_ttl": 86400.0, "stale": 86400.0},
    ],
}
STORY = {
    "name": "www.alpha.",
    "type": "A",
    "state": "fresh",
    "at": 1400.0,
    "fresh_for": 86000.0,
    "links": [LINK],
}
MISSING = {"name": "www.alpha.", "type": "A", "state": "missing", "at": 1400.0, "links": []}


def told(command, control, *stories):
    control.replies["/api/v1/cache/explain"] = (
        200,
        {"schema": 1, "policy": "default", "caches": list(stories)},
    )
    code, out, _ = command("cache", "explain", "www.alpha")
    assert code == 0
    assert all(len(line) <= 100 for line in out.splitlines())
    return " ".join(out.split())


def test_a_link_is_told_from_its_ttl_to_what_others_would_do(command, control):
    out = told(command, control, STORY)
    for text in (
        "www.alpha. A is fresh for 23h53m more",
        "1 www.alpha. A 192.0.2.1",
        "kept 1d of the 2d published: policy.max_ttl 2d to 1d (policy default)",
        "stored 6 min ago at 00:16:40Z from 192.0.2.53, a server of alpha., with authority",
        "fresh until 1970-01-02T00:16:40Z (in 23h53m), may be served stale until 1970-01-03T00:16:40Z",
        "used 3 hits since 00:10:00Z, fetched anew 1 time, served stale in 2 periods (4 answers)",
        "prefetch a hit from 1970-01-01T22:13:20Z (in 21h50m) fetches it anew",
        "images 1 finished answer in wire form",
        "through the delegation of alpha. by .: 1 server, 2 addresses; its lease ends at 00:33:20Z (in 10 min)",
        "others 2d: long 1d + 1d stale: one, two",
    ):
        assert text in out
    assert control.asked[-1][1] == "/api/v1/cache/explain?name=www.alpha.&type=A&others=1"


def test_what_no_rule_changed_is_as_published(command, control):
    plain = {**LINK, "rules": [], "published_ttl": 86400}
    assert "kept 1d, as published; no rule of policy default" in told(
        command, control, {**STORY, "links": [plain]}
    )


def test_never_asked_and_flushed_are_told_apart(command, control):
    never = {"name": "www.alpha.", "type": "A", "why": "never_asked", "other_types": ["MX"]}
    out = told(command, control, {**MISSING, "missing": never})
    assert "www.alpha. A is not cached" in out
    assert "never asked for" in out
    assert "of this name: MX" in out
    gone = {**never, "why": "flushed", "ended": 30.0, "ended_at": 1370.0, "lived": 70.0, "hits": 5,
            "refreshes": 2, "published_ttl": 300}  # fmt: skip
    out = told(command, control, {**MISSING, "missing": gone})
    assert (
        "flushed 30.0 s ago at 00:22:50Z, after 70.0 s with 5 hits, fetched anew 2 times; its TTL was 5m"
        in out
    )


def test_zero_ttl_loops_and_expiry(command, control):
    base = {"name": "www.alpha.", "type": "A"}
    zero = {**base, "why": "zero_ttl", "ended": 3.0, "ended_at": 1397.0, "lived": 0.0}
    assert "not kept: the answer had no time to live" in told(command, control, {**MISSING, "missing": zero})
    loop = {**base, "why": "stopped", "stop": "loop"}
    assert "because of a loop" in told(command, control, {**MISSING, "missing": loop})
    expired = {**base, "why": "expired", "ended": 60.0, "ended_at": 1340.0, "entry": LINK}
    assert "ended 60.0 s ago at 00:22:20Z" in told(command, control, {**MISSING, "missing": expired})


def test_failures_timers_and_workers(command, control):
    failure = {"zone": "alpha.", "count": 3, "text": "", "ede_name": "No reachable authority", "for": 4.0}
    bad = {**MISSING, "worker": 2, "failure": failure, "recheck": {"for": 20.0}}
    bad["missing"] = {"name": "www.alpha.", "type": "A", "why": "never_asked"}
    out = told(command, control, {**STORY, "worker": 1}, bad)
    assert "worker 1: www.alpha. A is fresh" in out
    assert "worker 2: www.alpha. A is not cached" in out
    assert "failed at alpha., 3 times in a row: No reachable authority" in out
    assert "servers are left alone for 20.0 s more" in out


def test_json_is_what_the_resolver_said(command, control):
    told(command, control, STORY)
    code, out, _ = command("cache", "explain", "www.alpha", "MX", "--no-others", "--format", "json")
    assert code == 0
    assert json.loads(out)["caches"] == [STORY]
    assert control.asked[-1][1].endswith("type=MX&others=0")


def test_a_stale_answer_says_for_how_long_it_has_been_so(command, control):
    link = {**LINK, "state": "stale", "age": 86500.0, "fresh_for": 0.0}
    out = told(command, control, {**STORY, "state": "stale", "fresh_for": -100.0, "links": [link]})
    assert "www.alpha. A is stale, past its TTL for 100.0 s" in out
    assert "(100.0 s ago), may be served stale" in out


def test_what_clients_are_not_told(command, control):
    assert "rebinding.allow" not in told(command, control, STORY)
    assert "withheld" in (out := told(command, control, STORY | {"withheld": True}))
    assert "rebinding.allow" in out
