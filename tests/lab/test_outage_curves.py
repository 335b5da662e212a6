# SPDX-License-Identifier: ISC
"""Shares answered through an outage: the laboratory's reference values, and what any such curve obeys."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab import models
from resolver.lab.outage_curves import by_windows, outage_curves, same, served_through, subject_of
from tests.lab.migration.making import DAY, NAME, PLAIN, policy

RATES = models.zipf_rates(100_000, 0.9, 100.0)


@pytest.mark.parametrize(
    ("stale", "length", "share"), [(0, 3600, 0.025), (3600, 3600, 0.844), (0, 600, 0.148), (DAY, 3600, 1.0)]
)
def test_the_laboratorys_reference_values(stale, length, share):
    assert served_through(RATES, 300, stale, length) == pytest.approx(share, abs=0.005)


@given(
    rate=st.floats(1e-4, 10),
    ttl=st.integers(1, 3600),
    stale=st.sampled_from([0, 60, 3600]),
    lengths=st.lists(st.floats(1, 1e6), min_size=2, max_size=5),
)
def test_a_longer_outage_is_never_survived_better_and_more_stale_never_worse(rate, ttl, stale, lengths):
    rates = np.array([rate])
    served = [served_through(rates, ttl, stale, length) for length in [0.0, *sorted(lengths)]]
    assert all(0 <= share <= 1 + 1e-9 for share in served)
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(served))
    assert (
        served_through(rates, ttl, stale + 60, lengths[0])
        >= served_through(rates, ttl, stale, lengths[0]) - 1e-6
    )


def test_what_is_not_kept_is_not_served():
    assert served_through(RATES, 0, DAY, 60) == 0.0


def test_policies_clamp_and_windows_are_named():
    policies = {"least": policy(least=600), **by_windows(PLAIN, [0, 3600])}
    curves = outage_curves(RATES, subject_of(NAME, 1, 300), policies, [600.0])
    assert [(c.policy, c.fresh, c.stale) for c in curves] == [
        ("least", 600, 0),
        ("any without stale", 300, 0),
        ("any with stale 1h", 300, 3600),
    ]


def test_policies_that_keep_alike_share_a_row_best_first():
    policies = {"b": PLAIN, "a": PLAIN, "stale": policy(stale=DAY)}
    curves = outage_curves(RATES, subject_of(NAME, 1, 300), policies, [3600.0])
    assert [names for names, _ in same(curves)] == ["stale", "a, b"]
