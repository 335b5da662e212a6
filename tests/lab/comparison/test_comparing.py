# SPDX-License-Identifier: ISC
"""Comparisons: the same in one process and in two, intervals over seeds, the front, and what is told beside figures."""

from __future__ import annotations

from math import isnan, nan
from pathlib import Path

import pytest

from resolver.lab.comparison.candidates import read_candidates
from resolver.lab.comparison.comparing import Experiment, compare, measure, on_front
from resolver.lab.comparison.figures import FIGURES
from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.questions import World

SPEC = "zipf:n=500,rate=20,duration=600,ttl=mix"


def experiment(**changes: object) -> Experiment:
    fields = {"what": SPEC, "candidates": tuple(read_candidates(["default", "rfc", "min=300"]))}
    return Experiment(**fields | changes)  # type: ignore[arg-type]  # a test's keywords


def test_a_line_for_each_candidate_size_and_order() -> None:
    found = compare(
        experiment(budgets=(None, 50 * ITEM_BYTES), evictions=(Eviction.S3FIFO, Eviction.LRU)), processes=1
    )
    assert len(found.lines) == 3 + 3 * 2
    unlimited, limited = found.lines[0], found.lines[3]
    assert unlimited.means["hit"] > limited.means["hit"]
    assert unlimited.means["evicted"] == 0 < limited.means["evicted"]
    assert 0 < unlimited.means["hit"] < found.ceiling < 1
    assert found.ttl_sources == {"told": 1.0, "seen": 0.0, "assumed": 0.0}


def test_processes_do_not_change_the_figures() -> None:
    wanted = experiment(seeds=(1, 2))
    heard: list[int] = []
    one, two = compare(wanted, heard.append, processes=1), compare(wanted, heard.append, processes=2)
    for mine, theirs in zip(one.lines, two.lines, strict=True):
        assert mine.means == pytest.approx(theirs.means, nan_ok=True)
    assert heard[-1] == one.questions == two.questions


def test_seeds_give_intervals() -> None:
    one, three = compare(experiment(), processes=1), compare(experiment(seeds=(1, 2, 3)), processes=1)
    assert isnan(one.lines[0].figures["hit"].half_width)
    assert 0 < three.lines[0].figures["hit"].half_width < 0.1
    assert measure([1.0, 2.0, 3.0]).half_width == pytest.approx(4.303 / 3**0.5, abs=1e-3)
    assert isnan(measure([1.0, nan]).mean)


def test_an_outage_and_changes_have_their_price() -> None:
    found = compare(experiment(world=World(outages=((300.0, 500.0),), change_s=60.0)), processes=1)
    default, rfc, clamped = found.lines
    assert default.means["served"] > rfc.means["served"]
    assert clamped.means["outdated"] > default.means["outdated"] > 0
    assert clamped.means["beyond"] > rfc.means["beyond"] == 0
    assert "outdated" in found.objectives


def test_ttls_that_a_trace_lacks_are_assumed_and_told(tmp_path: Path) -> None:
    trace = tmp_path / "q.jsonl"
    lines = [
        f'{{"t": {n}, "client": "10.0.0.1", "qname": "n{n % 7}.example.", "qtype": "A"}}' for n in range(100)
    ]
    trace.write_text("\n".join(lines) + "\n")
    found = compare(experiment(what=str(trace)), processes=1)
    assert found.questions == 100
    assert found.ttl_sources == {"told": 0.0, "seen": 0.0, "assumed": 1.0}


def test_the_front_is_what_nothing_beats() -> None:
    points = [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.5, 0.4), (0.5, 0.5)]
    assert on_front(points) == [True, True, True, False, True]


def test_every_figure_is_reckoned() -> None:
    found = compare(experiment(), processes=1)
    assert set(found.lines[0].figures) == set(FIGURES)
