# SPDX-License-Identifier: ISC
"""What an operator asks of several workers comes back as one answer."""

from __future__ import annotations

import asyncio

import pytest

from resolver.control.commands import Command, Spread
from resolver.supervisor.operations import FleetOperations
from resolver.telemetry.counters import Sample


class Told(Command, frozen=True):
    """A command that only says who was told."""

    who: Spread = Spread.EACH

    @property
    def spread(self):
        return self.who

    def combine(self, answers):
        return {"combined": [(number, view["did"]) for number, view in answers]}


class FakeFleet:
    """Two workers; remembers what was asked, and how."""

    def __init__(self):
        self.asked = []
        self.looks = 0

    async def look(self):
        self.looks += 1

    async def ask_each(self, do):
        self.asked.append(("each", do))
        return [(1, {"did": "a"}), (2, {"did": "b"})]

    async def order_all(self, do):
        self.asked.append(("all", do))
        return [(1, {"did": "c"}), (2, {"did": "d"})]

    async def ask_one(self, do, seconds):
        self.asked.append(("one", do))
        return {"did": "e"}


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


@pytest.mark.parametrize(
    ("who", "view"),
    [
        (Spread.EACH, {"combined": [(1, "a"), (2, "b")]}),
        (Spread.ALL, {"combined": [(1, "c"), (2, "d")]}),
        (Spread.ONE, {"did": "e"}),
    ],
)
def test_a_command_goes_to_whom_it_says_and_their_answers_become_one(fleet, operations, who, view):
    assert asyncio.run(operations.run(Told(who))) == view
    assert fleet.asked == [(who.value, Told(who))]


def test_the_rest_is_handed_on(fleet, operations):
    assert asyncio.run(operations.reload()) == {"reloaded": True}
    operations.stop()
    assert fleet.asked == ["stop"]
    assert operations.is_ready
