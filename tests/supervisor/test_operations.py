# SPDX-License-Identifier: ISC
"""What an operator asks of several workers comes back as one answer."""

from __future__ import annotations

import asyncio

import pytest

from resolver.control.commands import CacheEntries, CacheStatistics, Flush, Trace
from resolver.supervisor.operations import FleetOperations
from resolver.telemetry.counters import Sample


class FakeFleet:
    """Two workers; remembers what was asked, and how."""

    def __init__(self):
        self.asked = []
        self.looks = 0

    async def look(self):
        self.looks += 1

    async def ask_each(self, do):
        self.asked.append(("each", do))
        match do:
            case CacheStatistics():
                return [
                    (n, {"records": {"entries": n, "bytes": 10}, "images": {"entries": 1}}) for n in (1, 2)
                ]
            case CacheEntries():
                return [(n, {"entries": [{"name": "a."}] * 3, "truncated": False}) for n in (1, 2)]
            case Flush():
                return [(1, {"flushed": 4}), (2, {"flushed": 1})]
        raise AssertionError(do)

    async def order_all(self, do):
        self.asked.append(("all", do))
        return [(1, {"flushed": 4}), (2, {"flushed": 1})]

    async def ask_one(self, do, seconds):
        return {"steps": [], "name": do.name.hex()}


@pytest.fixture
def fleet():
    return FakeFleet()


@pytest.fixture
def operations(fleet):
    async def reload():
        return {"reloaded": True}

    async def set_policy(name, mode):
        return {"policy": name, "mode": mode}

    def sources():
        return [lambda: [Sample("dns_requests_total", ("udp", "ipv4", "A"), number) for number in (5, 6)]]

    return FleetOperations(
        fleet,
        sources,
        status=lambda: {"version": "0", "looks": fleet.looks},
        is_ready=lambda: True,
        reload=reload,
        stop=lambda: fleet.asked.append("stop"),
        set_policy=set_policy,
    )


def test_status_statistics_and_metrics_look_first_and_add_up(fleet, operations):
    assert asyncio.run(operations.status()) == {"version": "0", "looks": 1}
    assert asyncio.run(operations.statistics())["questions"] == 11
    text = asyncio.run(operations.metrics()).decode()
    assert 'resolver_dns_requests_total{family="ipv4",proto="udp",type="A"} 11.0' in text
    assert fleet.looks == 3


def test_cache_statistics_are_sums(operations):
    assert asyncio.run(operations.run(CacheStatistics())) == {
        "records": {"entries": 3, "bytes": 20},
        "images": {"entries": 2},
    }


@pytest.mark.parametrize(("limit", "shown", "truncated"), [(6, 6, False), (5, 5, True), (2, 2, True)])
def test_entries_say_whose_they_are_and_keep_the_limit(operations, limit, shown, truncated):
    view = asyncio.run(operations.run(CacheEntries(limit=limit)))
    assert (len(view["entries"]), view["truncated"]) == (shown, truncated)
    assert [entry["worker"] for entry in view["entries"]] == [1, 1, 1, 2, 2, 2][:shown]


def test_a_flush_is_told_to_all_and_a_dry_run_only_asked(fleet, operations):
    assert asyncio.run(operations.run(Flush()))["flushed"] == 5
    assert asyncio.run(operations.run(Flush(dry_run=True))) == {"flushed": 5, "dry_run": True}
    assert [how for how, _ in fleet.asked] == ["all", "each"]


def test_the_rest_is_handed_on(fleet, operations):
    assert asyncio.run(operations.run(Trace(b"\x00", 1)))["name"] == "00"
    assert asyncio.run(operations.reload()) == {"reloaded": True}
    operations.stop()
    assert fleet.asked == ["stop"]
    assert operations.is_ready
