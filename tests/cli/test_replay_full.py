# SPDX-License-Identifier: ISC
"""`resolver replay --full-world`: figures on the screen, each question in a file, and options that need it."""

from __future__ import annotations

import csv
import json

import pytest

from resolver.cli.exits import Exit

SPEC = "zipf:n=50,alpha=0.9,rate=2,duration=2m,ttl=30s"


def test_figures_with_latency(command):
    code, shown, err = command(
        "replay", SPEC, "--full-world", "--latency", "20ms", "--policy", "rfc", "--policy", "default"
    )
    assert code == 0, err
    assert "measured, in virtual time" in shown
    assert "rfc" in shown


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_each_question_in_a_file(ending, command, tmp_path):
    path = tmp_path / f"each.{ending}"
    options = ("--loss", "5", "--jitter", "5ms", "--questions", str(path))
    code, _, err = command("replay", SPEC, "--full-world", *options)
    assert code == 0, err
    lines = path.read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines)) if ending == "csv" else list(map(json.loads, lines))
    assert len(rows) > 150
    assert rows[0]["outcome"] == "answered queried"
    assert (rows[0]["qtype"], rows[0]["rcode"], rows[0]["policy"]) == ("A", "NOERROR", "default")
    assert {"fresh", "answered queried"} <= {row["outcome"] for row in rows}


def test_options_of_the_full_world_need_it(command):
    code, _, err = command("replay", SPEC, "--latency", "20ms")
    assert code == Exit.USAGE
    assert "--latency needs --full-world - " in err


def test_a_file_of_questions_has_a_format_and_a_place(command):
    for path, remedy in (("each.txt", "end it in .csv or .jsonl"), ("/nowhere/each.csv", "choose a file")):
        code, _, err = command("replay", SPEC, "--full-world", "--questions", path)
        assert code in (Exit.USAGE, Exit.FAILED)
        assert remedy in err
