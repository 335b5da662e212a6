# SPDX-License-Identifier: ISC
"""`resolver lab …`: which lab is asked, for what, and what is printed."""

from __future__ import annotations

import json

import pytest

SERVER = {
    "name": "ns1.alpha0.",
    "addresses": ["192.0.2.1"],
    "latency_ms": 15.0,
    "loss_pct": 30.0,
    "outage": True,
    "behaviours": ["lame"],
    "queries": 4,
}


def test_status_shows_servers_and_what_is_wrong_with_them(command, control):
    reply = {"schema": 1, "about": "tiny", "zones": 7, "changes_left": 0, "servers": [SERVER]}
    control.replies["/api/v1/lab/status"] = (200, reply)
    code, out, _ = command("lab", "status")
    assert code == 0
    assert out.splitlines()[-1].split() == [
        "ns1.alpha0.",
        "192.0.2.1",
        "15",
        "ms",
        "30%",
        "4",
        "outage",
        "lame",
    ]
    assert json.loads(command("lab", "status", "--format", "json")[1]) == reply


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (["outage", "x"], "outage", {"server": "x", "on": True}),
        (["outage", "x", "--end"], "outage", {"server": "x", "on": False}),
        (["latency", "x", "400"], "latency", {"server": "x", "ms": 400.0}),
        (["loss", "x", "30"], "loss", {"server": "x", "pct": 30.0}),
    ],
)
def test_breaking_a_server(command, control, arguments, path, body):
    control.replies[f"/api/v1/lab/{path}"] = (200, {"schema": 1, **SERVER})
    code, out, _ = command("lab", *arguments)
    assert code == 0
    assert out.startswith("ns1.alpha0.: ")
    assert control.asked == [("POST", f"/api/v1/lab/{path}", body)]


def test_set_replaces_or_removes(command, control):
    reply = {"schema": 1, "zone": "alpha0.", "serial": 2, "name": "www.alpha0.", "type": "A", "records": 1}
    control.replies["/api/v1/lab/set"] = (200, reply)
    code, out, _ = command("lab", "set", "www.alpha0.", "a", "60", "198.18.0.9")
    assert (code, out) == (0, "www.alpha0. A: 1 record; zone alpha0. serial 2\n")
    assert control.asked[-1][2] == {"name": "www.alpha0.", "type": "A", "ttl": 60, "rdata": ["198.18.0.9"]}
    assert "removed" in command("lab", "set", "www.alpha0.", "A", "--remove")[1]
    for wrong in ([], ["60"], ["198.18.0.9"], ["60", "198.18.0.9", "--remove"]):
        assert command("lab", "set", "www.alpha0.", "A", *wrong)[0] == 2


def test_an_error_of_the_lab_is_told(command, control):
    control.replies["/api/v1/lab/outage"] = (
        409,
        {"error": "no server 'x' in this internet - see 'resolver lab status'"},
    )
    assert command("lab", "outage", "x") == (
        1,
        "",
        "error: no server 'x' in this internet - see 'resolver lab status'\n",
    )


def test_no_lab_at_all_is_exit_code_3(command, control):
    for arguments in (["lab", "status"], ["lab", "down"]):
        code, _, err = command(*arguments)
        assert code == 3
        assert err.startswith("error: no ")
