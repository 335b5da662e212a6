# SPDX-License-Identifier: ISC
"""`resolver migrate outage` as a person and a script see it; its numbers are the design's reference table."""

from __future__ import annotations

import csv
import io
import json

import pytest

LABORATORY = ("migrate", "outage", "--ttl", "300", "--names", "100000", "--rate", "100", "--presets", "rfc")


def test_the_reference_table_comes_out(command):
    """TTL 300, Zipf 0.9, 100 questions/s: an hour is .025 / .844 / ~1.0, ten minutes without stale .148."""
    code, out, _ = command(*LABORATORY, "--for", "10m,1h", "--stale", "0,1h,1d", "--format", "json")
    served = {
        view["policy"]: [row["share"] for row in view["served"]] for view in json.loads(out)["policies"]
    }
    assert code == 0
    assert served["any without stale"] == pytest.approx([0.148, 0.025], abs=0.001)
    assert served["any with stale 1h"][1] == pytest.approx(0.844, abs=0.001)
    assert served["any with stale 1d"][1] == pytest.approx(1.0, abs=0.005)
    assert served["rfc"] == served["any without stale"]


def test_the_table_has_a_row_for_all_that_do_the_same(command):
    _, out, _ = command(*LABORATORY, "--for", "1h", "--stale", "0,1h")
    assert [" ".join(line.split()) for line in out.splitlines()[2:]] == [
        "KEPT + STALE 1h BY",
        "5m 1h 84.4 % any with stale 1h",
        "5m - 2.5 % any without stale, rfc",
    ]


def test_csv_and_jsonl(command):
    _, out, _ = command(*LABORATORY, "--for", "1m,1h", "--csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 5 * 2
    _, out, _ = command(*LABORATORY, "--for", "1m", "--format", "jsonl")
    assert [json.loads(line)["schema"] for line in out.splitlines()] == [1] * 5


def test_a_figure_is_drawn(command, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, _ = command("migrate", "outage", "--presets", "rfc", "--figure", str(tmp_path / "outage.png"))
    assert code == 0
    assert (tmp_path / "outage.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [("--for", "long"), ("--ttl", "x"), ("--stale", "-1")])
def test_usage_errors_are_one_line_and_code_2(command, arguments):
    code, _, err = command("migrate", "outage", *arguments)
    assert code == 2
    assert err.count("\n") == 1
