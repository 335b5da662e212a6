# SPDX-License-Identifier: ISC
"""One resolver through one change, held against closed forms.

A resolver with Poisson questions of rate λ holds a record of TTL T with probability h = λT/(1+λT), and what is left of
it is uniform on (0, T): renewal theory. So P(old at t) = h·(1 − t/T) for t ≤ T.
"""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.migration.population import Client
from resolver.lab.migration.spread import Judged, Published, ends
from tests.lab.migration.making import BROWSER, DAY, NAME, PLAIN, policy

T = 300
RUNS = 4000
FOUR_SIGMA = 4 * math.sqrt(0.25 / RUNS)  # of a share, at most


def play(clients, resolver=PLAIN, browser=None, published=None, runs=RUNS):
    """The end of the last client, once per run."""
    judged = Judged(NAME, 1, resolver)
    front = Judged(NAME, 1, browser) if browser else None
    rng = Random(1)
    steady = published or Published(T, T, 0.0)
    return [ends(clients, judged, front, steady, rng)[-1] for _ in range(runs)]


def share(found, t):
    return sum(end > t for end in found) / len(found)


@pytest.mark.parametrize("rate", [1 / 3000, 1 / 300, 1 / 20, 5.0])
@pytest.mark.parametrize("t", [0.0, 75.0, 200.0, 299.0])
def test_one_resolver_is_the_closed_form(rate, t):
    h = rate * T / (1 + rate * T)
    found = play((Client(rate / 2, is_browser=False), Client(rate / 2, is_browser=False)))
    assert share(found, t) == pytest.approx(h * (1 - t / T), abs=FOUR_SIGMA)


@pytest.mark.parametrize("rate", [1 / 300, 1 / 10])
def test_a_browser_behind_a_busy_resolver_is_the_convolution(rate):
    """End = R + V: R uniform on (0, T), V what is left of the copy it has then, 0 or uniform on (0, 60)."""
    b = 60 * rate / (1 + 60 * rate)
    found = play((Client(0.5, is_browser=False), Client(rate, is_browser=True)), browser=BROWSER)
    for t in (100.0, 200.0):
        assert share(found, t) == pytest.approx(1 - t / T + b * 30 / T, abs=FOUR_SIGMA)
    beyond = b * (60 - 30) ** 2 / (2 * 60 * T)  # P(R + V > T + 30)
    assert share(found, T + 30.0) == pytest.approx(beyond, abs=FOUR_SIGMA)


@pytest.mark.parametrize("rate", [1 / 300, 1 / 30, 1.0])
@pytest.mark.parametrize("ttl", [10, 50])
def test_a_lone_browser_before_a_short_ttl_is_its_own_renewal_process(rate, ttl):
    """Its resolver is empty whenever it asks: P(old at t) = b·(1 − t/60) with b = 60·rate/(1 + 60·rate)."""
    steady = Published(ttl, ttl, 0.0)
    found = play((Client(rate, is_browser=True),), browser=BROWSER, published=steady)
    b = 60 * rate / (1 + 60 * rate)
    for t in (0.0, 20.0, 55.0):
        assert share(found, t) == pytest.approx(b * (1 - t / 60), abs=FOUR_SIGMA)


def test_prefetch_shortens_the_old_value_of_a_busy_name():
    """Every life is then cut at 0.9 T, and what is left until the cut is uniform on (0, 0.9 T)."""
    found = play((Client(50.0, is_browser=False),), resolver=policy(prefetch=0.1))
    assert share(found, 0.45 * T) == pytest.approx(0.5, abs=FOUR_SIGMA)
    assert max(found) < 0.91 * T


def test_prefetch_of_a_quiet_name_is_the_renewal_process_with_cut_lives():
    """One life is T, or (1-f)T + x when a question comes x into the window; residual law of that mixture."""
    rate, f = 1 / 60, 0.5
    found = play((Client(rate, is_browser=False),), resolver=policy(prefetch=f), runs=4 * RUNS)
    window = f * T
    cut = 1 - math.exp(-rate * window)
    mean_old = (1 - f) * T + cut / rate  # E[min(life, first question in the window)]
    cycle = mean_old + math.exp(-rate * window) / rate
    assert share(found, 0.0) == pytest.approx(mean_old / cycle, abs=FOUR_SIGMA)


def test_stale_first_serves_the_old_value_to_whoever_asks_first():
    """With no patience for the client (RFC 8767 timer 0), a name nobody asked for is old until somebody does."""
    found = play((Client(1 / 10_000, is_browser=False),), resolver=policy(stale=DAY, client_timeout=0))
    assert share(found, T) > 0.9
    assert max(found) <= T + DAY


def test_a_lowering_counts_only_when_it_was_in_time():
    """Lowered for half the old TTL: half of the copies still have the old one, but no more than half of it left."""
    found = play((Client(20.0, is_browser=False),), published=Published(T, 10, T / 2))
    assert max(found) <= T / 2
    assert share(found, 10.0) == pytest.approx(0.5 - 10 / T, abs=FOUR_SIGMA)


def test_a_name_nobody_asks_for_is_new_at_once():
    assert play((Client(0.0, is_browser=False),), runs=1) == [0.0]


@given(
    rates=st.lists(st.tuples(st.floats(1e-5, 10.0), st.booleans()), min_size=1, max_size=5),
    before=st.integers(1, 3600),
    after=st.integers(1, 3600),
    notice=st.floats(0, 4000),
    least=st.integers(0, 300),
    prefetch=st.sampled_from([0.0, 0.1, 0.5]),
    seed=st.integers(0, 999),
)
def test_no_client_exceeds_the_bound(rates, before, after, notice, least, prefetch, seed):
    """The longest life that was published, clamps and a browser's minute: nothing is ever served beyond these."""
    clients = tuple(Client(rate, is_browser) for rate, is_browser in rates)
    resolver = Judged(NAME, 1, policy(least=least, prefetch=prefetch))
    published = Published(before, after, notice)
    found = ends(clients, resolver, Judged(NAME, 1, BROWSER), published, Random(seed))
    bound = max(max(before, least) - notice, after, least)
    for client, end in zip(clients, found, strict=True):
        assert 0 <= end <= bound + (60 if client.is_browser else 0) + 1e-6
