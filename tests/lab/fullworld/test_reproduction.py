# SPDX-License-Identifier: ISC
"""The reference table from the server itself: on a small world in full, and how rows pass and fail."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.composition import ServerUnder
from resolver.lab import models
from resolver.lab.fullworld.reproduction import Measured, Part, reproduced
from resolver.lab.reproduction import ALPHA
from resolver.policy import Policy


@pytest.mark.parametrize("ttl", [5, 300])
def test_a_small_world_begins_stationary_and_both_depths_agree(ttl: int) -> None:
    part = Part(ServerUnder, names=400, rate=20.0, duration_s=60.0)
    found = [part((ttl, seed)) for seed in range(1, 4)]
    rates = models.zipf_rates(400, ALPHA, 20.0)
    model = models.over_names(rates, models.hit_ratio(rates, ttl))
    assert [each.differing for each in found] == [0, 0, 0]
    assert sum(each.questions for each in found) > 3000
    # Three runs of some 1200 questions: three standard deviations are 2.5 points, and the first misses alone 15.
    assert np.mean([each.hit for each in found]) == pytest.approx(model, abs=0.025)


def test_a_server_under_another_policy_differs() -> None:
    part = Part(lambda policy: ServerUnder(Policy()), names=100, rate=20.0, duration_s=40.0)
    assert part((30, 1)).differing > 0


def test_rows_pass_when_theory_lies_in_the_interval() -> None:
    right = {5: 0.226, 30: 0.368, 60: 0.430, 300: 0.592}
    found = [Measured(ttl, hit + off, 1000, 1) for ttl, hit in right.items() for off in (-0.002, 0.0, 0.0025)]
    table = reproduced(found)
    assert [row.what for row in table.rows] == [f"hits, TTL {ttl} s" for ttl in right]
    assert all(row.passes for row in table.rows)
    assert (table.questions, table.differing) == (12_000, 12)
    moved = [each._replace(hit=each.hit + 0.1) if each.ttl == 60 else each for each in found]
    assert [row.passes for row in reproduced(moved).rows] == [True, True, False, True]
