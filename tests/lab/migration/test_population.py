# SPDX-License-Identifier: ISC
"""Populations are drawn with the shares, rates and seed they were given."""

from __future__ import annotations

from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.migration.population import Population, PopulationError, RateLaw, draw


def rates(population, seed=1):
    return [client.rate for crowd in draw(population, Random(seed)) for client in crowd.clients]


@given(
    shares=st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 100), min_size=1),
    resolvers=st.integers(1, 50),
    seed=st.integers(0, 99),
)
def test_presets_get_their_shares_to_within_one_resolver(shares, resolvers, seed):
    crowds = draw(Population(shares, resolvers=resolvers, clients=3), Random(seed))
    assert len(crowds) == resolvers
    for name, share in shares.items():
        wanted = share / sum(shares.values()) * resolvers
        assert abs(sum(crowd.preset == name for crowd in crowds) - wanted) <= 1 + 1e-6


def test_every_client_is_behind_one_resolver():
    crowds = draw(Population({"a": 1}, resolvers=7, clients=100), Random(3))
    assert sum(len(crowd.clients) for crowd in crowds) == 100


def test_the_log_normal_has_the_mean_that_was_asked_for():
    found = rates(Population({"a": 1}, clients=50_000, mean_rate=0.01, shape=1.0))
    assert fmean(found) == pytest.approx(0.01, rel=0.03)


def test_zipf_has_the_mean_and_the_ratio_of_its_ranks():
    found = sorted(rates(Population({"a": 1}, clients=1000, law=RateLaw.ZIPF, mean_rate=0.01, shape=0.9)))
    assert fmean(found) == pytest.approx(0.01)
    assert found[-1] / found[-2] == pytest.approx(2**0.9)


def test_the_share_of_browsers():
    crowds = draw(Population({"a": 1}, clients=10_000, browsers=0.6), Random(5))
    browsers = sum(client.is_browser for crowd in crowds for client in crowd.clients)
    assert browsers == pytest.approx(6000, abs=200)


def test_the_same_seed_is_the_same_population():
    population = Population({"a": 1, "b": 2})
    assert draw(population, Random(9)) == draw(population, Random(9))
    assert draw(population, Random(9)) != draw(population, Random(10))


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": {}},
        {"shares": {"a": -1.0}},
        {"shares": {"a": 1}, "clients": 0},
        {"shares": {"a": 1}, "browsers": 1.5},
        {"shares": {"a": 1}, "mean_rate": 0.0},
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(wrong):
    with pytest.raises(PopulationError, match=" - "):
        Population(**wrong)


def test_the_title_names_the_law_and_the_mix():
    assert Population({"a": 1, "b": 3}).title == (
        "2000 clients (60 % browsers), each asking every 600 s on average (lognormal, sigma 1.5),"
        " behind 200 resolvers: a 25 %, b 75 %"
    )
