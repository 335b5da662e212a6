# SPDX-License-Identifier: ISC
"""Curves from a sample of names lie where the whole trace's do, within their own error or nearly so."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from resolver.lab.missratio import Point, Sampled, curves
from resolver.lab.replay.eviction import ITEM_BYTES
from resolver.lab.replay.outcome import Kind
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, replay
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PositiveBounds
from resolver.units import Seconds

TRACE = Synthetic(read_spec("zipf:n=20000,alpha=0.8,rate=100,duration=3000,ttl=mix"), 1)
SIZES = [items * ITEM_BYTES for items in (500, 2000, 8000)]
CAPS = [30.0, 300.0, 3600.0]


def test_near_the_whole() -> None:
    found = curves(TRACE, World(), Policy(), SIZES, CAPS, share=0.5)
    arms = [Arm(Policy(), size) for size in SIZES]
    arms += [Arm(Policy(positive=PositiveBounds(max=Seconds(cap)))) for cap in CAPS]
    tallies = replay(Preparation(TRACE, World()), arms)
    exact = [tally.share(Kind.ANSWERED, Kind.FAILED) for tally in tallies]
    points = (*found.by_size, *found.by_cap)
    assert [point.miss_ratio for point in points] == pytest.approx(exact, abs=0.01)
    assert all(
        abs(point.miss_ratio - value) <= 3 * point.half_width + 1e-3
        for point, value in zip(points, exact, strict=True)
    )
    assert found.questions == tallies[0].questions


def test_more_of_either_misses_less() -> None:
    found = curves(TRACE, World(), Policy(), SIZES, CAPS)
    for curve in (found.by_size, found.by_cap):
        assert all(_is_above(a, b) for a, b in pairwise(curve))
        assert all(0 <= point.half_width < 0.1 for point in curve)


def _is_above(one: Point, other: Point) -> bool:
    return one.miss_ratio > other.miss_ratio


def test_samples_share_no_name_and_miss_none() -> None:
    parts = [Sampled(TRACE, n / 4, (n + 1) / 4, 1) for n in range(4)]
    names = [set(np.concatenate([block.name for block in part.blocks()]).tolist()) for part in parts]
    assert sum(map(len, names)) == len(set().union(*names))
    every = sum(len(block) for block in TRACE.blocks())
    assert sum(len(block) for part in parts for block in part.blocks()) == every
    assert sum(1 for _ in parts[0].rows()) == sum(len(block) for block in parts[0].blocks())
    assert parts[0].client(3) == TRACE.client(3)
