# SPDX-License-Identifier: ISC
"""The figures of a comparison show the table's numbers."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest

from resolver.lab.comparison.comparing import compare
from resolver.lab.missratio import Curves, Point
from resolver.lab.replay.eviction import Eviction
from resolver.lab.report.comparison_charts import comparison_charts, miss_ratio_chart, title
from tests.lab.report.experiments import comparison, experiment


def charts(tried, found):
    return {chart.name: chart for chart in comparison_charts(tried, found)}


def test_both_fronts_show_every_line():
    made = charts(experiment(), comparison())
    assert list(made) == ["front-price", "front-wait", "waits"]
    (drawing,) = made["front-price"].drawings
    assert drawing.y_is_share
    assert sorted(", ".join(dot.label for dot in drawing.dots).split(", ")) == [
        "default",
        "rfc",
        "rfc min=600",
    ]
    price = {line["policy"]: line["y"] for line in made["front-price"].data["lines"]}
    assert price["rfc min=600"] == comparison().lines[2].figures["outdated"].mean
    wait = {line["policy"]: line["y"] for line in made["front-wait"].data["lines"]}
    assert wait["rfc"] == comparison().lines[1].figures["mean"].mean


def test_without_a_price_there_is_no_figure_of_it():
    free = replace(
        experiment(), candidates=experiment().candidates[1:2], world=replace(experiment().world, change_s=0.0)
    )
    assert list(charts(free, compare(free, processes=1))) == ["front-wait", "waits"]


def test_waits_pass_through_the_percentiles_of_the_table():
    waits = charts(experiment(), comparison())["waits"].data
    at = waits["share"].index(0.99)
    for line, row in zip(waits["lines"], comparison().lines, strict=True):
        assert line["wait_s"][at] == pytest.approx(row.figures["p99"].mean, abs=1e-6)


def test_dots_on_each_other_share_their_label():
    twice = replace(experiment(), candidates=experiment().candidates[1:2] * 2)
    (drawing,) = charts(twice, compare(twice, processes=1))["front-wait"].drawings
    assert [dot.label for dot in drawing.dots] == ["rfc"]


def test_a_limited_cache_is_named():
    row = comparison().lines[0]
    assert title(row) == "default"
    assert title(replace(row, budget_bytes=1 << 20, eviction=Eviction.LRU)) == "default (1MiB lru)"


def test_miss_ratios_have_their_band_within_bounds():
    found = Curves(
        (Point(1 << 19, 0.95, 0.1), Point(1 << 20, 0.5, 0.1)),
        (Point(60, 0.02, 0.05), Point(inf, 0.5, nan)),
        0.2,
        9,
    )
    size, cap = miss_ratio_chart("rfc", Curves(found.by_size, found.by_cap[:1], 0.2, 9)).drawings
    assert list(size.lines[0].high) == [1.0, 0.6]
    assert list(cap.lines[0].low) == [0.0]
    assert [label for _, label in size.ticks] == ["0.5", "1"]
