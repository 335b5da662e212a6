# SPDX-License-Identifier: ISC
"""The closed forms against the laboratory's reference table, against each other, and at their limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab import models

RATES = models.zipf_rates(100_000, 0.9, 100.0)
ONE = np.array([1 / 300])


@pytest.mark.parametrize(("ttl", "expected"), [(60, 0.167), (300, 0.5), (3600, 0.923), (86400, 0.9965)])
def test_one_name_asked_every_five_minutes(ttl: float, expected: float) -> None:
    assert models.hit_ratio(ONE, ttl)[0] == pytest.approx(expected, abs=5e-4)
    assert models.upstream_rate(ONE, ttl)[0] == pytest.approx((1 - models.hit_ratio(ONE, ttl)[0]) / 300)


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [(5, 0.226), (30, 0.368), (60, 0.430), (300, 0.592), (900, 0.711), (3600, 0.851), (86400, 0.989)],
)
def test_a_hundred_thousand_names(ttl: float, expected: float) -> None:
    assert models.over_names(RATES, models.hit_ratio(RATES, ttl)) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(("caches", "expected"), [(1, 0.592), (2, 0.520), (4, 0.452), (16, 0.328)])
def test_caches_that_share_nothing(caches: int, expected: float) -> None:
    shares = models.unshared_hit_ratio(RATES, 300, caches)
    assert models.over_names(RATES, shares) == pytest.approx(expected, abs=6e-4)


def test_prefetch_in_the_last_tenth() -> None:
    hits, upstream = models.prefetched(RATES, 300, 0.1)
    assert models.over_names(RATES, hits) == pytest.approx(0.611, abs=6e-4)
    assert upstream.sum() == pytest.approx(41.9, abs=0.06)
    assert models.upstream_rate(RATES, 300).sum() == pytest.approx(40.8, abs=0.06)


@pytest.mark.parametrize(("stale", "expected"), [(0, 0.025), (3600, 0.844), (86400, 1.0)])
def test_an_outage_of_an_hour(stale: float, expected: float) -> None:
    served = models.served_in_outage(RATES, 300, stale, 3600)
    assert models.over_names(RATES, served) == pytest.approx(expected, abs=3e-3 if expected == 1.0 else 6e-4)


def test_an_outage_of_ten_minutes_without_stale() -> None:
    served = models.served_in_outage(RATES, 300, 0, 600)
    assert models.over_names(RATES, served) == pytest.approx(0.148, abs=6e-4)


@pytest.mark.parametrize(("ttl", "expected"), [(30, 0.004), (300, 0.041), (3600, 0.368)])
def test_outdated_answers(ttl: float, expected: float) -> None:
    assert models.outdated_share(ttl, 1 / 3600) == pytest.approx(expected, abs=6e-4)


def test_ten_times_the_traffic() -> None:
    rates = models.zipf_rates(100_000, 0.9, 1000.0)
    assert models.over_names(rates, models.hit_ratio(rates, 300)) == pytest.approx(0.834, abs=6e-4)


def test_beyond_the_owners_ttl() -> None:
    assert models.beyond_owner_share(60, 300) == pytest.approx(0.8)
    assert models.beyond_owner_share(300, 60) == 0.0
    assert models.beyond_owner_share(60, 0) == 0.0
    assert models.outdated_share(300, 0.0) == 0.0


def test_renewal_arrivals_are_the_poisson_case_when_they_are_poisson() -> None:
    assert models.renewal_hit_ratio(RATES * 300) == pytest.approx(models.hit_ratio(RATES, 300))


durations = st.floats(1.0, 1e5)


@given(rate=st.floats(1e-6, 100.0), ttl=durations, outage=durations, extra=st.floats(0.0, 1e5))
def test_the_outage_law_is_the_one_published_where_that_holds(
    rate: float, ttl: float, outage: float, extra: float
) -> None:
    """laboratory.md: for D ≤ S, [λT + 1 − e^(−λS)(e^(λD) − 1)/(λD)] / (1 + λT), rearranged against overflow."""
    stale = outage + extra
    late = np.exp(-rate * (stale - outage)) * -np.expm1(-rate * outage) / (rate * outage)
    expected = (rate * ttl + 1 - late) / (1 + rate * ttl)
    assert models.served_in_outage(np.array([rate]), ttl, stale, outage)[0] == pytest.approx(
        expected, rel=1e-6
    )


@given(rate=st.floats(1e-6, 100.0), ttl=durations, outage=durations)
def test_without_stale_only_what_is_left_of_a_life_serves(rate: float, ttl: float, outage: float) -> None:
    left = 1 - outage / (2 * ttl) if outage <= ttl else ttl / (2 * outage)
    expected = models.hit_ratio(np.array([rate]), ttl)[0] * left
    assert models.served_in_outage(np.array([rate]), ttl, 0.0, outage)[0] == pytest.approx(expected, abs=1e-9)


@given(rate=st.floats(1e-6, 100.0), ttl=durations, stale=durations)
def test_an_outage_of_no_length_finds_what_is_stored(rate: float, ttl: float, stale: float) -> None:
    rates = np.array([rate])
    stored = models.stored_share(rates, ttl, stale)[0]
    assert models.served_in_outage(rates, ttl, stale, 1e-3)[0] == pytest.approx(stored, rel=1e-2)


@given(rate=st.floats(1e-6, 100.0), ttl=durations)
def test_a_prefetch_window_of_no_length_changes_nothing(rate: float, ttl: float) -> None:
    hits, upstream = models.prefetched(np.array([rate]), ttl, 0.0)
    assert hits == pytest.approx(models.hit_ratio(np.array([rate]), ttl), abs=1e-9)
    assert upstream == pytest.approx(models.upstream_rate(np.array([rate]), ttl))
