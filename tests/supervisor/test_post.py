# SPDX-License-Identifier: ISC
"""A post is filled again and again, whatever its workers die of; what they had counted stays."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from resolver.errors import ResolverError
from resolver.supervisor import post as room
from resolver.supervisor.messages import Look, Start, Stop
from resolver.supervisor.post import Post
from tests.supervisor.acting import DEATH, SILENCE, ActedProcess, Said, until, well_behaved


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Looks follow each other at once; nobody waits for the silent."""
    monkeypatch.setattr(room, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(room, "SILENCE_S", 0.01)


class Cast:
    """The processes that fill the post, each with the next script; the last one stays."""

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.processes = []
        self.log = Said()

    async def begin(self):
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        if isinstance(script, Exception):
            raise script
        self.processes.append(await ActedProcess.begin(script))
        return self.processes[-1]

    @asynccontextmanager
    async def post(self):
        post = Post(4, self.begin, lambda number: Start(number, 9, {}, [], {}), self.log)
        keeping = asyncio.create_task(post.keep())
        try:
            yield post
        finally:
            post.close()
            post.kill()
            await keeping
            assert not any(process.is_running for process in self.processes)
            assert (post.link, post.is_up) == (None, False)


def test_it_starts_with_its_number_is_looked_at_and_stops():
    cast = Cast(well_behaved)

    async def story():
        async with cast.post() as post:
            await post.first
            await until(lambda: post.view == {"questions_in_flight": 1})
            assert cast.processes[0].started_with.worker == 4
            post.close()
            await until(lambda: not post.is_up)
        assert isinstance(cast.processes[0].heard[-1], Stop)
        assert len(cast.processes) == 1

    asyncio.run(story())


def test_one_that_dies_is_replaced_and_what_it_counted_is_kept():
    cast = Cast(well_behaved)

    async def story():
        async with cast.post() as post:
            await until(lambda: bool(post.samples))
            cast.processes[0].kill()
            await until(lambda: post.restarts == 1 and post.is_up and bool(post.samples))
            assert [sample.value for sample in post.kept.samples()] == [5.0]
            assert post.pid == cast.processes[1].pid

    asyncio.run(story())


def test_one_that_hangs_is_killed():
    cast = Cast(lambda do: SILENCE if isinstance(do, Look) else None, well_behaved)

    async def story():
        async with cast.post() as post:
            await until(lambda: post.restarts == 1 and post.is_up)
            assert cast.processes[0].code == -9

    asyncio.run(story())


def test_one_that_drains_may_be_silent():
    cast = Cast(lambda do: SILENCE if isinstance(do, Look | Stop) else None)

    async def story():
        async with cast.post() as post:
            await post.first
            post.close()
            for _ in range(50):
                await asyncio.sleep(0.001)
            assert cast.processes[0].is_running

    asyncio.run(story())


def test_a_look_that_fails_in_the_worker_is_no_reason_to_end_it():
    looks = []

    def script(do):
        if isinstance(do, Look):
            looks.append(do)
            raise ResolverError("internal error; the log has it")

    cast = Cast(script)

    async def story():
        async with cast.post() as post:
            await until(lambda: len(looks) > 3)
            assert (post.is_up, post.restarts) == (True, 0)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (OSError(11, "Resource temporarily unavailable"), "cannot be begun"),
        (RuntimeError("a bug"), "a bug of ours"),
        (lambda do: DEATH, "ended before it answered"),
    ],
)
def test_a_first_start_that_fails_says_why_and_is_tried_again(script, says):
    cast = Cast(script, well_behaved)

    async def story():
        async with cast.post() as post:
            with pytest.raises(ResolverError, match=says):
                await post.first
            await until(lambda: post.is_up)

    asyncio.run(story())


def test_a_worker_that_talks_nonsense_is_replaced():
    cast = Cast(lambda do: None)

    async def story():
        async with cast.post() as post:
            await post.first
            cast.processes[0]._other.send(b"not JSON")
            await until(lambda: post.restarts == 1 and post.is_up)
        assert any("could not be read" in line for line in cast.log.lines)

    asyncio.run(story())
