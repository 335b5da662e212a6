# SPDX-License-Identifier: ISC
"""The comparisons of a check."""

from __future__ import annotations

import pytest

from resolver.lab.rpl_values import Comparison


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        (Comparison.AT_MOST, True, True, False),
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.EXACTLY, False, True, False),
        (Comparison.LESS, True, False, False),
        (Comparison.MORE, False, False, True),
    ],
)
def test_comparisons(comparison: Comparison, below: bool, equal: bool, above: bool) -> None:
    assert [comparison.holds(found, 5) for found in (4, 5, 6)] == [below, equal, above]
