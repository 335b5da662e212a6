# SPDX-License-Identifier: ISC
"""How far long work is, in one line."""

from __future__ import annotations

from resolver.cli.progress import progress, spelled


def test_a_bar_a_rate_and_the_time_left_when_the_end_is_known():
    line = spelled("replayed", 500, 2.0, 1000.0)
    assert line.startswith("█" * 15 + "░" * 15 + "  50% 500 questions replayed, 250/s, ")
    assert line.endswith("2.0 s left")


def test_no_bar_without_an_end():
    assert spelled("replayed", 1500, 3.0, None) == "1,500 questions replayed, 500/s"
    assert spelled("replayed", 0, 0.0, 100.0) == "0 questions replayed, 0/s"


def test_more_than_was_expected_is_all():
    assert spelled("replayed", 1100, 1.0, 1000.0).startswith("█" * 30 + " 100%")


def test_what_is_over_at_once_says_nothing(capsys):
    with progress("replayed") as told:
        told(5)
    assert capsys.readouterr().err == ""
