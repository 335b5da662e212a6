# SPDX-License-Identifier: ISC
"""The latency model: a mixture whose percentiles are those of a sample of it."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.comparison.latency import LatencyModel
from resolver.lab.replay.outcome import OUTCOMES, QUERIED, Kind
from resolver.lab.replay.results import Tally
from resolver.lab.replay.step import SUMS

MODEL = LatencyModel()


def tally(fresh: int, answered: int, failed: int, waited: int) -> Tally:
    counts = np.zeros(OUTCOMES, np.int64)
    counts[Kind.FRESH], counts[Kind.ANSWERED | QUERIED] = fresh, answered
    counts[Kind.FAILED | QUERIED], counts[Kind.STALE_WAITED | QUERIED] = failed, waited
    return Tally(counts, np.zeros(SUMS), 0, 1.0, 1)


@pytest.mark.parametrize(
    "shares", [(60, 40, 0, 0), (10, 80, 5, 5), (0, 100, 0, 0), (50, 20, 10, 20), (0, 1, 99, 0)]
)
@pytest.mark.parametrize("percentile", [0.05, 0.5, 0.9, 0.95, 0.99])
def test_percentiles_are_those_of_a_sample(shares: tuple[int, int, int, int], percentile: float) -> None:
    fresh, answered, failed, waited = shares
    rng = np.random.Generator(np.random.PCG64(1))
    each = 20_000
    misses = np.exp(np.log(0.130) - 0.5 + rng.standard_normal(answered * each))
    sample = np.concatenate(
        (np.zeros(fresh * each), misses, np.full(failed * each, 4.5), np.full(waited * each, 1.8))
    )
    found = MODEL.percentile(tally(*shares), 1.8, percentile)
    # At a step of the distribution function, either side of it is right.
    low, high = np.quantile(sample, [max(percentile - 0.003, 0), min(percentile + 0.003, 1)])
    assert low * 0.99 <= found <= high * 1.01
    assert MODEL.mean(tally(*shares), 1.8) == pytest.approx(sample.mean(), rel=0.01)


def test_without_misses_there_is_no_log_normal() -> None:
    assert MODEL.percentile(tally(10, 0, 0, 0), 1.8, 0.99) == 0.0
    assert MODEL.percentile(tally(10, 0, 10, 0), 1.8, 0.99) == 4.5
    assert "130 ms" in MODEL.about
