# SPDX-License-Identifier: ISC
"""`resolver replay`: a trace from a file, figures on the screen and in a folder."""

from __future__ import annotations

import csv
import json

from resolver.cli.exits import Exit

SPEC = "zipf:n=200,rate=20,duration=600,ttl=300"


def test_a_recorded_trace_is_replayed_as_the_generated_one(command, tmp_path):
    path, out = str(tmp_path / "day.csv"), tmp_path / "report"
    assert command("traces", "synth", SPEC, "--seed", "1", "-o", path)[0] == 0
    code, shown, _ = command("replay", path, "--policy", "rfc", "--policy", "min=600", "--out", str(out))
    assert code == 0
    assert "rfc" in shown
    assert "min=600" in shown
    summary = json.loads((out / "summary.json").read_text())
    generated = command("policy", "compare", "rfc", "--synthetic", SPEC, "--format", "json")[1]
    of_file, of_spec = (doc["lines"][0]["figures"]["hit"]["mean"] for doc in (summary, json.loads(generated)))
    assert of_file == of_spec
    rows = list(csv.DictReader((out / "summary.csv").open()))
    assert [row["policy"] for row in rows] == ["rfc", "min=600"]


def test_a_folder_that_cannot_be_written_to_is_told(command, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = command("replay", SPEC, "--out", str(tmp_path / "file"))
    assert code == Exit.FAILED
    assert err.startswith("error: ")
    assert " - choose a folder" in err


def test_a_trace_that_is_not_there(command):
    code, _, err = command("replay", "/nowhere/day.csv")
    assert code == Exit.FAILED
    assert " - " in err


def test_curves_by_size_and_by_cap(command):
    out = command("replay", "zipf:n=2000,rate=50,duration=900,ttl=mix", "--curves")[1]
    curves = out[out.index("miss ratios from") :].splitlines()
    assert curves[1].split() == ["CACHE", "MISSES", "TTL", "AT", "MOST", "MISSES"]
    assert len(curves) == 9
    assert curves[-1].split()[4] == "1d"


def test_caches_that_share_nothing_and_what_theory_says_of_them(command):
    code, out, _ = command(
        "replay", "zipf:n=300,rate=20,duration=900,ttl=60", "--policy", "rfc", "--caches", "1,4"
    )
    assert code == 0
    rows = [line.split() for line in out[out.index("CACHES") :].splitlines()]
    assert rows[0] == ["CACHES", "HITS", "THEORY"]
    assert [row[0] for row in rows[1:3]] == ["1", "4"]
    one, four = (float(row[1].rstrip("%")) for row in rows[1:3])
    assert one > four + 10


def test_numbers_of_caches_that_are_none(command):
    for text in ("0", "two", "1,,2", "5000"):
        code, _, err = command("replay", SPEC, "--caches", text)
        assert code == Exit.USAGE
        assert "--caches" in err
        assert " - write whole numbers" in err
