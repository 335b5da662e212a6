# SPDX-License-Identifier: ISC
"""Flights that nobody awaits any more: a late reply is heard once, or its absence is."""

from __future__ import annotations

import pytest

from resolver.engine.ports import Reply
from tests.lab.scripted_network import A_SERVER, after, query, world_of


def lingering(delay: float | None, *, linger_until: float = 3.0, before: float = 0.0) -> list[Reply | None]:
    world = world_of(**({"192_0_2_1": after(delay, delay + 0.1)} if delay is not None else {}))
    flight = world.start(A_SERVER, query(), until=5.0)
    world.advance(before)
    heard: list[Reply | None] = []
    flight.linger(linger_until, heard.append)
    assert heard == []
    world.advance(10)
    assert world.open_flights == 0
    assert flight.take() is None
    return heard


def test_a_late_reply_is_heard_once() -> None:
    heard = lingering(1.0)
    assert len(heard) == 1
    assert isinstance(heard[0], Reply)
    assert heard[0].rtt == pytest.approx(1.0)


def test_no_late_reply_is_heard_as_none() -> None:
    assert lingering(None) == [None]
    assert lingering(4.0) == [None]
    assert lingering(None, linger_until=100.0) == [None]


def test_lingering_on_what_has_arrived_already_tells_it() -> None:
    heard = lingering(1.0, before=2.0)
    assert len(heard) == 1
    assert isinstance(heard[0], Reply)


def test_a_closed_flight_tells_none_when_lingered_on() -> None:
    world = world_of(**{"192_0_2_1": after(1.0)})
    flight = world.start(A_SERVER, query(), until=5.0)
    flight.close()
    heard: list[Reply | None] = []
    flight.linger(3.0, heard.append)
    world.advance(10)
    assert heard == [None]
