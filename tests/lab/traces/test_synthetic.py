# SPDX-License-Identifier: ISC
"""Generated traces: the same for the same seed, by rows as by columns, with the shares that were asked for."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from resolver.lab.traces.rows import EMPTY, Columns
from resolver.lab.traces.spec import load_scenario, read_spec, scenario_names
from resolver.lab.traces.synthetic import Synthetic

RICH = (
    "zipf:n=5000,rate=1000,duration=100,ttl=mix,once=0.2,once_nxdomain=0.5,nxdomain=0.1,"
    "pairs=0.5,nodata=0.3,change=1m,on=0.5,day=0.5"
)

PINNED = (
    982,
    [
        ("0.07171", "10.0.0.50", b"\x03h25\x02z3\x03lab\x00", 1064, 204324539403929369),
        ("48.55214", "10.0.0.47", b"\x02h5\x02z0\x03lab\x00", 208, 1570067754043582745),
    ],
)


def column(trace, field):
    return np.concatenate([getattr(block, field) for block in trace.blocks()])


def test_the_same_seed_gives_the_same_trace_and_another_another():
    for field in (f.name for f in fields(Columns)):
        first, again = (column(Synthetic(read_spec(RICH), 5), field) for _ in range(2))
        assert np.array_equal(first, again, equal_nan=field == "upstream_ms")
    assert not np.array_equal(
        column(Synthetic(read_spec(RICH), 5), "time"), column(Synthetic(read_spec(RICH), 6), "time")
    )


def test_a_trace_is_pinned_to_its_seed():
    """Published figures name a seed: a change here is a change of every figure, and needs a word in the changelog."""
    rows = list(Synthetic(read_spec("zipf:n=1000,rate=10,duration=100,ttl=mix,nxdomain=0.1"), 1).rows())
    told = [
        (f"{row.time:.5f}", row.client, row.name, row.ttl, row.rdata_hash) for row in (rows[0], rows[500])
    ]
    assert (len(rows), told) == PINNED


def test_rows_are_the_columns_one_by_one():
    trace = Synthetic(read_spec(RICH), 2)
    rows = list(trace.rows())
    assert [row.time for row in rows] == column(trace, "time").tolist()
    assert [row.name for row in rows] == [trace.names[number] for number in column(trace, "name").tolist()]
    assert [row.ttl for row in rows] == column(trace, "ttl").tolist()
    assert [row.rdata_hash for row in rows] == column(trace, "rdata_hash").tolist()


def test_a_second_pass_is_the_same():
    trace = Synthetic(read_spec(RICH), 3)
    assert list(trace.rows())[:500] == list(trace.rows())[:500]


def test_the_shares_are_those_of_the_spec():
    trace = Synthetic(
        read_spec(RICH.replace("duration=100", "duration=1d").replace("rate=1000", "rate=10")), 1
    )
    name, rtype, rcode = (column(trace, field) for field in ("name", "rtype", "rcode"))
    assert len(name) == pytest.approx(864_000, rel=0.05)
    once = name >= trace.names.ranges.once
    assert np.mean(once) == pytest.approx(0.2, abs=0.005)
    assert np.mean(rcode[once] == 3) == pytest.approx(0.5, abs=0.01)
    assert np.mean((name >= 5000) & ~once) == pytest.approx(0.1, abs=0.005)
    assert np.mean(rtype == 28) == pytest.approx(1 / 3, abs=0.005)
    asked = np.bincount(name[once] - trace.names.ranges.once)
    assert asked.max() <= 2  # a name asked once, perhaps as a pair


def test_ranks_follow_zipf():
    trace = Synthetic(read_spec("zipf:n=1000,alpha=1.1,rate=1000,duration=1000"), 4)
    counts = np.bincount(column(trace, "name"), minlength=1000)
    weights = np.arange(1, 1001) ** -1.1
    expected = counts.sum() * weights / weights.sum()
    assert (abs(counts - expected) < 5 * np.sqrt(expected) + 5).all()


def test_a_pair_is_one_name_and_client_in_one_instant():
    block = next(Synthetic(read_spec("zipf:n=100,pairs=1,nodata=1"), 1).blocks())
    assert block.rtype[:6].tolist() == [1, 28] * 3
    for field in ("time", "name", "client"):
        assert np.array_equal(getattr(block, field)[::2], getattr(block, field)[1::2])
    assert (block.rdata_hash[1::2] == EMPTY).all()


def test_times_never_decrease_from_block_to_block():
    time = column(Synthetic(read_spec("zipf:n=10,rate=10000,duration=40,pairs=0.3"), 1), "time")
    assert (np.diff(time) >= 0).all()
    assert time[-1] < 40


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_generates(name):
    block = next(Synthetic(load_scenario(name).spec, 0).blocks())
    assert len(block) > 1000
    assert block.rtype.dtype == np.uint16
