# SPDX-License-Identifier: ISC
"""`resolver cache dump` and `load`: pages in, a whole file out, and the other way; nothing is lost by mistake."""

from __future__ import annotations

import json
import os

import msgspec
import pytest

from resolver.persistence.form import form_of
from tests.cache.making import denial, entry

WALL = 1_800_000_000.0
LOADED = {"schema": 1, "loaded": 2, "died": 0, "older": 0, "no_room": 0, "bad": []}


@pytest.fixture
def cached(control):
    forms = [form_of(entry("a.example.", now=0.0), 9.0), form_of(denial("no.example.", now=0.0), 9.0)]
    page = {"schema": 1, "wall": WALL, "entries": [msgspec.to_builtins(form) for form in forms], "next": None}
    control.replies["/api/v1/cache/dump"] = (200, page)
    control.replies["/api/v1/cache/load"] = (200, LOADED)
    return page


def test_a_dump_loads_again(command, control, cached, tmp_path):
    file = tmp_path / "cache.jsonl"
    code, out, err = command("cache", "dump", str(file))
    assert (code, out) == (0, "")
    assert "2 entries written" in err
    assert file.stat().st_mode & 0o777 == 0o600
    head, first, second, end = [json.loads(line) for line in file.read_text().splitlines()]
    assert (head["wall"], first["age"], end) == (WALL, 9.0, {"end": 2})
    assert first["records"][0]["text"] == "192.0.2.1"
    assert second["type"] == "*"
    assert command("cache", "load", str(file)) == (0, "2 entries loaded\n", "")
    body = control.asked[-1][2]
    assert body["wall"] == WALL
    assert [entry["line"] for entry in body["entries"]] == [2, 3]


def test_pages_of_different_moments_have_the_time_of_the_first(command, cached, monkeypatch, tmp_path):
    from resolver.cli.cache import transfer

    pages = [cached, {**cached, "wall": WALL + 4.0}]
    monkeypatch.setattr(transfer, "_pages", lambda control: iter(pages))
    assert command("cache", "dump", str(tmp_path / "cache"))[0] == 0
    lines = [json.loads(line) for line in (tmp_path / "cache").read_text().splitlines()]
    assert [line["age"] for line in lines[1:-1]] == [9.0, 9.0, 5.0, 5.0]
    assert [line["fresh_for"] for line in lines[1:-1]] == [291.0, 291.0, 295.0, 295.0]


def test_nothing_is_overwritten_unless_forced(command, cached, tmp_path):
    file = tmp_path / "precious"
    file.write_text("precious")
    code, _, err = command("cache", "dump", str(file))
    assert code == 1
    assert "--force" in err
    assert file.read_text() == "precious"
    assert command("cache", "dump", str(file), "--force", "--format", "zone")[0] == 0
    assert file.read_text().startswith("; cache dump")


def test_a_dump_that_fails_leaves_nothing_behind(command, control, tmp_path):
    control.replies["/api/v1/cache/dump"] = (500, {"schema": 1, "error": "internal error; the log has it"})
    assert command("cache", "dump", str(tmp_path / "cache"))[0] == 1
    assert not [name for name in os.listdir(tmp_path) if name.startswith("cache")]


def test_bad_lines_are_counted_and_named(command, control, cached, tmp_path):
    file = tmp_path / "cache.jsonl"
    command("cache", "dump", str(file))
    lines = file.read_text().splitlines()
    lines.insert(2, "{broken")
    file.write_text("\n".join(lines))
    said = {**LOADED, "loaded": 1, "older": 1, "workers": 2, "bad": [[2, "why"]]}
    control.replies["/api/v1/cache/load"] = (200, said)
    code, out, err = command("cache", "load", str(file))
    assert code == 0
    assert out == "1 entries loaded into 2 workers, 1 older than what is cached, 2 bad lines\n"
    assert "line 2: why" in err
    assert "line 3: " in err


def test_a_file_with_nothing_in_it_that_can_be_read_is_an_error(command, cached, tmp_path):
    file = tmp_path / "nonsense"
    file.write_text("hello world\n")
    code, _, err = command("cache", "load", str(file))
    assert code == 1
    assert "is it a dump of a cache?" in err
    assert command("cache", "load", str(tmp_path / "none"))[0] == 1
