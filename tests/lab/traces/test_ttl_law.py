# SPDX-License-Identifier: ISC
"""The mix of TTLs from the literature: its shares, the law inside its buckets, and the hit ratios that follow."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.traces.ttl_law import MIX, ttl_law

EVENLY = (np.arange(1_000_000) + 0.5) / 1_000_000


@pytest.mark.parametrize("text", ["mix", "mix-uniform", "mix-top"])
def test_each_bucket_holds_its_share_of_the_names(text):
    ttls = ttl_law(text).of(EVENLY)
    for top, share in MIX:
        assert np.mean(ttls <= top) == pytest.approx(share, abs=0.002), top


def test_above_zero_every_ttl_is_at_least_a_second():
    ttls = ttl_law("mix").of(EVENLY)
    assert np.mean(ttls == 0) == pytest.approx(0.0016, abs=1e-5)
    assert ttls.max() <= 86400


@pytest.mark.parametrize(("text", "hits"), [("mix", 0.686), ("mix-uniform", 0.719), ("mix-top", 0.766)])
def test_the_hit_ratios_of_the_reference_come_out(text, hits):
    """laboratory.md: 100 000 names, Zipf 0.9, 100 questions/s, h = λT / (1 + λT); a seed moves it 0.3 points."""
    weights = np.arange(1, 100_001) ** -0.9
    rates = 100 * weights / weights.sum()
    found = []
    for seed in range(20):
        shares = np.random.default_rng(seed).random(100_000)
        seen = rates * ttl_law(text).of(shares)
        found.append(float((rates / 100) @ (seen / (1 + seen))))
    assert np.mean(found) == pytest.approx(hits, abs=0.003)


def test_one_ttl_for_all():
    assert ttl_law("1h").name == "1h"
    assert set(ttl_law("1h").of(EVENLY[:10]).tolist()) == {3600}


def test_the_default_law_is_named():
    assert ttl_law("mix").name == "mix-log-uniform"


def test_anything_else_is_refused_in_words():
    with pytest.raises(ValueError, match="mix-top"):
        ttl_law("many")
