# SPDX-License-Identifier: ISC
"""Deadlines: never early, called off for nothing, and one that crashes keeps none of the others from being called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from resolver.runtime.clocks import ticks
from resolver.runtime.deadlines import Deadlines
from resolver.runtime.loop import loop_maker

Make = Callable[[], asyncio.AbstractEventLoop]


def play(make: Make, scenario: Callable[[Deadlines], Awaitable[None]]) -> list[object]:
    crashes: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: crashes.append(context["exception"]))
        deadlines = Deadlines(loop)
        await asyncio.wait_for(scenario(deadlines), 10)
        deadlines.close()

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main())
    return crashes


@pytest.mark.parametrize("make", [asyncio.new_event_loop, loop_maker()[0]], ids=["asyncio", "fastest"])
def test_deadlines_come_in_order_and_never_early(make: Make) -> None:
    async def scenario(deadlines: Deadlines) -> None:
        rung: list[tuple[float, float]] = []
        now = ticks()
        for number in (40, 7, 3, 19, 3, 0, -5):
            tick = now + number * 0.0011
            deadlines.call_at(tick, lambda tick=tick: rung.append((tick, ticks())))  # type: ignore[misc]  # bound at once
        while len(rung) < 7:  # noqa: ASYNC110 - deadlines have no event
            await asyncio.sleep(0.002)
        assert all(at >= tick for tick, at in rung)
        assert [at for _, at in rung] == sorted(at for _, at in rung)
        assert rung[-1][0] == max(tick for tick, _ in rung)

    assert play(make, scenario) == []


def test_a_deadline_in_the_past_that_another_sets_is_called_too() -> None:
    async def scenario(deadlines: Deadlines) -> None:
        rung: list[str] = []
        now = ticks()

        def first() -> None:
            rung.append("first")
            deadlines.call_at(now - 1.0, lambda: rung.append("late"))

        deadlines.call_at(now + 0.004, first)
        deadlines.call_at(now + 0.012, lambda: rung.append("last"))
        while len(rung) < 3:  # noqa: ASYNC110 - deadlines have no event
            await asyncio.sleep(0.002)
        assert rung == ["first", "late", "last"]
        assert not deadlines._grains

    assert play(asyncio.new_event_loop, scenario) == []


def test_what_was_called_off_is_not_called_and_not_kept() -> None:
    async def scenario(deadlines: Deadlines) -> None:
        rung: list[str] = []
        now = ticks()
        off = deadlines.call_at(now + 0.004, lambda: rung.append("off"))
        deadlines.call_at(now + 0.004, lambda: rung.append("on"))
        off.cancel()
        off.cancel()
        await asyncio.sleep(0.03)
        assert rung == ["on"]
        assert not deadlines._grains
        assert not deadlines._due

    assert play(asyncio.new_event_loop, scenario) == []


def test_one_may_set_and_call_off_others_and_a_crash_spares_them() -> None:
    async def scenario(deadlines: Deadlines) -> None:
        rung: list[str] = []
        at = ticks() + 0.004

        def first() -> None:
            off.cancel()
            deadlines.call_at(at, lambda: rung.append("set late"))
            raise ZeroDivisionError

        deadlines.call_at(at, first)
        off = deadlines.call_at(at, lambda: rung.append("off"))
        deadlines.call_at(at, lambda: rung.append("other"))
        await asyncio.sleep(0.03)
        assert sorted(rung) == ["other", "set late"]

    assert [type(crash) for crash in play(asyncio.new_event_loop, scenario)] == [ZeroDivisionError]


def test_a_closed_set_calls_nobody_and_serves_again() -> None:
    async def scenario(deadlines: Deadlines) -> None:
        rung: list[str] = []
        gone = deadlines.call_at(ticks() + 0.002, lambda: rung.append("gone"))
        deadlines.close()
        gone.cancel()
        deadlines.call_at(ticks() + 0.002, lambda: rung.append("new"))
        await asyncio.sleep(0.03)
        assert rung == ["new"]

    assert play(asyncio.new_event_loop, scenario) == []
