# SPDX-License-Identifier: ISC
"""`resolver config …`: writing never overwrites, checking tells file, key, value and remedy."""

from __future__ import annotations

import json
import tomllib

import pytest


def test_init_writes_a_file_that_checks_and_never_overwrites(command, tmp_path):
    file = tmp_path / "resolver.toml"
    assert command("config", "init", str(file))[0] == 0
    assert command("config", "check", str(file)) == (0, f"{file}: ok\n", "")
    file.write_text("# mine\n")
    code, _, err = command("config", "init", str(file))
    assert (code, err) == (1, f"error: {file} exists - give another name, or --force to replace it\n")
    assert file.read_text() == "# mine\n"
    assert command("config", "init", str(file), "--force")[0] == 0


def test_init_to_stdout_is_toml(command):
    assert "server" in tomllib.loads(command("config", "init")[1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[cache]\nsize = 'many'\n", "cache.size = 'many' - "),
        ("[cache]\nsiez = 5\n", "cache.siez"),
        ("[cache\n", "not TOML"),
        ("[server]\nlisten = ['0.0.0.0:5300']\nallow = ['0.0.0.0/0']\n", "server.allow"),
    ],
)
def test_check_tells_what_is_wrong_in_one_line_each(command, tmp_path, text, says):
    file = tmp_path / "resolver.toml"
    file.write_text(text)
    code, out, err = command("config", "check", str(file))
    assert (code, out) == (1, "")
    assert says in err
    assert all(line.startswith(f"error: {file}") and " - " in line for line in err.splitlines())


def test_show_names_the_origin_of_each_value(command, tmp_path, monkeypatch):
    file = tmp_path / "resolver.toml"
    file.write_text("[cache]\nsize = '64MiB'\n")
    monkeypatch.setenv("RESOLVER_POLICY__MAX_TTL", "1h")
    _, out, _ = command("config", "show", "--diff", "--config", str(file), "--set", "log.level=debug")
    assert tomllib.loads(out) == {
        "cache": {"size": "64MiB"},
        "policy": {"max_ttl": "1h"},
        "log": {"level": "debug"},
    }
    assert "# $RESOLVER_POLICY__MAX_TTL" in out
    assert command("config", "show", "--diff")[1] != ""
    assert "# default" in command("config", "show")[1] or "default" in command("config", "show")[1]


def test_schema_is_json_schema(command):
    assert json.loads(command("config", "schema")[1])["type"] == "object"
