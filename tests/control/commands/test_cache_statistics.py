# SPDX-License-Identifier: ISC
"""What the caches hold, in numbers; several workers' numbers are one."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.control.commands import CacheStatistics
from resolver.control.commands.cache_statistics import quantiles, rounded
from tests.control.commands.inside import inside_of, some_entries

CACHES = {"records", "delegations", "failures", "servers", "images"}


def counted(inside):
    return asyncio.run(CacheStatistics().run(inside))


def test_entries_by_kind_and_state_and_bytes_of_each_cache():
    view = counted(some_entries())
    records = view["records"]
    assert records["entries"] == 6
    assert (records["positive"], records["nxdomain"]) == (5, 1)
    assert (records["fresh"], records["stale"], records["dead"]) == (4, 1, 1)
    assert 500 < records["bytes"] < records["budget"]
    assert set(view) > CACHES
    assert all(view[cache]["budget"] > view[cache]["bytes"] for cache in CACHES)


def test_ages_and_ttls():
    view = counted(some_entries())
    assert view["age_seconds"] == {"oldest": 100.0, "newest": 100.0}
    assert view["ttl_seconds"]["published"] == dict.fromkeys(
        ("least", "tenth", "half", "nine_tenths", "most"), 60
    )
    assert view["ttl_seconds"]["kept"]["least"] == 91
    assert view["ttl_seconds"]["left"]["most"] == 60


def test_an_empty_cache_has_no_quantiles():
    view = counted(inside_of())
    assert view["age_seconds"] == {"oldest": None, "newest": None}
    assert set(view["ttl_seconds"]["left"].values()) == {None}


def test_workers_add_up():
    one, two = counted(some_entries()), counted(inside_of())
    both = CacheStatistics().combine([(1, one), (2, two), (3, one)])
    assert both["records"]["entries"] == 12
    assert both["age_seconds"] == one["age_seconds"]
    assert both["ttl_seconds"] == one["ttl_seconds"]
    assert CacheStatistics().combine([]) == {}


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=200))
def test_quantiles_are_within_half_a_percent(ttls):
    spread: dict[str, int] = {}
    for ttl in ttls:
        spread[str(rounded(ttl))] = spread.get(str(rounded(ttl)), 0) + 1
    found, real = quantiles(spread), sorted(ttls)
    for name, index in (("least", 0), ("most", -1)):
        assert found[name] == pytest.approx(real[index], rel=0.0051, abs=1)
    assert found["least"] <= found["tenth"] <= found["half"] <= found["nine_tenths"] <= found["most"]
