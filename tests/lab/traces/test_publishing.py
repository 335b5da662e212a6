# SPDX-License-Identifier: ISC
"""What owners publish: chains with their least TTL, denials, data that change, moves, and silence in an outage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resolver.lab.traces.publishing import Publishing
from resolver.lab.traces.rows import EMPTY, UNKNOWN
from resolver.lab.traces.spec import read_spec


def published(text, time, name, rtype=None, seed=1):
    time, name = np.asarray(time, float), np.asarray(name, np.int32)
    rtype = np.ones(len(name), np.uint16) if rtype is None else np.asarray(rtype, np.uint16)
    client = np.zeros(len(name), np.int32)
    return Publishing(read_spec(text), seed).begin().publish(time, client, name, rtype)


def test_a_chain_never_lives_longer_than_its_own_ttl():
    names = np.arange(5000)
    plain = published("zipf:n=5000,ttl=mix", np.zeros(5000), names)
    chained = published("zipf:n=5000,ttl=mix,chains=1,targets=50", np.zeros(5000), names)
    assert (chained.ttl <= plain.ttl).all()
    assert (chained.ttl < plain.ttl).mean() > 0.3


def test_names_that_do_not_exist_are_nxdomain_with_the_negative_ttl():
    block = published("zipf:n=100,negative_ttl=60,ttl=300", np.zeros(2), [5, 105])
    assert block.rcode.tolist() == [0, 3]
    assert block.ttl.tolist() == [300, 60]
    assert block.rdata_hash[1] == EMPTY


def test_a_name_without_aaaa_is_nodata_for_aaaa_alone():
    names = np.repeat(np.arange(1000), 2)
    block = published("zipf:n=1000,nodata=0.4", np.zeros(2000), names, np.tile([1, 28], 1000))
    assert (block.rdata_hash[::2] != EMPTY).all()
    assert np.mean(block.rdata_hash[1::2] == EMPTY) == pytest.approx(0.4, abs=0.05)
    assert set(block.rcode.tolist()) == {0}


def test_data_change_as_a_poisson_process():
    """The same data after t with probability e^(-t/change), whoever asked in between."""
    time = np.repeat(np.arange(0, 3000, 30.0), 500)
    name = np.tile(np.arange(500), 100)
    block = published("zipf:n=500,change=60s", time, name)
    data = block.rdata_hash.reshape(100, 500)
    assert np.mean(data[1:] == data[:-1]) == pytest.approx(math.exp(-0.5), abs=0.01)
    assert np.mean(data[4:] == data[:-4]) == pytest.approx(math.exp(-2), abs=0.01)


def test_changes_do_not_depend_on_where_a_block_ends():
    spec = read_spec("zipf:n=50,change=10s")
    publisher = Publishing(spec, 3).begin()
    seen = {}
    for start in (0.0, 100.0, 200.0):
        time = np.arange(start, start + 100)
        block = publisher.publish(
            time, np.zeros(100, np.int32), np.full(100, 7, np.int32), np.ones(100, np.uint16)
        )
        for at, data in zip(time.tolist(), block.rdata_hash.tolist(), strict=True):
            seen.setdefault(data, []).append(at)
    for times in seen.values():  # what was replaced never comes back
        assert times == list(np.arange(times[0], times[-1] + 1))
    assert 15 <= len(seen) <= 50


def test_a_move_replaces_data_once_and_its_ttl_is_lowered_before():
    text = "zipf:n=10,ttl=1h,move_share=1,move_at=100,lower_at=50,lower_to=60"
    block = published(text, [10, 60, 99, 100, 200], [4] * 5)
    assert block.ttl.tolist() == [3600, 60, 60, 3600, 3600]
    first, last = block.rdata_hash[0], block.rdata_hash[4]
    assert block.rdata_hash.tolist() == [first, first, first, last, last]
    assert first != last


def test_an_outage_silences_whole_zones_for_its_time():
    names = np.arange(8000)
    during = published("zipf:n=8000,outage_share=0.5,outage_at=10,outage_for=5", np.full(8000, 12.0), names)
    silent = during.rcode.reshape(1000, 8) == 2
    assert (silent.all(axis=1) | ~silent.any(axis=1)).all()
    assert silent.mean() == pytest.approx(0.5, abs=0.06)
    assert (during.ttl[during.rcode == 2] == UNKNOWN).all()
    after = published("zipf:n=8000,outage_share=0.5,outage_at=10,outage_for=5", np.full(8000, 15.0), names)
    assert not after.rcode.any()
