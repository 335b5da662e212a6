# SPDX-License-Identifier: ISC
"""Conditions on figures: what they mean, what they refuse; nothing of them is ever run."""

from __future__ import annotations

import pytest

from resolver.lab.comparison.assertion import Assertion, AssertionFault

FIGURES = {"hit": 0.85, "outdated": 0.008, "p95": 0.2, "served": float("nan")}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("hit >= 0.8 and outdated <= 0.01", True),
        ("hit >= 80% and outdated <= 1%", True),
        ("hit > 0.9 or p95 < 300ms", True),
        ("not hit > 0.9", True),
        ("0.8 < hit < 0.9", True),
        ("p95 < 0.1 s", False),
        ("hit >= 0.8 and (outdated > 1% or p95 > 1s)", False),
        ("served >= 0", False),
        ("hit != 0.85", False),
        ("hit == 0.85", True),
    ],
)
def test_meaning(text: str, holds: bool) -> None:
    assert Assertion(text, FIGURES).holds(FIGURES) is holds


@pytest.mark.parametrize(
    "text",
    ["", "hit", "hits > 1", "hit >", "hit > 'a'", "hit > True", "__import__('os')", "hit.real > 0", "hit + 1 > 0",
     "hit in (1, 2)", "hit > 0 or nothing > 1", "(" * 400, "hit > 1" + " and hit > 1" * 100],
)  # fmt: skip
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(AssertionFault) as caught:
        Assertion(text, FIGURES)
    assert " - write 'hit >= 0.8" in str(caught.value)


def test_the_figures_it_speaks_of() -> None:
    assert Assertion("hit > 1% and p95 < 1s or hit > 2%", FIGURES).figures == ["hit", "p95"]
