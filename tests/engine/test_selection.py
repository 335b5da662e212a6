# SPDX-License-Identifier: ISC
"""Choosing among servers: smoothed round trips (RFC 6298), timeouts, probes, exploration."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.cache.servers import ServerCache, ServerState
from resolver.engine.limits import FIRST_RTO, HEDGE_AFTER, MAX_RTO, MIN_RTO
from resolver.engine.ports import Server
from resolver.engine.selection import (
    EXPLORE_ONE_IN,
    WELL_FOR,
    is_down,
    observe_reply,
    observe_timeout,
    order,
    rto,
    take_probe,
)

ZONE = b"\x05shop0\x00"
FAST, SLOW, NEW = Server("192.0.2.1"), Server("192.0.2.2"), Server("192.0.2.3")


def never_explore(bound: int) -> int:
    return bound - 1


def memory() -> ServerCache:
    known = ServerCache(1 << 16)
    observe_reply(known.get(FAST), 0.01, 1.0)
    observe_reply(known.get(SLOW), 0.3, 1.0)
    return known


def test_an_unknown_server_gets_the_first_rto() -> None:
    assert rto(ServerState()) == FIRST_RTO


@given(st.lists(st.floats(min_value=0.0, max_value=20.0), min_size=1, max_size=30))
def test_the_rto_stays_within_its_bounds(trips: list[float]) -> None:
    state = ServerState()
    for tick, trip in enumerate(trips):
        observe_reply(state, trip, float(tick))
    assert MIN_RTO <= rto(state) <= MAX_RTO
    assert min(trips) - 1e-9 <= (state.srtt or 0.0) <= max(trips) + 1e-9


def test_the_faster_server_goes_first() -> None:
    assert order([SLOW, FAST], ZONE, memory(), 2.0, never_explore) == [FAST, SLOW]


def test_a_timeout_moves_a_server_back_and_a_reply_brings_it_forward() -> None:
    known = memory()
    observe_timeout(known.get(FAST), 2.0)
    for _ in range(4):
        observe_timeout(known.get(FAST), 2.0)
    assert order([SLOW, FAST], ZONE, known, 1000.0, never_explore)[0] == SLOW
    observe_reply(known.get(FAST), 0.01, 1000.0)
    assert order([SLOW, FAST], ZONE, known, 1000.0, never_explore)[0] == FAST


def test_four_timeouts_in_a_row_are_left_alone_for_one_second_then_two() -> None:
    state = ServerState()
    for _ in range(3):
        observe_timeout(state, 10.0)
    assert not is_down(state, 10.0)
    observe_timeout(state, 10.0)
    assert is_down(state, 10.9)
    assert not is_down(state, 11.0)
    observe_timeout(state, 11.0)
    assert is_down(state, 12.9)


def test_tries_under_way_together_are_one_failure() -> None:
    """A hundred questions wait when a server stalls for half a second: it has failed once, not a hundred times."""
    state = ServerState()
    for _ in range(100):
        observe_timeout(state, 10.4, 10.0)
    assert state.failures_in_row == 1
    observe_timeout(state, 10.8, 10.4)
    assert state.failures_in_row == 2


def test_one_probe_at_a_time_goes_to_a_server_that_was_down() -> None:
    state = ServerState()
    for _ in range(4):
        observe_timeout(state, 10.0)
    assert not is_down(state, 11.0)
    take_probe(state, 11.0)
    assert is_down(state, 11.5)


def test_servers_that_are_down_are_left_out() -> None:
    known = memory()
    for _ in range(4):
        observe_timeout(known.get(FAST), 20.0)
    assert order([FAST, SLOW], ZONE, known, 20.5, never_explore) == [SLOW]


def test_who_has_answered_anybody_lately_goes_last_and_is_not_left_out() -> None:
    """What it drops is of one kind, or of one zone, and what it answers is others' business."""
    known = memory()
    replied_at = known.get(FAST).replied_at
    for after in range(1, 20):
        take_probe(known.get(FAST), replied_at + after)
        observe_timeout(known.get(FAST), replied_at + after + 0.4)
        left_out = FAST not in order([FAST, SLOW], ZONE, known, replied_at + after + 0.4, never_explore)
        assert left_out == (after + 0.4 > WELL_FOR)
    assert order([SLOW, FAST], ZONE, known, replied_at + 300, never_explore) == [SLOW, FAST]


def test_a_lame_server_goes_last_for_that_zone_alone() -> None:
    known = memory()
    known.mark_lame(ZONE, FAST, 100.0)
    assert order([FAST, SLOW], ZONE, known, 2.0, never_explore) == [SLOW, FAST]
    assert order([FAST, SLOW], b"\x04net0\x00", known, 2.0, never_explore) == [FAST, SLOW]


@pytest.mark.parametrize("seed", range(5))
def test_every_server_is_explored_in_time(seed: int) -> None:
    """A slow server that became fast is found again."""
    draw = random.Random(seed).randrange
    firsts = {order([FAST, SLOW, NEW], ZONE, memory(), 2.0, draw)[0] for _ in range(400)}
    assert firsts == {FAST, SLOW, NEW}


def explore_the_last(bound: int) -> int:
    """Explores at every question, and then whoever would go last."""
    return 0 if bound == EXPLORE_ONE_IN else bound - 1


def test_a_server_that_is_silent_for_a_hedge_goes_last_before_its_timeout_counts() -> None:
    """R05: the question that met the dead server is answered by another; the next ones do not go there again."""
    known = memory()
    take_probe(known.get(NEW), 10.0)
    assert order([FAST, NEW], ZONE, known, 10.0 + HEDGE_AFTER / 2, explore_the_last) == [NEW, FAST]
    assert order([FAST, NEW], ZONE, known, 10.01 + HEDGE_AFTER, explore_the_last) == [FAST, NEW]
    assert order([FAST, NEW], ZONE, known, 10.01 + HEDGE_AFTER, lambda bound: 1) == [FAST, NEW]
    observe_reply(known.get(NEW), 0.25, 10.25)
    assert order([FAST, NEW], ZONE, known, 10.3, explore_the_last) == [NEW, FAST]


def test_a_silence_that_nobody_counted_is_not_held_against_a_server_for_ever() -> None:
    known = memory()
    take_probe(known.get(NEW), 10.0)
    assert order([FAST, NEW], ZONE, known, 10.1 + MAX_RTO, explore_the_last) == [NEW, FAST]


def test_a_server_that_failed_last_is_explored_once_a_second() -> None:
    known = memory()
    observe_timeout(known.get(SLOW), 10.0)
    assert order([FAST, SLOW], ZONE, known, 10.9, explore_the_last) == [FAST, SLOW]
    assert order([FAST, SLOW], ZONE, known, 11.0, explore_the_last) == [SLOW, FAST]


@given(st.integers(min_value=0, max_value=2**32))
def test_ordering_neither_adds_nor_loses_servers(seed: int) -> None:
    ordered = order([FAST, SLOW, NEW], ZONE, memory(), 2.0, random.Random(seed).randrange)
    assert sorted(ordered) == sorted([FAST, SLOW, NEW])


def test_when_all_are_down_one_is_still_asked_once_a_second() -> None:
    """R22: the end of an outage is noticed by the next question, not when a minute is over."""
    known = memory()
    for tick in range(20, 30):
        observe_timeout(known.get(FAST), float(tick))
        observe_timeout(known.get(SLOW), float(tick) + 0.25)
    assert is_down(known.get(FAST), 30.5)
    assert is_down(known.get(SLOW), 30.5)
    assert order([SLOW, FAST], ZONE, known, 30.0, never_explore) == []
    assert order([SLOW, FAST], ZONE, known, 30.5, never_explore) == [FAST]
    take_probe(known.get(FAST), 30.5)
    assert order([SLOW, FAST], ZONE, known, 31.0, never_explore) == []
    assert order([SLOW, FAST], ZONE, known, 31.5, never_explore) == [SLOW]
