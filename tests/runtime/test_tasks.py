# SPDX-License-Identifier: ISC
"""Questions in work: bounded, told when they crash, drained and cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from resolver.events import Crashed
from resolver.runtime.clocks import ticks
from resolver.runtime.strands import Strands
from resolver.runtime.tasks import Answer, TaskTable


def play(scenario: Callable[[TaskTable], Awaitable[None]], limit: int = 10) -> list[object]:
    events: list[object] = []

    async def main() -> None:
        table = TaskTable(Strands(asyncio.get_running_loop()), events.append, limit)
        await scenario(table)
        assert table.tasks == set()

    asyncio.run(main())
    return events


async def answer(text: bytes | None = b"yes") -> bytes | None:
    await asyncio.sleep(0)
    return text


async def crash() -> bytes | None:
    raise ZeroDivisionError("a bug")


async def forever() -> bytes | None:
    await asyncio.get_running_loop().create_future()
    return None


def test_an_answer_is_heard() -> None:
    heard: list[bytes | None] = []

    async def scenario(table: TaskTable) -> None:
        table.start(answer(), lambda task: heard.append(task.result))
        assert await table.drained(ticks() + 5)

    assert play(scenario) == []
    assert heard == [b"yes"]


def test_a_crash_is_told_and_answers_nothing() -> None:
    heard: list[bytes | None] = []

    async def scenario(table: TaskTable) -> None:
        table.start(crash(), lambda task: heard.append(task.result))
        assert await table.drained(ticks() + 5)

    (event,) = play(scenario)
    assert isinstance(event, Crashed)
    assert "ZeroDivisionError: a bug" in event.traceback
    assert heard == [None]


def test_a_full_table_refuses_and_closes_the_work() -> None:
    async def scenario(table: TaskTable) -> None:
        ended: list[Answer] = []
        assert table.start(answer(), ended.append) is not None
        refused = answer()
        assert table.start(refused, ended.append) is None
        assert refused.cr_running is False
        assert refused.cr_frame is None  # closed
        assert table.refused == 1
        await table.drained(ticks() + 5)
        assert len(ended) == 1

    play(scenario, limit=1)


def test_a_drain_ends_at_its_instant_and_what_is_left_is_cancelled() -> None:
    async def scenario(table: TaskTable) -> None:
        heard: list[bytes | None] = []
        table.start(forever(), lambda task: heard.append(task.result))
        until = ticks() + 0.02
        assert not await table.drained(until)
        assert ticks() >= until
        table.cancel()
        assert await table.drained(ticks() + 5)
        await asyncio.sleep(0)
        assert heard == [None]

    play(scenario)
