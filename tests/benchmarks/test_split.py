# SPDX-License-Identifier: ISC
"""What splitting the cache costs: the published law, and a simulation that agrees with it."""

from __future__ import annotations

import random

import pytest

from benchmarks.micro.split import arrivals, law, simulate, zipf


@pytest.mark.parametrize(("workers", "ratio"), [(1, 0.592), (2, 0.520), (4, 0.452), (16, 0.328)])
def test_the_law_gives_the_reference_values_of_the_laboratory(workers: int, ratio: float) -> None:
    """100,000 names, Zipf 0.9, 100 questions/s, TTL 300 s."""
    assert round(law(zipf(100_000, 0.9), 100, 300, workers), 3) == ratio


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_simulation_agrees_with_the_law(workers: int) -> None:
    shares = zipf(1000, 0.9)
    found = simulate(shares, 10, 30, workers, seconds=6000, seed=1)
    assert abs(found - law(shares, 10, 30, workers)) < 0.01


def test_the_same_seed_gives_the_same_number_and_short_memory_costs_hits() -> None:
    shares = zipf(1000, 0.9)
    once, again = (simulate(shares, 10, 30, 2, seconds=600, seed=7) for _ in range(2))
    assert once == again
    assert simulate(shares, 10, 30, 2, seconds=600, seed=7, entries=20) < once


def test_arrivals_are_in_order_and_end() -> None:
    instants = [now for now, _ in arrivals(zipf(10, 1.0), 100, 50, random.Random(1))]
    assert instants == sorted(instants)
    assert 4500 < len(instants) < 5500
    assert instants[-1] < 50
