# SPDX-License-Identifier: ISC
"""Orders and answers of one worker: each answer finds its order, and an end leaves nobody waiting."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from resolver.control.commands import CacheStatistics, Trace, ZoneChanged
from resolver.errors import ResolverError
from resolver.supervisor.link import Link, WorkerGone, WorkerRefused, WorkerSilent
from resolver.supervisor.messages import Commit, Look, PassOn
from tests.supervisor.acting import DEATH, SILENCE, ActedProcess


@asynccontextmanager
async def linked(script):
    process = await ActedProcess.begin(script)
    link = Link(process)
    listening = asyncio.create_task(link.listen())
    try:
        yield link, process
    finally:
        process.kill()
        await process.ended()
        await listening


def test_answers_find_their_orders_whatever_came_between():
    async def story():
        async with linked(lambda do: do.name.hex()) as (link, _):
            asked = (link.ask(Trace(bytes([n]), 1), 20) for n in range(50))
            assert await asyncio.gather(*asked) == [f"{n:02x}" for n in range(50)]

    asyncio.run(story())


def test_a_refusal_is_an_error_with_the_worker_s_words():
    def script(do):
        raise ResolverError("no such file - give another")

    async def story():
        async with linked(script) as (link, _):
            with pytest.raises(WorkerRefused, match="no such file - give another"):
                await link.ask(Commit(), 20)

    asyncio.run(story())


def test_who_does_not_answer_in_time_is_silent_and_a_late_answer_hurts_nobody():
    async def story():
        async with linked(lambda do: SILENCE if isinstance(do, Look) else 1) as (link, process):
            with pytest.raises(WorkerSilent):
                await link.ask(Look(), 0.01)
            assert await link.ask(Commit(), 20) == 1
            assert [type(do) for do in process.heard] == [Look, Commit]

    asyncio.run(story())


def test_an_end_wakes_everybody_who_waits_and_nobody_asks_again():
    async def story():
        async with linked(lambda do: DEATH if isinstance(do, Commit) else SILENCE) as (link, _):
            waiting = [asyncio.create_task(link.ask(CacheStatistics(), 20)) for _ in range(3)]
            with pytest.raises(WorkerGone):
                await link.ask(Commit(), 20)
            for waiter in waiting:
                with pytest.raises(WorkerGone):
                    await waiter
            with pytest.raises(WorkerGone):
                link.order(Look())

    asyncio.run(story())


def test_what_the_worker_says_unasked_is_heard_between_its_answers():
    async def story():
        process = await ActedProcess.begin(lambda do: "done")
        heard = []
        link = Link(process, heard.append)
        listening = asyncio.create_task(link.listen())
        news = ZoneChanged(b"\x01a\x00", 7)
        process.say(PassOn(news))
        assert await link.ask(Look(), 20) == "done"
        assert heard == [news]
        process.kill()
        await process.ended()
        await listening

    asyncio.run(story())
