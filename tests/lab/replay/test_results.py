# SPDX-License-Identifier: ISC
"""Shares from counters."""

from __future__ import annotations

from math import isnan

import numpy as np

from resolver.lab.replay.outcome import (
    BEYOND,
    OUTAGE,
    OUTCOMES,
    OUTDATED,
    PREFETCH_USED,
    QUERIED,
    Kind,
)
from resolver.lab.replay.results import Tally


def tally(*counted: tuple[int, int]) -> Tally:
    counts = np.zeros(OUTCOMES, np.int64)
    for outcome, count in counted:
        counts[outcome] += count
    return Tally(counts, np.array([50.0, 4.0, 400.0, 200.0]), 3, 10.0, 5)


def test_shares() -> None:
    found = tally(
        (Kind.FRESH, 30),
        (Kind.FRESH | QUERIED, 10),
        (Kind.FRESH | PREFETCH_USED, 5),
        (Kind.NEGATIVE | OUTDATED, 5),
        (Kind.STALE | BEYOND | OUTAGE, 10),
        (Kind.STALE_WAITED | QUERIED | OUTAGE, 5),
        (Kind.FAILURE | OUTAGE, 10),
        (Kind.ANSWERED | QUERIED, 20),
        (Kind.FAILED | QUERIED | OUTAGE, 5),
    )
    assert found.questions == 100
    assert found.hit == 0.7
    assert found.data_hit == 0.5
    assert found.queries == 40
    assert found.upstream_per_s == 4.0
    assert found.prefetches == 10
    assert found.prefetch_used == 0.5
    assert found.outdated == 0.05
    assert found.outdated_per_hit == 5 / 65
    assert found.beyond == 0.1
    assert found.served_in_outage == 0.5
    assert found.outdated_s == 50.0
    assert found.mean_kept_s == 100.0
    assert found.mean_published_s == 50.0


def test_nothing_was_counted() -> None:
    assert isnan(tally((Kind.FRESH, 1)).served_in_outage)
    assert tally().hit == 0.0
