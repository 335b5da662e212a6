# SPDX-License-Identifier: ISC
"""`--out DIR`: the report of a comparison and of a replay, as a person asks for it."""

from __future__ import annotations

import csv
import json

import pytest

from resolver.cli.exits import Exit

SPEC = "zipf:n=200,rate=20,duration=1h,ttl=mix"


def test_a_report_has_the_table_of_the_terminal(command, tmp_path):
    out = tmp_path / "it's here"
    code, shown, told = command("policy", "compare", "rfc", "min=600", "--synthetic", SPEC, "--out", str(out))
    assert code == 0
    page = (out / "report.html").read_text("utf-8").replace("\u00a0", " ")
    for cell in shown.splitlines()[2].lstrip("* ").split("  "):
        assert cell.strip() in page
    assert told.splitlines()[-1].startswith(f"report: {out / 'report.html'}")
    summary = json.loads((out / "summary.json").read_text())
    assert summary["schema"] == 1
    assert summary["command"].startswith("resolver policy compare rfc min=600 --synthetic ")
    assert summary["command"].endswith("it'\"'\"'s here'")
    assert [line["policy"] for line in summary["lines"]] == ["rfc", "min=600"]
    assert set(summary["figures"]) == {
        "front-price",
        "front-wait",
        "waits",
        "hits-by-ttl",
        "outage",
        "ttls",
        "change",
    }
    assert [row["policy"] for row in csv.DictReader((out / "summary.csv").open())] == ["rfc", "min=600"]


def test_json_on_stdout_stays_json_beside_a_report(command, tmp_path):
    asked = ("policy", "compare", "rfc", "--synthetic", SPEC, "--format", "json", "--out", str(tmp_path))
    assert json.loads(command(*asked)[1])["schema"] == 1


def test_conditions_decide_the_exit_code_beside_a_report(command, tmp_path):
    asked = ("policy", "compare", "rfc", "--synthetic", SPEC, "--out", str(tmp_path), "--assert", "hit > 99%")
    assert command(*asked)[0] == Exit.CONDITION_MET
    assert (tmp_path / "report.html").exists()


def test_the_curves_of_a_replay_are_in_its_report(command, tmp_path):
    spec = "zipf:n=2000,rate=50,duration=900,ttl=mix"
    assert command("replay", spec, "--curves", "--out", str(tmp_path))[0] == 0
    assert len(json.loads((tmp_path / "summary.json").read_text())["figures"]["misses"]["by_cap"]) == 7
    assert (tmp_path / "misses.svg").exists()


@pytest.mark.parametrize("asked", [("replay", SPEC), ("policy", "compare", "rfc", "--synthetic", SPEC)])
def test_a_folder_that_cannot_be_is_refused_before_the_work(command, tmp_path, asked):
    (tmp_path / "file").write_text("")
    code, out, err = command(*asked, "--out", str(tmp_path / "file"))
    assert (code, out) == (Exit.FAILED, "")
    assert " - choose a folder" in err


def test_a_plot_is_load_against_price(command, tmp_path):
    path = tmp_path / "front.svg"
    code, _, told = command("policy", "compare", "rfc", "--synthetic", SPEC, "--plot", str(path))
    assert (code, told) == (0, f"figure: {path}\n")
    assert path.read_bytes().startswith(b"<?xml")


def test_a_plot_that_cannot_be_drawn_is_refused_before_the_work(command, tmp_path):
    code, out, err = command(
        "policy", "compare", "rfc", "--synthetic", SPEC, "--plot", str(tmp_path / "a.gif")
    )
    assert (code, out) == (Exit.FAILED, "")
    assert "no kind of figure - " in err
