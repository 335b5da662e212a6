# SPDX-License-Identifier: ISC
"""Weights against what CPython really uses, and the shares of `cache.size`."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from resolver.cache import (
    CacheSettings,
    DelegationCache,
    FailureCache,
    ImageCache,
    RecordCache,
    ServerCache,
    follow,
)
from resolver.cache.budget import entry_bytes, shares
from resolver.events import nobody
from resolver.units import DecodeError, decode
from tests.cache.making import HUGE, POLICY, cut, denial, entry, k, message

COUNT = 1000


def fill_records(records: int) -> Callable[[], object]:
    def fill() -> object:
        cache = RecordCache(HUGE, nobody)
        for number in range(COUNT):
            rdatas = [bytes([number & 255, number >> 8, i, 1]) for i in range(records)]
            cache.store(entry(f"name{number:06}.example.", 1, *rdatas, ttl=1000 + number, now=0.5), 0.5)
        return cache

    return fill


def fill_denials() -> object:
    cache = RecordCache(HUGE, nobody)
    for number in range(COUNT):
        cache.store(denial(f"name{number:06}.example.", ttl=1000 + number, now=0.5), 0.5)
    return cache


def fill_delegations() -> object:
    cache = DelegationCache(HUGE)
    for number in range(COUNT):
        cache.store(cut(f"zone{number:06}.example.", servers=3, ttl=1000 + number, now=0.5), 0.5)
    return cache


def fill_failures() -> object:
    cache = FailureCache(HUGE)
    for number in range(COUNT):
        key, now = k(f"name{number:06}.example."), 1e6 + number
        cache.record(
            key,
            1,
            False,
            now,
            structural=False,
            unreachable=True,
            ede=22,
            text=f"at {number}",
            zone=key,
            policy=POLICY,
        )
    return cache


def fill_servers() -> object:
    cache = ServerCache(HUGE)
    for number in range(COUNT):
        state = cache.get((f"192.0.{number >> 8}.{number & 255}", 1000 + number))
        state.srtt, state.rttvar, state.last_used_at = number + 0.1, number + 0.2, number + 0.3
        state.cookie = number.to_bytes(16, "big")
    return cache


@pytest.mark.parametrize(
    "fill",
    [fill_records(1), fill_records(13), fill_denials, fill_delegations, fill_failures, fill_servers],
    ids=["records-1", "records-13", "denials", "delegations", "failures", "servers"],
)
def test_weights_are_not_below_what_memory_is_used(fill: Callable[[], object]) -> None:
    fill()  # whatever is made once
    gc.collect()
    tracemalloc.start()
    try:
        cache = fill()
        gc.collect()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    weight: int = cache.size_bytes
    assert weight * 0.5 <= used <= weight * 1.05


def test_weights_of_images_are_not_below_what_memory_is_used() -> None:
    records = RecordCache(HUGE, nobody)
    images = ImageCache(HUGE, records)
    for number in range(COUNT):
        records.store(entry(f"name{number:06}.example."), 0.0)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(COUNT):
            chain = follow(records, k(f"name{number:06}.example."), 1, 0.0, 11)
            request = bytes(40) + number.to_bytes(4, "big")
            images.store(request, message(*chain.entries[0].records), [number + 300.5], chain.sources, 0.5)
        gc.collect()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert images.size_bytes * 0.5 <= used <= images.size_bytes * 1.05


def test_o10_the_budget_is_a_bound_on_real_memory_under_hostile_content() -> None:
    budget = 1 << 20
    gc.collect()
    tracemalloc.start()
    try:
        records = RecordCache(budget, nobody)
        for number in range(6000):
            now = number / 10
            size = (0, 3, 40, 600, 9000)[number % 5]
            owner = f"{'x' * (number % 60)}.n{number % 4000}.example."
            owner = owner.lstrip(".")
            records.store(entry(owner, 1 + number % 7, bytes(size), ttl=number % 900, now=now), now)
            records.store(denial(f"n{number % 50}.example.", ttl=number % 300, now=now), now)
            records.get(k(owner), 1)
            assert records.size_bytes <= budget
        gc.collect()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert budget * 0.5 < used <= budget * 1.15


def test_the_weight_of_an_entry_grows_with_all_it_holds() -> None:
    small = entry("a.example.")
    assert entry_bytes(small) < entry_bytes(entry("a.example.", 1, *[bytes([n] * 4) for n in range(4)]))
    assert entry_bytes(small) + 1000 <= entry_bytes(entry("a.example.", 1, bytes(1004)))


@pytest.mark.parametrize("size", [1 << 20, 1 << 27, (1 << 30) + 12345])
def test_shares_are_the_whole(size: int) -> None:
    part = shares(size)
    parts = (part.records, part.images, part.delegations, part.failures, part.servers, part.lives)
    assert sum(parts) == size
    assert min(parts) > 0


def test_settings_load_with_units() -> None:
    assert decode(CacheSettings, {"size": "64MiB"}, "cache").size == 64 << 20
    with pytest.raises(DecodeError, match=r"cache\.size"):
        decode(CacheSettings, {"size": "1KiB"}, "cache")
    with pytest.raises(DecodeError, match="clock must be boottime"):
        decode(CacheSettings, {"clock": "sundial"}, "cache")
    assert decode(CacheSettings, {"clock": "file:/tmp/clock"}, "cache").clock == "file:/tmp/clock"
