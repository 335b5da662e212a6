# SPDX-License-Identifier: ISC
"""Coroutines in virtual time: sleepers, jobs, deadlines, errors, deadlocks (through the world that they run in)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.ports import Server, Transport
from resolver.lab.network import Delivery
from resolver.lab.trampoline import Stuck
from resolver.lab.virtual_world import VirtualWorld


class Silence:
    """A network in which nobody answers."""

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        return ()


def silent_world() -> VirtualWorld:
    return VirtualWorld(Silence())


def test_sleeping_to_the_past_returns_at_once() -> None:
    world = silent_world()
    world.advance(10)
    world.run(world.sleep_until(1))
    assert world.ticks() == 10


def test_time_never_runs_backwards() -> None:
    world = silent_world()
    world.advance(10)
    world.run_until(3)
    assert world.ticks() == 10


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=8))
def test_sleepers_wake_in_the_order_of_their_instants(instants: list[float]) -> None:
    world = silent_world()
    woken: list[float] = []

    async def sleeper(tick: float) -> None:
        await world.sleep_until(tick)
        assert world.ticks() == tick
        woken.append(tick)

    for tick in instants:
        world.spawn(sleeper(tick), deadline=1000)
    world.advance(100)
    assert woken == sorted(instants)


def test_any_number_may_wait_for_a_job() -> None:
    world = silent_world()

    async def work() -> int:
        await world.sleep_until(2.0)
        return 42

    job = world.spawn(work(), deadline=10.0)
    assert job is not None
    results: list[tuple[int | None, float]] = []

    async def waiter() -> None:
        results.append((await job.join(), world.ticks()))

    for _ in range(3):
        world.spawn(waiter(), deadline=10.0)
    assert world.open_jobs == 4
    world.settle()
    assert results == [(42, 2.0)] * 3
    assert world.open_jobs == 0
    assert world.run(job.join()) == 42
    assert world.run(job.join(until=0.0)) == 42


def test_a_waiter_that_gives_up_leaves_the_work_running() -> None:
    world = silent_world()
    done_at: list[float] = []

    async def work() -> int:
        await world.sleep_until(5.0)
        done_at.append(world.ticks())
        return 1

    job = world.spawn(work(), deadline=8.0)
    assert job is not None
    assert world.run(job.join(until=1.8)) is None
    assert world.ticks() == 1.8
    assert not job.done
    world.advance(10)
    assert done_at == [5.0]
    assert world.run(job.join()) == 1


def test_a_job_is_closed_at_its_deadline_and_cleans_up() -> None:
    world = silent_world()
    closed_at: list[float] = []

    async def endless() -> int:
        try:
            while True:
                await world.sleep_until(world.ticks() + 1)
        finally:
            closed_at.append(world.ticks())

    job = world.spawn(endless(), deadline=7.5)
    assert job is not None
    assert world.run(job.join()) is None
    assert job.done
    assert closed_at == [7.5]
    world.advance(10)
    assert world.open_jobs == 0


def test_a_full_job_table_refuses_and_closes_the_work() -> None:
    world = VirtualWorld(Silence(), max_jobs=2)

    async def work() -> None:
        await world.sleep_until(1.0)

    assert world.spawn(work(), deadline=2.0) is not None
    assert world.spawn(work(), deadline=2.0) is not None
    refused = work()
    assert world.spawn(refused, deadline=2.0) is None
    with pytest.raises(RuntimeError, match="cannot reuse"):
        refused.send(None)
    world.advance(1.0)
    assert world.spawn(work(), deadline=5.0) is not None


def test_an_error_is_heard_by_every_waiter() -> None:
    world = silent_world()

    async def broken() -> None:
        await world.sleep_until(1.0)
        raise KeyError("bug")

    job = world.spawn(broken(), deadline=5.0)
    assert job is not None
    with pytest.raises(KeyError, match="bug"):
        world.run(job.join())
    with pytest.raises(KeyError, match="bug"):
        world.run(job.join())


def test_an_error_that_nobody_hears_ends_the_run() -> None:
    world = silent_world()

    async def broken() -> None:
        await world.sleep_until(1.0)
        raise KeyError("bug")

    world.spawn(broken(), deadline=5.0)
    with pytest.raises(KeyError, match="bug"):
        world.advance(5)
    assert world.open_jobs == 0


def test_run_raises_what_the_work_raises() -> None:
    world = silent_world()

    async def broken() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        world.run(broken())


def test_a_deadlock_is_named_and_not_waited_for() -> None:
    world = silent_world()
    jobs: list[Any] = []

    async def waits_for(index: int) -> None:
        await jobs[index].join()

    jobs.append(world.spawn(waits_for(1), deadline=8.0))
    jobs.append(world.spawn(waits_for(0), deadline=8.0))
    assert world.run(jobs[0].join()) is None
    assert world.ticks() == 8.0

    class NeverDone:
        def __await__(self) -> Any:
            yield

    async def hopeless() -> None:
        await NeverDone()

    with pytest.raises(Stuck):
        world.run(hopeless())
    assert world.open_jobs == 0


def test_waiting_outside_of_a_job_is_an_error() -> None:
    world = silent_world()
    coroutine = world.sleep_until(3)
    with pytest.raises(RuntimeError, match="run it"):
        coroutine.send(None)


def test_a_job_cannot_run_the_world_itself() -> None:
    world = silent_world()

    async def nested() -> None:
        world.advance(1)

    with pytest.raises(RuntimeError, match="awaits"):
        world.run(nested())


def test_step_does_one_thing_and_not_too_late_a_one() -> None:
    world = silent_world()
    world.spawn(world.sleep_until(5.0), deadline=9.0)
    assert not world.step(4.0)
    assert world.ticks() == 0.0
    assert world.step(5.0)
    assert (world.ticks(), world.open_jobs) == (5.0, 0)
