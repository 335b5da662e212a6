# SPDX-License-Identifier: ISC
"""One trace under every TTL: the model is the replay's where its questions are Poisson, and exact at the ends."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.replay.questions import World
from resolver.lab.report.by_ttl import TTLS, by_ttl, modelled
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic


def test_a_poisson_trace_lies_on_the_curve():
    found = by_ttl(Synthetic(read_spec("zipf:n=500,rate=20,duration=2h,ttl=mix"), 1), World())
    span = found.span_s
    assert int(found.asked.sum()) == pytest.approx(20 * span, rel=0.02)
    interpolated = np.interp(np.log(TTLS), np.log(found.lengths), found.modelled)
    assert np.abs(interpolated - np.array(found.replayed)).max() < 0.01
    assert list(found.replayed) == sorted(found.replayed)


def test_a_ttl_as_long_as_the_trace_leaves_one_miss_each():
    assert modelled([1, 3, 10], 100.0, 100.0) == pytest.approx(1 - 3 / 14)
    assert modelled([1, 3, 10], 100.0, 1e6) == modelled([1, 3, 10], 100.0, 100.0)


def test_what_is_asked_once_is_never_found():
    assert modelled([1, 1, 1], 100.0, 60.0) == 0.0
    assert modelled([], 100.0, 60.0) == 0.0


def test_an_outage_of_the_world_does_not_count():
    trace = Synthetic(read_spec("zipf:n=50,rate=5,duration=1h,ttl=300"), 1)
    assert by_ttl(trace, World(outages=((600, 1800),))).replayed == by_ttl(trace, World()).replayed
