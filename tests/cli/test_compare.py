# SPDX-License-Identifier: ISC
"""`resolver policy compare` as a person uses it: tables, JSON, CSV, conditions and what is wrong in one line."""

from __future__ import annotations

import csv
import io
import json

import pytest

from resolver.cli.exits import Exit

SPEC = "zipf:n=200,rate=20,duration=600,ttl=mix"


def test_a_table_with_its_seed_and_models(command):
    code, out, _ = command("policy", "compare", "default", "bind:min=0,30", "--synthetic", SPEC)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["POLICY", "HIT", "UPSTREAM/s"]
    assert [line.lstrip("* ").split("  ")[0] for line in lines[1:4]] == [
        "default",
        "bind min=0",
        "bind min=30",
    ]
    assert "(seed 1)" in out
    assert "log-normal with mean 130 ms" in out
    assert "one seed: no interval" in out


def test_json_and_csv_tell_the_same(command):
    asked = (
        "policy",
        "compare",
        "rfc",
        "--synthetic",
        SPEC,
        "--seeds",
        "2",
        "--processes",
        "1",
        "--outage",
        "5m+1m",
    )
    document = json.loads(command(*asked, "--format", "json")[1])
    assert document["schema"] == 1
    assert document["seeds"] == [1, 2]
    (line,) = document["lines"]
    (row,) = csv.DictReader(io.StringIO(command(*asked, "--format", "csv")[1]))
    assert float(row["hit"]) == line["figures"]["hit"]["mean"]
    assert float(row["served_95"]) == line["figures"]["served"]["half_width_95"]


def test_sizes_and_orders_have_their_column(command):
    asked = ("--capacity", "16KiB", "--capacity", "1MiB", "--eviction", "lru", "--eviction", "fifo")
    out = command("policy", "compare", "rfc", "--synthetic", SPEC, *asked)[1]
    sizes = [line.lstrip("* ").split()[1:3] for line in out.splitlines()[1:6]]
    assert sizes == [["no", "limit"], ["16KiB", "lru"], ["16KiB", "fifo"], ["1MiB", "lru"], ["1MiB", "fifo"]]


def test_conditions_decide_the_exit_code(command):
    met = ("policy", "compare", "rfc", "--synthetic", SPEC, "--assert", "hit > 1% and outdated == 0")
    assert command(*met)[0] == Exit.OK
    code, _, err = command("policy", "compare", "rfc", "--synthetic", SPEC, "--assert", "hit > 99%")
    assert code == Exit.CONDITION_MET
    assert err.startswith("not met by rfc: hit > 99% (hit 0.")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--assert", "hits > 1"), "has no figure 'hits'"),
        (("--outage", "5m"), "write AT+FOR"),
        (("--capacity", "much"), "--capacity 'much'"),
        (("--missing-ttl", "much"), "--missing-ttl 'much'"),
        (("--warm-up", "1d"), "nothing to count"),
        (("--change", "x"), "--change 'x'"),
        (("nobodys",), "nobodys"),
        (("--trace", "x"), "give either --trace or --synthetic"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(command, wrong, said):
    code, out, err = command("policy", "compare", "--synthetic", SPEC, *wrong)
    assert code in (Exit.FAILED, Exit.USAGE)
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert " - " in err
    assert len(err.splitlines()) == 1
