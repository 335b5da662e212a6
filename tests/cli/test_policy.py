# SPDX-License-Identifier: ISC
"""`resolver policy …`: what ships at a glance, a policy whole, the faults of a file."""

from __future__ import annotations

import json

import pytest

from resolver.policy.presets import load_policy, preset_names


def test_list_shows_every_preset_with_its_bounds(command):
    code, out, err = command("policy", "list")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert rows[0][:4] == ["NAME", "VERSION", "MIN", "MAX"]
    assert [row[0] for row in rows[1:]] == list(preset_names())
    assert "last 10%" in out


def test_list_as_json_has_numbers_as_numbers(command):
    listed = json.loads(command("policy", "list", "--format", "json")[1])
    assert listed["schema"] == 1
    knot = next(each for each in listed["policies"] if each["name"] == "knot-resolver")
    assert knot["positive"] == {"min": 5.0, "max": 86400.0}


@pytest.mark.parametrize("name", preset_names())
def test_a_policy_shown_as_toml_is_that_policy(command, tmp_path, name):
    file = tmp_path / "copy.toml"
    file.write_text(command("policy", "show", name, "--format", "toml")[1])
    assert load_policy(str(file)) == load_policy(name)


def test_rules_are_shown_too_and_read_back(command, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[policy]\nname = "mine"\nseed = "s"\n[[rule]]\ntitle = "cdn"\nsuffix = ["cdn.example"]\n'
        'types = ["A"]\nmin = "1m"\njitter = 0.1\nstale = false\n[[rule]]\nclasses = ["nxdomain"]\nmax = 5\n'
    )
    out = command("policy", "show", str(file))[1]
    assert 'rule 1 "cdn": suffix cdn.example, types A, min 1m, jitter 0.1, stale no' in out
    copy = tmp_path / "copy.toml"
    copy.write_text(command("policy", "show", str(file), "--format", "toml")[1])
    assert load_policy(str(copy)) == load_policy(str(file))


def test_show_tells_the_nearest_name(command):
    assert command("policy", "show", "unbund") == (
        1,
        "",
        "error: policy 'unbund' - no such preset; did you mean 'unbound'?\n",
    )


def test_check_tells_every_fault_in_a_line_with_file_key_value_and_remedy(command, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(
        "[positive]\nmni = 1\n[stale]\nmax_age = '9d'\n"
        "[[rule]]\nsuffix = ['x']\nmin = '1m'\n[[rule]]\nsuffix = ['a..b']\n"
    )
    assert command("policy", "check", str(file)) == (
        1,
        "",
        f"error: {file}: positive.mni = 1 - no such key; did you mean 'min'?\n"
        f"error: {file}: stale.max_age = '9d' - must be at most 7d\n"
        f"error: {file}: rule[1].suffix = ['a..b'] - suffix: 'a..b' is not a domain name\n",
    )


def test_check_of_a_good_file(command, tmp_path):
    file = tmp_path / "good.toml"
    file.write_text("[positive]\nmax = '1h'\n")
    assert command("policy", "check", str(file)) == (0, f"{file}: ok\n", "")


def test_set_asks_the_running_resolver(command, control):
    control.replies["/api/v1/policy/set"] = (200, {"schema": 1, "applied": ["policy.name"]})
    assert command("policy", "set", "bind", "--mode", "shadow")[:2] == (
        0,
        "shadow: bind\nchanged: policy.name\n",
    )
    assert control.asked == [("POST", "/api/v1/policy/set", {"name": "bind", "mode": "shadow"})]


def test_set_sends_the_whole_path_of_a_file_that_is_good(command, control, tmp_path, monkeypatch):
    control.replies["/api/v1/policy/set"] = (200, {"schema": 1, "applied": []})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("[positive]\nmax = '1h'\n")
    assert command("policy", "set", "mine.toml")[0] == 0
    assert control.asked[0][2] == {"name": str(tmp_path / "mine.toml"), "mode": "enforce"}
    (tmp_path / "mine.toml").write_text("[positive]\nmaxx = '1h'\n")
    assert command("policy", "set", "mine.toml")[0] == 1
    assert len(control.asked) == 1
