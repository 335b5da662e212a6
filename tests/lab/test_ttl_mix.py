# SPDX-License-Identifier: ISC
"""Theory for a mix of TTLs: what is drawn, what is kept of it, and what follows."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab import models, ttl_mix
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PositiveBounds
from resolver.units import Seconds

RATES = models.zipf_rates(500, 0.9, 5.0)
AS_PUBLISHED = Policy()
CLAMPED = Policy(positive=PositiveBounds(min=Seconds(300), max=Seconds(3600)))


def test_what_a_policy_keeps() -> None:
    ttls = np.array([60, 0, 7200, 60, 900])
    assert ttl_mix.kept_ttls(ttls, CLAMPED).tolist() == [300, 300, 3600, 300, 900]
    assert ttl_mix.kept_ttls(ttls, AS_PUBLISHED).tolist() == ttls.tolist()


def test_one_ttl_is_the_plain_form() -> None:
    plain = models.over_names(RATES, models.hit_ratio(RATES, 300))
    assert ttl_mix.hits_expected(RATES, "300", AS_PUBLISHED) == pytest.approx(plain, abs=2e-6)
    assert ttl_mix.hits_given(RATES, AS_PUBLISHED, np.full(500, 300)) == pytest.approx(plain)
    assert ttl_mix.beyond_expected(RATES, "60", CLAMPED) == pytest.approx(plain * 0.8, abs=2e-6)
    assert ttl_mix.beyond_given(RATES, CLAMPED, np.full(500, 60)) == pytest.approx(plain * 0.8)


def test_ttl_zero_is_no_hit_as_published_and_all_beyond_under_a_minimum() -> None:
    assert ttl_mix.hits_expected(RATES, "0", AS_PUBLISHED) == 0.0
    assert ttl_mix.beyond_given(RATES, CLAMPED, np.zeros(500, np.int64)) == pytest.approx(
        ttl_mix.hits_given(RATES, CLAMPED, np.zeros(500, np.int64))
    )


@pytest.mark.parametrize("law", ["mix-log-uniform", "mix-uniform", "mix-top"])
@pytest.mark.parametrize("policy", [AS_PUBLISHED, CLAMPED])
def test_the_mean_over_seeds_is_what_the_law_expects(law: str, policy: Policy) -> None:
    """A control variate biases nothing only if its mean is known."""
    drawn = [Synthetic(read_spec(f"zipf:n=500,ttl={law}"), seed).ttl.astype(np.int64) for seed in range(300)]
    for given, expected in (
        (ttl_mix.hits_given, ttl_mix.hits_expected),
        (ttl_mix.beyond_given, ttl_mix.beyond_expected),
    ):
        values = [given(RATES, policy, ttls) for ttls in drawn]
        spread = np.std(values) / np.sqrt(len(values))
        assert np.mean(values) == pytest.approx(expected(RATES, law, policy), abs=4 * spread + 1e-5)
