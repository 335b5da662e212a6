# SPDX-License-Identifier: ISC
"""A worker does what it is ordered, in order, and ends with its supervisor. In this process, over a real channel."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from contextlib import asynccontextmanager

import pytest

from resolver.cli.stub import Asked, ask
from resolver.control.commands import CacheEntries, CacheStatistics, Flush, Trace
from resolver.runtime.workers import Channel
from resolver.settings.load import load
from resolver.supervisor.messages import (
    Abort,
    Answer,
    Commit,
    Look,
    Order,
    Prepare,
    Start,
    Stop,
    encode,
    pack,
    read_said,
)
from resolver.supervisor.worker import Worker
from resolver.wire import Rcode, from_text
from tests.ports import free_port

HINTS = [(from_text("a.root."), "127.0.0.1")]


def configuration(port, *flags):
    """One that asks nobody, unless a client asks it to."""
    fixed = (
        f"server.listen=127.0.0.1:{port}",
        "upstream.priming=false",
        "log.level=error",
        "cache.size=4MiB",
    )
    return pack(load(flags=[*fixed, *flags]).configuration)


class Told:
    """The supervisor's end: gives orders and waits for their answers."""

    def __init__(self, channel, port):
        self.channel = channel
        self.port = port
        self._ids = itertools.count(2)

    async def order(self, do):
        number = next(self._ids)
        self.channel.send(encode(Order(number, do)))
        answer = await self.receive()
        assert answer.id == number
        return answer

    async def receive(self):
        return read_said(await self.channel.receive())

    async def ask(self, name):
        asked = Asked(from_text(name), 1, timeout=8.0, tries=1)
        return (await asyncio.to_thread(ask, asked, ("127.0.0.1", self.port))).message


@asynccontextmanager
async def working(port=None):
    """A worker that has started, and its end, which the test does not have to wait for."""
    port = port or free_port()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    channel, its = await Channel.over(ours), await Channel.over(theirs)
    start = Order(1, Start(1, 2, configuration(port), HINTS, {}))
    worker = Worker(its, start.do)

    async def life():
        if await worker.start(start):
            await worker.obey()

    living = asyncio.create_task(life())
    try:
        yield Told(channel, port), living
    finally:
        channel.close()
        await living
        worker.close()
        its.close()


def run(story):
    asyncio.run(story())


def test_it_answers_says_who_it_is_and_what_it_counted():
    async def story():
        async with working() as (told, _):
            assert await told.receive() == Answer(1, os.getpid())
            assert (await told.ask("localhost.")).rcode == Rcode.NOERROR
            seen = (await told.order(Look())).value
            assert seen["view"]["questions_in_flight"] == 0
            counted = {(s[0], s[1][0]): s[2] for s in seen["samples"] if s[0] == "dns_requests_total"}
            assert counted == {("dns_requests_total", "udp"): 1}
            assert not {"build_info", "ready", "start_time_seconds"} & {s[0] for s in seen["samples"]}

    run(story)


def test_it_shows_and_flushes_its_cache_and_traces():
    async def story():
        async with working() as (told, _):
            await told.receive()
            assert (await told.order(CacheStatistics())).value["records"]["entries"] == 0
            entries = (await told.order(CacheEntries(None, None, False, 5))).value
            assert entries == {"entries": [], "truncated": False}
            assert (await told.order(Flush())).value["flushed"] == 0
            traced = (await told.order(Trace(from_text("a.test."), 1))).value
            assert traced["name"] == "a.test."

    run(story)


def test_it_changes_nothing_before_the_commit():
    async def story():
        async with working() as (told, _):
            await told.receive()
            strangers = Prepare(configuration(told.port, "server.allow=192.0.2.0/24"), HINTS)
            assert (await told.order(strangers)).error == ""
            assert (await told.ask("localhost.")).rcode == Rcode.NOERROR
            await told.order(Abort())
            assert "nothing prepared" in (await told.order(Commit())).error
            await told.order(strangers)
            assert (await told.order(Commit())).error == ""
            assert (await told.ask("localhost.")).rcode == Rcode.REFUSED
            assert "nothing prepared" in (await told.order(Commit())).error

    run(story)


def test_an_answer_that_would_break_the_channel_is_an_error(monkeypatch):
    monkeypatch.setattr("resolver.supervisor.worker.FRAME_MAX", 500)

    async def story():
        async with working() as (told, _):
            await told.receive()
            assert "ask for less" in (await told.order(Look())).error
            assert (await told.order(Flush())).value["flushed"] == 0

    run(story)


def test_what_it_cannot_read_is_refused_and_it_lives_on():
    async def story():
        async with working() as (told, _):
            await told.receive()
            assert "server.drain" in (await told.order(Prepare({"server": {"drain": -5}}, HINTS))).error
            again = Start(1, 2, configuration(told.port), HINTS, {})
            assert (await told.order(again)).error == "out of order"
            assert (await told.ask("localhost.")).rcode == Rcode.NOERROR

    run(story)


@pytest.mark.parametrize("end", ["stop", "the supervisor is gone"])
def test_it_ends_when_it_is_told_to_and_when_nobody_can(end):
    async def story():
        async with working() as (told, living):
            await told.receive()
            if end == "stop":
                told.channel.send(encode(Order(0, Stop())))
            else:
                told.channel.close()
            async with asyncio.timeout(20):
                await asyncio.shield(living)

    run(story)


def test_a_start_that_fails_says_why():
    async def story():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as used:
            used.bind(("127.0.0.1", 0))
            async with working(used.getsockname()[1]) as (told, _):
                assert "the port is in use" in (await told.receive()).error

    run(story)
