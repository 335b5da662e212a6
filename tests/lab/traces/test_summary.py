# SPDX-License-Identifier: ISC
"""Figures of a trace, against traces whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.traces.opening import FileTrace, open_trace
from resolver.lab.traces.summary import estimate_alpha, summarise


def test_a_generated_trace_has_the_figures_of_its_spec():
    told = []
    spec = (
        "zipf:n=2000,alpha=1.1,rate=50,duration=3000,clients=30,ttl=300,negative_ttl=60,"
        "pairs=1,nodata=0.4,nxdomain=0.2,once=0.1"
    )
    found = summarise(open_trace(spec, seed=1), told.append)
    assert found.rows == told[-1] == pytest.approx(150_000, rel=0.02)
    assert found.span == pytest.approx(3000, rel=0.01)
    assert found.rate == pytest.approx(50, rel=0.02)
    assert 50 < found.peak_rate < 65
    assert found.clients == 30
    assert found.types == {"A": 0.5, "AAAA": 0.5}
    assert found.rcodes["NXDOMAIN"] == pytest.approx(0.2, abs=0.01)
    assert 0.05 < found.nodata < 0.35
    assert found.with_ttl == found.with_data == 1
    assert (found.ttls["min"], found.ttls["max"]) == (60, 300)
    assert found.top_level == {"lab.": 1.0}
    assert next(iter(found.most_asked)) == "h0.z0.lab."


@pytest.mark.parametrize("alpha", [0.6, 0.9, 1.2])
def test_the_zipf_exponent_is_found_again(alpha):
    found = summarise(open_trace(f"zipf:n=20000,alpha={alpha},rate=100,duration=3000", seed=2))
    assert found.alpha == pytest.approx(alpha, abs=0.05)


def test_too_few_names_have_no_exponent():
    assert estimate_alpha(np.array([50, 20, 3])) is None


def test_names_asked_once_count_names_and_not_questions(tmp_path):
    lines = [f"n{n}.example A" for n in range(7)] + ["busy.example A"] * 93
    (tmp_path / "q.txt").write_text("\n".join(lines))
    found = summarise(FileTrace([str(tmp_path / "q.txt")]))
    assert found.names_asked_once == 7 / 8
    assert found.clients == 0
    assert found.ttls == {}
    assert found.rcodes == {}
    assert found.most_asked["busy.example."] == 0.93


def test_times_far_apart_cost_no_memory(tmp_path):
    (tmp_path / "t.jsonl").write_text(
        "".join(f'{{"t":{t},"client":"","qname":"a.","qtype":"A"}}\n' for t in (0, 1e12))
    )
    found = summarise(FileTrace([str(tmp_path / "t.jsonl")]))
    assert found.peak_rate is None
    assert found.span == 1e12


def test_an_empty_trace_has_figures_too(tmp_path):
    (tmp_path / "t.csv").write_text("t,qname,qtype\n")
    found = summarise(FileTrace([str(tmp_path / "t.csv")]))
    assert (found.rows, found.rate, found.names, found.most_asked) == (0, 0.0, 0, {})
