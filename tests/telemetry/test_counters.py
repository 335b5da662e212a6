# SPDX-License-Identifier: ISC
"""Plain counters: they add, they refuse metrics that are not in the catalogue."""

from __future__ import annotations

import pytest

from resolver.telemetry.counters import Counters, Sample


def test_counts_add_up_by_labels():
    counters = Counters()
    counters.add("limits_hit_total", ("a",))
    counters.add("limits_hit_total", ("a",), 2)
    counters.add("limits_hit_total", ("b",))
    assert counters.get("limits_hit_total", ("a",)) == 3
    assert counters.get("limits_hit_total", ("none",)) == 0
    assert counters.sum("limits_hit_total") == 4
    assert Sample("limits_hit_total", ("b",), 1) in list(counters.samples())


def test_observations_fall_into_inclusive_buckets():
    counters = Counters()
    for seconds in (0, 5, 5.1, 10**9):
        counters.observe("cache_ttl_seconds", seconds, ("kept",))
    (sample,) = counters.samples()
    assert sample.value.counts[:3] == [1, 1, 1]
    assert sample.value.counts[-1] == 1


def test_what_is_not_in_the_catalogue_is_our_bug():
    with pytest.raises(KeyError):
        Counters().add("made_up_total")
    with pytest.raises(KeyError):
        Counters().observe("limits_hit_total", 1)
