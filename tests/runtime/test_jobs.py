# SPDX-License-Identifier: ISC
"""Jobs beyond the contract of worlds: crashes, stubborn work, waiters that are cancelled."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from resolver.events import Crashed
from resolver.runtime.clocks import ticks
from resolver.runtime.deadlines import Deadlines
from resolver.runtime.jobs import AioJob, JobTable
from resolver.runtime.strands import Strand, Strands


def play(scenario: Callable[[JobTable], Awaitable[None]]) -> list[object]:
    events: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        table = JobTable(Strands(loop), Deadlines(loop), 10, events.append)
        await asyncio.wait_for(scenario(table), 10)
        assert (table.jobs, table.waiting) == (set(), 0)

    asyncio.run(main())
    return events


async def after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


def test_a_crash_is_told_and_its_waiters_go_on_with_nothing() -> None:
    async def crash() -> str:
        await asyncio.sleep(0)
        raise RecursionError("too deep")

    async def scenario(table: JobTable) -> None:
        job = table.spawn(crash(), ticks() + 5)
        assert job is not None
        assert await asyncio.gather(job.join(), job.join()) == [None, None]
        assert job.done

    (event,) = play(scenario)
    assert isinstance(event, Crashed)
    assert "RecursionError: too deep" in event.traceback


def test_a_cancelled_waiter_leaves_the_work_and_the_other_waiters_alone() -> None:
    async def scenario(table: JobTable) -> None:
        job = table.spawn(after(0.03), ticks() + 5)
        assert job is not None
        gone, stays = asyncio.ensure_future(job.join()), asyncio.ensure_future(job.join())
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays == "done"

    assert play(scenario) == []


def test_work_that_will_not_be_cancelled_still_lets_its_waiters_go_at_the_deadline() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
        return "too late"

    async def scenario(table: JobTable) -> None:
        job = table.spawn(stubborn(), ticks() + 0.02)
        assert job is not None
        assert await job.join() is None
        assert job.done
        assert len(table.jobs) == 1  # it still costs what it costs, and so it counts
        await asyncio.sleep(0.1)
        assert await job.join() is None

    assert play(scenario) == []


def test_a_deadline_that_has_passed_closes_the_work_before_it_begins() -> None:
    begun: list[bool] = []

    async def work() -> None:
        begun.append(True)
        await asyncio.sleep(1)

    async def scenario(table: JobTable) -> None:
        job = table.spawn(work(), ticks() - 1)
        assert job is not None
        await job.join()
        await asyncio.sleep(0)
        assert len(begun) <= 1

    assert play(scenario) == []


@pytest.mark.parametrize("how", ["by itself", "crashed", "ended", "never begun"])
def test_the_end_of_a_job_is_heard_once_however_it_comes(how: str) -> None:
    """A process that stood still for longer than its deadlines ends jobs before their first step (never begun)."""
    begun, heard = list[str](), list[str | None]()

    async def work() -> str:
        begun.append(how)
        await asyncio.sleep(0.001)
        if how == "crashed":
            raise RecursionError("too deep")
        await asyncio.sleep(5 if how == "ended" else 0)
        return "done"

    async def scenario(table: JobTable) -> None:
        begun.clear(), heard.clear()
        job = table.spawn(work(), ticks() + (0.01 if how == "ended" else 5), heard.append)
        assert job is not None
        assert heard == []
        if how == "never begun":
            job.end()
            assert heard == [None]  # and nobody need wait for the work to have its turn
        await asyncio.sleep(0.05)
        job.end()
        await asyncio.sleep(0.01)

    told = play(scenario)
    assert heard == ["done" if how == "by itself" else None]
    assert bool(begun) is (how != "never begun")
    assert len(told) == (how == "crashed")


def test_who_crashes_at_the_end_of_a_job_keeps_no_other_from_ending() -> None:
    heard: list[str | None] = []

    def crash(result: str | None) -> None:
        raise RecursionError("of who hears")

    async def scenario(table: JobTable) -> None:
        until = ticks() + 0.01
        jobs = [table.spawn(after(5), until, ended) for ended in (crash, heard.append)]
        assert [await job.join() for job in jobs if job is not None] == [None, None]
        await asyncio.sleep(0.01)

    (event,) = play(scenario)
    assert isinstance(event, Crashed)
    assert heard == [None]


def _jobs_and_strands() -> list[object]:
    # By exact type: a weak proxy of another test would answer `isinstance` for what it stands for.
    return [thing for thing in gc.get_objects() if type(thing) in (AioJob, Strand)]


def test_a_job_that_has_ended_is_gone_without_the_collector() -> None:
    """A cycle a question would make the collector's work as much as the questions are (`runtime.loop`)."""

    async def scenario(table: JobTable) -> None:
        others = _jobs_and_strands()  # of earlier tests
        gc.disable()
        try:
            for deadline in (ticks() + 5, ticks() - 1):
                heard: list[object] = []
                job = table.spawn(after(0.001), deadline, lambda result, heard=heard: heard.append(result))
                assert job is not None
                await job.join()
                heard.append(job)  # as a resolution holds its job
                await asyncio.sleep(0.02)
            del job, heard
            assert [
                thing for thing in _jobs_and_strands() if not any(thing is other for other in others)
            ] == []
        finally:
            gc.enable()

    assert play(scenario) == []


def test_nobody_else_need_hold_a_job() -> None:
    """The loop holds tasks weakly: without a reference of ours the collector would end the work (bpo-44665)."""

    async def work(ended: asyncio.Event) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, waiting.set_result, None)
        await waiting
        ended.set()

    async def scenario(table: JobTable) -> None:
        ended = asyncio.Event()
        table.spawn(work(ended), ticks() + 60)
        gc.collect()
        await asyncio.wait_for(ended.wait(), 30)

    assert play(scenario) == []
