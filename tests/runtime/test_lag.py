# SPDX-License-Identifier: ISC
"""The lag of loop and work: one long turn is an accident, several are overload (security.md section 8, row O16)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from resolver.runtime import lag
from resolver.runtime.lag import EVERY_S, LagMeter
from resolver.runtime.loop import loop_maker
from resolver.runtime.strands import Strands


class HandTurned:
    """A loop and its clock in one: `ring` calls the timer that is set, so many seconds late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self._set: list[Callable[[], None]] = []
        self._soon: list[Callable[[], None]] = []
        self.cancelled = 0
        monkeypatch.setattr(lag, "ticks", lambda: self.now)

    def call_later(self, delay: float, ring: Callable[[], None]) -> HandTurned:
        assert delay == EVERY_S
        self._set.append(ring)
        return self

    def call_soon(self, work: Callable[[], None]) -> None:
        self._soon.append(work)

    def cancel(self) -> None:
        self.cancelled += 1

    def ring(self, late_s: float, queued_s: float = 0.0) -> None:
        self.now += EVERY_S + late_s
        self._set.pop()()
        self.now += queued_s
        for work in self._soon:
            work()
        self._soon.clear()
        self.now -= queued_s


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> HandTurned:
    return HandTurned(monkeypatch)


def meter(loop: HandTurned) -> LagMeter:
    made = LagMeter(cast(Any, loop))
    made.start(Strands(cast(Any, loop)))
    return made


def test_one_long_turn_is_no_pressure(loop: HandTurned) -> None:
    made = meter(loop)
    for late_s in (0.0, 0.0, 3.0, 0.0, 0.0):
        loop.ring(late_s)
        assert made.lag() < 1e-9
    assert made.histogram.counts[-1] == 1
    assert sum(made.histogram.counts) == 5


def test_the_least_of_the_last_four_turns_stands(loop: HandTurned) -> None:
    made = meter(loop)
    for late_s in (0.4, 0.3, 0.2):
        loop.ring(late_s)
        assert made.lag() == 0.0
    loop.ring(0.5)
    assert made.lag() == pytest.approx(0.2)
    loop.ring(0.5)
    loop.ring(0.0)
    assert made.lag() == pytest.approx(0.0)


def test_it_measures_no_more_once_stopped(loop: HandTurned) -> None:
    made = meter(loop)
    for _ in range(4):
        loop.ring(1.0)
    made.stop()
    made.stop()
    assert (made.lag(), loop.cancelled) == (0.0, 1)


def test_work_that_waits_for_its_slice_is_late_though_the_loop_is_not(loop: HandTurned) -> None:
    made = meter(loop)
    for _ in range(4):
        loop.ring(0.0, queued_s=0.7)
    assert made.lag() == pytest.approx(0.7)
    assert made.histogram.counts[0] == 4


def test_a_crowd_of_questions_holds_the_loop_for_no_longer_than_a_slice() -> None:
    """Half a second of work is ready at once: the loop turns meanwhile, and the meter knows how far behind we are."""

    async def main() -> None:
        turned, behind, ended = 0, 0.0, 0
        running = asyncio.get_running_loop()
        strands, made = Strands(running), LagMeter(running)

        async def work() -> None:
            nonlocal ended
            until = lag.ticks() + 0.0005
            while lag.ticks() < until:
                pass
            ended += 1

        made.start(strands)
        for _ in range(1000):
            strands.begin(work(), lambda strand: None)
        while ended < 1000:
            turned += 1
            behind = max(behind, made.lag())
            await asyncio.sleep(0)
        assert turned >= 40
        assert behind >= 0.15
        made.stop()

    for make in (asyncio.new_event_loop, loop_maker()[0]):
        with asyncio.Runner(loop_factory=make) as runner:
            runner.run(main())
