# SPDX-License-Identifier: ISC
"""Security.md E16: a single death is mended at once, a storm of deaths costs less and less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.supervisor.restarts import CALM_S, LONGEST_PAUSE_S, Restarts


def test_one_death_has_no_pause_and_a_row_of_them_twice_as_long_each_time() -> None:
    restarts = Restarts()
    pauses = [restarts.pause(0.5) for _ in range(12)]
    assert pauses[:5] == [0.0, 0.1, 0.2, 0.4, 0.8]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_a_calm_life_is_forgiven_everything() -> None:
    restarts = Restarts()
    for _ in range(10):
        restarts.pause(0.0)
    assert restarts.pause(CALM_S) == 0.0
    assert restarts.pause(CALM_S - 1) == 0.1


@given(st.lists(st.floats(0, 100), max_size=2000))
def test_a_pause_is_never_negative_nor_longer_than_the_longest(lives: list[float]) -> None:
    restarts = Restarts()
    assert all(0.0 <= restarts.pause(lived) <= LONGEST_PAUSE_S for lived in lives)
