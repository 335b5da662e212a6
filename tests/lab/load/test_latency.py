# SPDX-License-Identifier: ISC
"""Latencies: quantiles near the true ones, and modes where there are two."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.load.latency import Latencies


def counted(seconds):
    latencies = Latencies()
    for one in seconds:
        latencies.add(one)
    return latencies


@given(st.lists(st.floats(2e-6, 100), min_size=1, max_size=200), st.floats(0.001, 1))
def test_a_quantile_is_within_the_width_of_a_bucket(seconds, share):
    ordered = sorted(seconds)
    true = next(one for rank, one in enumerate(ordered, 1) if rank >= share * len(ordered))
    assert counted(seconds).quantile(share) == pytest.approx(true, rel=0.022)


def test_mean_and_ends_are_exact_and_none_is_zero():
    latencies = counted([0.001, 0.003, 0.5])
    assert (latencies.least_s, latencies.greatest_s) == (0.001, 0.5)
    assert latencies.mean_s == pytest.approx(0.168)
    assert (Latencies().mean_s, Latencies().quantile(0.5)) == (0, 0)


def test_what_is_merged_is_as_if_counted_together():
    one, two, both = counted([0.001, 0.002]), counted([0.3]), counted([0.001, 0.002, 0.3])
    one.merge(two)
    assert (one.curve(), one.count, one.mean_s) == (both.curve(), 3, both.mean_s)


def test_beyond_the_scale_is_at_its_ends():
    latencies = counted([0, 1e-9, 1e6])
    assert latencies.count == 3
    assert latencies.quantile(1) <= 1e6


@pytest.mark.parametrize("hits", [0.9, 0.5, 0.05])
def test_a_cache_and_a_network_behind_it_are_two_modes(hits):
    random = Random(1)
    seconds = [
        random.lognormvariate(-8.5, 0.3) if random.random() < hits else random.lognormvariate(-3.5, 0.5)
        for _ in range(20_000)
    ]
    modes = counted(seconds).modes()
    assert modes is not None
    assert modes.fast_share == pytest.approx(hits, abs=0.01)
    assert modes.fast_median_s == pytest.approx(2.035e-4, rel=0.05)
    assert modes.slow_median_s == pytest.approx(0.0302, rel=0.06)


@pytest.mark.parametrize("spread", [0.1, 0.5, 1.0])
def test_one_hump_however_broad_is_one_mode(spread):
    random = Random(1)
    assert counted(random.lognormvariate(-6, spread) for _ in range(20_000)).modes() is None
