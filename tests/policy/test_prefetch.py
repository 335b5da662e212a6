# SPDX-License-Identifier: ISC
"""When a hit starts a new fetch."""

from math import inf

import pytest

from resolver.policy import Policy, PrefetchRules, prefetch_at
from resolver.units import Seconds
from tests.policy.judging import positive, subject


def left_when_due(ttl: int, **rules: object) -> float:
    """Seconds left of a life when it becomes worth a fetch; minus infinity when it never does."""
    policy = Policy(prefetch=PrefetchRules(**rules))  # type: ignore[arg-type]
    life = positive(ttl, 1000.0, policy)
    return life.fresh_until - prefetch_at(subject(ttl), life, policy)


def test_the_last_tenth_of_a_life() -> None:
    assert left_when_due(300) == 30


def test_short_lives_are_not_worth_it() -> None:
    assert left_when_due(9) == -inf
    assert left_when_due(10) == 1


def test_switched_off_or_without_a_window_it_never_is() -> None:
    assert left_when_due(300, enabled=False) == -inf
    assert left_when_due(300, fraction=0.0) == -inf


def test_min_ttl_is_a_switch_of_its_own() -> None:
    assert left_when_due(300, min_ttl=Seconds(300)) == 30
    assert left_when_due(300, min_ttl=Seconds(301)) == -inf


@pytest.mark.parametrize(("ttl", "left"), [(8, -inf), (9, 2), (3600, 2)])
def test_bind_two_seconds_before_the_end_of_lives_of_nine(ttl: int, left: float) -> None:
    assert left_when_due(ttl, fraction=0.0, left=Seconds(2), min_ttl=Seconds(9)) == left


@pytest.mark.parametrize(("ttl", "left"), [(60, 5.6), (500, 10), (3600, 41)])
def test_knot_resolver_one_percent_and_five_seconds(ttl: int, left: float) -> None:
    assert left_when_due(ttl, fraction=0.01, left=Seconds(5)) == pytest.approx(left)


def test_a_window_longer_than_the_life_is_all_of_it() -> None:
    assert left_when_due(3, left=Seconds(9), min_ttl=Seconds(2)) == pytest.approx(3)
