# SPDX-License-Identifier: ISC
"""`resolver migrate simulate` as a person and a script see it: table, JSON, CSV, figure."""

from __future__ import annotations

import csv
import io
import json

import pytest

SMALL = (
    "migrate",
    "simulate",
    "--count",
    "10",
    "--clients",
    "50",
    "--seeds",
    "3",
    "--resolvers",
    "unbound=2,bind=1",
)


def test_the_table_has_three_ways_twice_and_names_population_and_seeds(command):
    code, out, err = command(*SMALL, "--old-ttl", "1h")
    assert (code, err) == (0, "")
    assert [line.split("  ")[0] for line in out.splitlines()].count("lower-first") == 2
    assert "50 clients (60 % browsers), each asking every 600 s on average (lognormal, sigma 1.5)" in out
    assert "unbound 66.7 %, bind 33.3 %; seeds 1 to 3" in out
    assert "1h1m" in out


def test_json_has_means_and_half_widths(command):
    _, out, _ = command(*SMALL, "--format", "json")
    view = json.loads(out)
    assert [way["way"] for way in view["ways"]] == ["lower-first", "at-once", "no preparation"]
    assert view["ways"][0]["worst_s"] == 120
    assert set(view["ways"][0]["change"]["curve"][0]) == {"t", "share", "half_width"}
    _, out, _ = command(*SMALL, "--format", "jsonl")
    assert len(out.splitlines()) == 3


def test_csv_has_a_row_per_point(command):
    _, out, _ = command(*SMALL, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 3 * 2 * 61
    assert {row["event"] for row in rows} == {"change", "taken_back"}
    assert float(rows[-1]["share"]) == 0.0


def test_the_same_seeds_print_the_same(command):
    assert command(*SMALL) == command(*SMALL)
    assert command(*SMALL, "--seed", "9")[1] != command(*SMALL)[1]


def test_notice_and_laws_are_taken(command):
    code, out, _ = command(*SMALL, "--notice", "30m", "--law", "zipf", "--shape", "0.9", "--browsers", "0")
    assert code == 0
    assert "'at once' with 30m of notice" in out
    assert "(zipf, exponent 0.9)" in out


def test_a_figure_is_drawn(command, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, err = command(*SMALL, "--figure", str(tmp_path / "curve.svg"))
    assert (code, err) == (0, f"figure: {tmp_path / 'curve.svg'}\n")
    assert "<svg" in (tmp_path / "curve.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--lower-to", "2h", "--old-ttl", "1h"), 2),
        (("--every", "0"), 2),
        (("--resolvers", "unbound=many"), 2),
        (("--resolvers", "unbond=1"), 1),
        (("--browsers", "2"), 1),
        (("--figure", "curve.gif"), 1),
    ],
)
def test_errors_are_one_line(command, arguments, code):
    found, _, err = command("migrate", "simulate", *arguments)
    assert found == code
    assert err.startswith("error: ")
    assert " - " in err
    assert err.count("\n") == 1


def test_a_report_has_the_table_the_curves_and_the_whole_document(command, tmp_path):
    asked = ("migrate", "simulate", "--old-ttl", "10m", "--count", "20", "--clients", "50", "--seeds", "2")
    code, shown, _ = command(*asked, "--out", str(tmp_path))
    assert code == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "lower-first" in shown
    assert "lower-first" in page
    assert "taking it back" in page
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [way["way"] for way in summary["ways"]] == ["lower-first", "at-once", "no preparation"]
    assert (tmp_path / "summary.csv").read_text().startswith("way,event,seconds,share,half_width")
    assert (tmp_path / "curves.svg").exists()
