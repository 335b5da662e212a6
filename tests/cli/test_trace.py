# SPDX-License-Identifier: ISC
"""The story that `resolver trace` tells."""

from __future__ import annotations

import json

import pytest

from resolver.cli.trace import story

QUERY = {
    "step": "query",
    "depth": 0,
    "zone": ".",
    "server": "192.0.2.1",
    "transport": "udp",
    "name": "net0.",
    "type": "A",
    "rtt": 0.0123,
    "verdict": "referral",
}
CUT = {
    "zone": "net0.",
    "names": 2,
    "addresses": 3,
    "published": 172800,
    "lease": 86400.0,
    "rules": ["policy.y"],
}
TTL = {
    "name": "net0.",
    "type": "NS",
    "kind": "delegation",
    "published": 172800,
    "kept": 86400.0,
    "rules": ["policy.x"],
}
REPLY = {
    "schema": 1,
    "name": "www.net0.",
    "type": "A",
    "seconds": 0.25,
    "steps": [
        QUERY | {"cut": CUT, "ttls": [TTL], "scrubbed": 2},
        {"step": "question", "depth": 1, "name": "ns.org0.", "type": "A", "why": "address"},
        QUERY | {"depth": 1, "verdict": "answer", "detail": "late"},
        {"step": "answered", "depth": 1, "name": "ns.org0.", "type": "A", "outcome": "noerror"},
        {"step": "dropped", "server": "192.0.2.9", "why": "wrong_id"},
        {"step": "limit", "limit": "limits.sends"},
        QUERY | {"verdict": "waiting", "rtt": None},
        {"step": "of a later version"},
    ],
    "outcome": {
        "rcode": "NOERROR",
        "nodata": False,
        "queries": 2,
        "answer": [{"name": "www.net0.", "ttl": 60, "type": "A", "data": "198.18.0.1"}],
    },
}


def test_each_step_is_told_with_what_it_taught():
    lines = list(story(REPLY))
    text = "\n".join(lines)
    assert "  1  .  asked 192.0.2.1 (udp) for net0. A  12 ms  referral" in text
    assert "zone net0.: 2 name servers, 3 addresses, lease 172800 -> 86400  policy.y" in text
    assert "net0.  NS  delegation  TTL 172800 -> 86400  policy.x" in text
    assert "2 records dropped" in text
    assert "    needs ns.org0. A" in lines
    assert "answer (late)" in text
    assert "dropped a datagram from 192.0.2.9: wrong_id" in text
    assert "limit limits.sends" in text
    assert "  3  .  asked 192.0.2.1 (udp) for net0. A  -  no reply" in text
    assert lines[-1].split() == ["www.net0.", "60", "A", "198.18.0.1"]


def test_what_clients_would_not_be_told():
    withheld = REPLY | {"outcome": REPLY["outcome"] | {"withheld": True}}
    assert "withheld from clients" in list(story(withheld))[-1]


def test_a_failure_is_told_and_is_exit_code_1(command, control):
    failed = {
        "rcode": "SERVFAIL",
        "queries": 50,
        "failed": {"cause": "limit", "text": "too much", "ede": 0, "zone": "."},
    }
    control.replies["/api/v1/trace"] = (200, REPLY | {"outcome": failed})
    code, out, _ = command("trace", "www.net0")
    assert code == 1
    assert out.endswith("SERVFAIL  too much (limit)  50 queries, 250 ms\n")


def test_words_in_any_order_and_json_as_it_came(command, control):
    control.replies["/api/v1/trace"] = (200, REPLY)
    code, out, _ = command("trace", "MX", "www.net0", "--format", "json")
    assert (code, json.loads(out)) == (0, REPLY)
    assert control.asked == [("POST", "/api/v1/trace", {"name": "www.net0.", "type": "MX"})]


@pytest.mark.parametrize("words", [["x", "y"], ["x", "A", "MX"], ["x", "@127.0.0.1"], []])
def test_a_trace_takes_one_question(command, control, words):
    assert command("trace", *words)[0] == 2
    assert control.asked == []
