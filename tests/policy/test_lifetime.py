# SPDX-License-Identifier: ISC
"""The judge, and the TTL shown."""

import pytest

from resolver.policy import Freshness, Lifetime, freshness, shown_ttl

LIFE = Lifetime(100.0, 200.0, 300.0, 100)


@pytest.mark.parametrize(
    ("at", "age"),
    [
        (100.0, Freshness.FRESH),
        (199.999, Freshness.FRESH),
        (200.0, Freshness.STALE),
        (299.999, Freshness.STALE),
        (300.0, Freshness.DEAD),
    ],
)
def test_intervals_are_half_open(at: float, age: Freshness) -> None:
    assert freshness(LIFE, at) is age


@pytest.mark.parametrize(
    ("at", "ttl"), [(100.0, 100), (100.5, 99), (198.9, 1), (199.5, 1), (200.0, 30), (299.0, 30)]
)
def test_rfc1035_ttl_counts_down_and_rfc8767_stale_shows_thirty(at: float, ttl: int) -> None:
    assert shown_ttl(LIFE, at, 30.0) == ttl


def test_a_clock_that_jumps_back_shows_no_more_than_was_kept() -> None:
    assert shown_ttl(LIFE, 50.0, 30.0) == 100


def test_kept_ttl_is_the_fresh_life() -> None:
    assert LIFE.kept_ttl == 100.0
