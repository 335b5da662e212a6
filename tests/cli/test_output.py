# SPDX-License-Identifier: ISC
"""Tables, pairs, durations; colours never where nobody asked for them."""

from __future__ import annotations

import json

import pytest

from resolver.cli import output


def test_columns_are_aligned_and_lines_have_no_tail():
    assert output.table([("A", "LONG", "x"), ("bb", "c", "")]) == "A   LONG  x\nbb  c"
    assert output.table([]) == ""


def test_objects_within_objects_are_indented():
    text = output.pairs(
        {"schema": 1, "on": True, "list": ["a", "b"], "none": None, "inner": {"x_y": 1}, "empty": {}}
    )
    assert text == "on    yes\nlist  a, b\nnone  -\ninner\n  x y  1\nempty\n  (none)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00012, "0.1 ms"),
        (0.25, "250 ms"),
        (3.21, "3.2 s"),
        (600, "10 min"),
        (7500, "2h05m"),
        (90000, "1d01h"),
    ],
)
def test_durations_for_a_person(seconds, text):
    assert output.duration(seconds) == text


def test_colours_need_a_terminal_and_no_no_color(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", type("Tty", (), {"isatty": lambda self: True})())
    assert output.paint("x", fg="red") != "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.paint("x", fg="red") == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert output.paint("x", fg="red") == "x"


def test_a_list_is_one_document_as_json_and_one_a_line_as_jsonl(capsys):
    reply = {"schema": 1, "zones": [{"name": "a."}, {"name": "b."}]}
    output.print_views(reply, "zones", "json")
    assert json.loads(capsys.readouterr().out) == reply
    output.print_views(reply, "zones", "jsonl")
    assert capsys.readouterr().out == '{"schema": 1, "name": "a."}\n{"schema": 1, "name": "b."}\n'
