# SPDX-License-Identifier: ISC
"""Many curves become as few as can be told apart, and none is lost without a word."""

from __future__ import annotations

from math import nan

from resolver.lab.report.chart import MOST_LINES, Curve, lines, shortened


def test_curves_that_look_the_same_are_one_line_under_both_names():
    drawn, left = lines(
        [Curve("b", [0, 1], [0.5, 0.5]), Curve("a", [0, 1], [0.5, 0.501]), Curve("c", [0, 1], [0.5, 0.9])]
    )
    assert [line.label for line in drawn] == ["a, b", "c"]
    assert left == ""


def test_a_brief_difference_keeps_curves_apart():
    flat, dip = [1.0] * 100, [1.0] * 99 + [0.5]
    assert len(lines([Curve("a", range(100), flat), Curve("b", range(100), dip)])[0]) == 2


def test_other_instants_are_another_curve():
    assert len(lines([Curve("a", [0, 1], [0, 0]), Curve("b", [0, 2], [0, 0])])[0]) == 2


def test_what_does_not_exist_is_no_difference():
    assert len(lines([Curve("a", [0, 1], [nan, 0.5]), Curve("b", [0, 1], [0.1, 0.5])])[0]) == 1


def test_height_is_where_a_value_is_drawn():
    near = [Curve("a", [0], [100.0]), Curve("b", [0], [101.0])]
    assert len(lines(near)[0]) == 2
    assert len(lines(near, lambda value: value / 10_000)[0]) == 1


def test_those_on_the_front_stay_where_there_is_no_room_for_all():
    many = [Curve(f"p{n}", [0], [n / 100], n >= 15) for n in range(0, 60, 3)]
    drawn, left = lines(many)
    assert len(drawn) == MOST_LINES
    assert "p0" not in [line.label for line in drawn]
    assert left == f" {len(many) - MOST_LINES} more curves are in summary.json."


def test_labels_are_cut_between_names():
    assert shortened(["alpha", "beta", "gamma"], 12) == "alpha, beta and 1 more"
    assert shortened(["alpha", "beta", "gamma"], 30) == "alpha, beta, gamma"
    assert shortened(["an-endless-name"], 3) == "an-endless-name"
