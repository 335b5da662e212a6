# SPDX-License-Identifier: ISC
"""Strands: order, who goes on within one turn, cancelling, crashes, and what asyncio gives to its tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from resolver.runtime.loop import loop_maker
from resolver.runtime.strands import Pause, Strand, Strands


def play(scenario: Callable[[Strands], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(scenario(Strands(asyncio.get_running_loop())), 10)

    for make in (asyncio.new_event_loop, loop_maker()[0]):
        with asyncio.Runner(loop_factory=make) as runner:
            runner.run(main())


def test_nothing_runs_within_the_call_that_begins_it_and_order_is_that_of_asking() -> None:
    told: list[str] = []

    async def work(name: str) -> None:
        told.append(name)

    async def scenario(strands: Strands) -> None:
        told.clear()
        strands.begin(work("first"), lambda strand: told.append("ended"))
        strands.begin(work("second"), lambda strand: None)
        assert told == []
        await asyncio.sleep(0.01)
        assert told == ["first", "ended", "second"]

    play(scenario)


def test_what_has_been_begun_goes_before_what_is_new() -> None:
    """A burst of questions: none takes its place in a limit while those before it wait for their turn."""

    async def scenario(strands: Strands) -> None:
        told: list[str] = []
        pause: list[Pause] = []

        async def part(name: str) -> None:
            told.append(f"{name}'s part")

        async def work(name: str) -> None:
            told.append(name)
            strands.begin(part(name), lambda strand: None)
            pause.append(Pause(strands))
            await pause[-1]
            told.append(f"{name} again")

        strands.begin(work("first"), lambda strand: None)
        await asyncio.sleep(0.01)
        strands.begin(work("second"), lambda strand: None)
        strands.begin(work("third"), lambda strand: None)
        pause[0].end()
        await asyncio.sleep(0.01)
        expected = [
            "first",
            "first's part",
            "first again",
            "second",
            "second's part",
            "third",
            "third's part",
        ]
        assert told == expected
        for each in pause:
            each.end()
        await asyncio.sleep(0.01)

    play(scenario)


def test_what_is_woken_after_work_goes_on_before_the_loop_has_its_turn() -> None:
    async def scenario(strands: Strands) -> None:
        pauses: list[Pause] = []

        async def work() -> str:
            pauses.append(Pause(strands))
            await pauses[0]
            pauses.append(Pause(strands))
            await pauses[1]
            return "done"

        strand = strands.begin(work(), lambda strand: None)
        await asyncio.sleep(0.01)
        strands.run_after(pauses[0].end)
        strands.run_after(pauses[1].end)
        assert strand.result == "done"
        assert strand.done

    play(scenario)


def test_a_pause_ends_once_even_before_it_is_awaited_and_too_late_ends_nothing() -> None:
    async def scenario(strands: Strands) -> None:
        told: list[str] = []
        first: list[Pause] = []

        async def work() -> None:
            early = Pause(strands)
            early.end()
            await early
            first.append(Pause(strands))
            await first[0]
            told.append("once")
            await Pause(strands)
            told.append("never")

        strand = strands.begin(work(), lambda strand: None)
        await asyncio.sleep(0.01)
        for _ in range(3):
            first[0].end()
            await asyncio.sleep(0.01)
        assert told == ["once"]
        strand.cancel()
        await asyncio.sleep(0.01)
        assert strand.done

    play(scenario)


def test_a_task_of_asyncio_may_pause_too() -> None:
    async def scenario(strands: Strands) -> None:
        pause = Pause(strands)
        asyncio.get_running_loop().call_later(0.01, pause.end)
        await pause
        cancelled = Pause(strands)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_awaiting(cancelled), 0.01)
        cancelled.end()

    play(scenario)


async def _awaiting(pause: Pause) -> None:
    await pause


def test_a_strand_may_wait_for_what_is_asyncios() -> None:
    async def scenario(strands: Strands) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()

        async def work() -> int:
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
            return await future + await asyncio.ensure_future(_three())

        strand = strands.begin(work(), lambda strand: None)
        loop.call_later(0.005, future.set_result, 4)
        while not strand.done:  # noqa: ASYNC110 - a strand is no task
            await asyncio.sleep(0.001)
        assert strand.result == 7

    play(scenario)


async def _three() -> int:
    await asyncio.sleep(0.001)
    return 3


@pytest.mark.parametrize("waits_for", ["pause", "future", "nothing yet"])
def test_cancelling_runs_what_finally_says(waits_for: str) -> None:
    async def scenario(strands: Strands) -> None:
        told: list[str] = []

        async def work() -> None:
            try:
                if waits_for == "pause":
                    await Pause(strands)
                else:
                    await asyncio.sleep(5)
            finally:
                told.append("left")

        ended: list[Strand[None]] = []
        strand = strands.begin(work(), ended.append)
        if waits_for == "nothing yet":
            strand.cancel()
            strand.cancel()
        await asyncio.sleep(0.01)
        strand.cancel()
        await asyncio.sleep(0.01)
        assert ended == [strand]
        assert (strand.done, strand.result, strand.error) == (True, None, None)
        assert told == ([] if waits_for == "nothing yet" else ["left"])  # what never began leaves nothing

    play(scenario)


def test_a_crash_is_kept_for_who_began_it_and_others_go_on() -> None:
    async def scenario(strands: Strands) -> None:
        async def crash() -> None:
            raise ZeroDivisionError

        crashed = strands.begin(crash(), lambda strand: None)
        other = strands.begin(_three(), lambda strand: None)
        await asyncio.sleep(0.02)
        assert isinstance(crashed.error, ZeroDivisionError)
        assert other.result == 3
        assert strands.running is None

    play(scenario)


def test_an_endless_chain_of_wakings_lets_the_loop_have_its_turns() -> None:
    async def scenario(strands: Strands) -> None:
        going = [True]

        async def restless() -> None:
            while going:
                pause = Pause(strands)
                other = strands.begin(_end(pause), lambda strand: None)
                await pause
                assert not other.error

        strands.begin(restless(), lambda strand: None)
        await asyncio.sleep(0.01)  # would never return
        going.clear()
        await asyncio.sleep(0.01)

    play(scenario)


async def _end(pause: Pause) -> None:
    pause.end()
