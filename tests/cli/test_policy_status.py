# SPDX-License-Identifier: ISC
"""`resolver policy status`: a table a person reads, the reply itself for machines."""

from __future__ import annotations

import json

import pytest

from resolver.cli.exits import Exit

RATIO = {"value": 0.95, "error": 0.0012}
EXACT = {"value": 0.05, "error": 0.0}
NONE = {"value": None, "error": None}


def policy(name, mode, **more):
    return {
        "name": name,
        "mode": mode,
        "questions": 1000,
        "hits": RATIO,
        "negative": 0.01,
        "stale": None,
        "failure": 0.0,
        "upstream": EXACT,
        "outdated": NONE,
        "beyond_ttl": EXACT,
        "late_seconds": None,
        "upstream_per_second": 3.25,
        **more,
    }


def reply(*policies):
    return {
        "schema": 1,
        "enforced": "default",
        "sample": 0.0625,
        "seconds": 60.0,
        "really": {"questions": 1000, "hits": 940},
        "memory": {"rows": 10, "bytes": 1 << 20, "budget": 8 << 20},
        "policies": list(policies),
        "counts": [],
    }


@pytest.fixture
def compared(control):
    bind = policy("bind", "shadow", outdated=RATIO, late_seconds=70.4)
    control.replies["/api/v1/policy/status"] = (200, reply(policy("default", "enforce"), bind))
    return control


def test_policies_stand_below_each_other(command, compared):
    code, out, err = command("policy", "status")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["POLICY", "MODE", "HITS"]
    assert lines[1].split() == [
        "default", "enforce", "95.00%", "+-0.12", "1.00%", "-", "5.00%", "3.2", "-", "-", "5.00%",
    ]  # fmt: skip
    assert lines[2].split()[-4:] == ["95.00%", "+-0.12", "70s", "5.00%"]
    assert lines[3].startswith("1000 questions in 60 s; judged on 0.0625 of names (10 held, 1.0 of 8.0 MiB)")


def test_machines_get_the_reply(command, compared):
    assert json.loads(command("policy", "status", "--format", "json")[1])["sample"] == 0.0625


def test_without_shadows_it_says_how_to_have_some(command, control):
    control.replies["/api/v1/policy/status"] = (200, reply())
    out = command("policy", "status")[1]
    assert out.startswith("default is in force: 94.00% hits\n")
    assert "--shadow" in out


def test_nobody_there_is_exit_code_3(command):
    assert command("policy", "status")[0] == Exit.NOT_RUNNING
