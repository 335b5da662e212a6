# SPDX-License-Identifier: ISC
"""Student's t against its printed tables."""

from __future__ import annotations

import pytest

from resolver.lab.comparison.intervals import student_t


@pytest.mark.parametrize(
    ("degrees", "share", "expected"),
    [
        (1, 0.95, 12.706),
        (2, 0.95, 4.303),
        (4, 0.95, 2.776),
        (19, 0.95, 2.093),
        (19, 0.999, 3.883),
        (100, 0.95, 1.984),
    ],
)
def test_the_printed_table(degrees: int, share: float, expected: float) -> None:
    assert student_t(degrees, share) == pytest.approx(expected, abs=6e-4)
