# SPDX-License-Identifier: ISC
"""The matrix tool itself: what makes a row pass, and what fails a run. No row is tested here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import matrix
from tests.faults.matrix import Fault, Result, rows, shortfall, verdict

P1, P2 = (Fault("F01", "what", "number", "peer", priority) for priority in ("P1", "P2"))


def test_a_run_of_a_part_or_of_nothing_leaves_the_whole_result_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, part = tmp_path / "whole.json", tmp_path / "part.json"
    monkeypatch.setattr(matrix, "RESULTS", whole)
    monkeypatch.setattr(matrix, "PART", part)
    codes = iter([pytest.ExitCode.USAGE_ERROR] * 2 + [pytest.ExitCode.OK] * 4)
    monkeypatch.setattr(pytest, "main", lambda *_, **__: next(codes))
    assert matrix.main(["--bogus"]) == 2
    assert matrix.main(["-k", "A05"]) == 0
    assert (whole.exists(), part.exists()) == (False, True)
    assert matrix.main([]) == 1  # not one row was shown
    assert whole.exists()


def result(outcome: str, *, live: bool = True) -> Result:
    return Result(f"test_F01_{outcome}", outcome, live, 0.1, [], "a reason" if outcome == "skipped" else "")


def test_every_row_of_the_page_is_read() -> None:
    found = [fault.ident for fault in rows()]
    wanted = [
        f"{letter}{n:02}"
        for letter, count in (("F", 21), ("A", 21), ("O", 22), ("R", 32))
        for n in range(1, count + 1)
    ]
    assert found == wanted


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        (["passed", "passed"], "pass"),
        (["passed", "skipped"], "skipped"),
        (["passed", "skipped", "not yet"], "not yet"),
        (["passed", "skipped", "failed"], "FAIL"),
        ([], "not run"),
    ],
)
def test_a_row_is_its_worst_test(outcomes: list[str], word: str) -> None:
    assert verdict(map(result, outcomes)) == word


def test_a_p1_row_that_was_skipped_fails_the_run_and_says_why() -> None:
    assert "a reason" in shortfall(P1, [result("passed"), result("skipped")], whole=False)
    assert shortfall(P2, [result("passed"), result("skipped")], whole=True) == ""


def test_a_row_that_does_not_hold_fails_the_run_whatever_its_priority() -> None:
    assert "does not hold" in shortfall(P2, [result("failed")], whole=True)


def test_a_p1_row_without_a_live_test_fails_the_whole_matrix() -> None:
    assert "live" in shortfall(P1, [result("passed", live=False)], whole=True)
    assert shortfall(P1, [result("passed", live=False)], whole=False) == ""
    assert shortfall(P1, [result("passed")], whole=True) == ""


def test_a_p1_row_that_never_ran_fails_the_whole_matrix() -> None:
    assert "not run" in shortfall(P1, [], whole=True)
    assert shortfall(P1, [], whole=False) == ""
