# SPDX-License-Identifier: ISC
"""Connections to the API are few and short: who holds them takes no file from questions, and no turn from others."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from resolver.control.accepting import CONNECTIONS
from resolver.control.listening import Listening
from resolver.runtime.descriptors import RESERVE

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def play(
    story: Callable[[Callable[[], Awaitable[Connection]], asyncio.Queue[asyncio.Event]], Awaitable[None]],
    body: bytes = b"here",
    *,
    waits: bool = False,
) -> None:
    """Run `story` with what connects to a listener; each request then waits for an event of its own, if it `waits`."""

    async def run() -> None:
        under_way = asyncio.Queue[asyncio.Event]()

        async def answer(request: web.Request) -> web.Response:
            if waits:
                event = asyncio.Event()
                under_way.put_nowait(event)
                await event.wait()
            return web.Response(body=body)

        app, listening, opened = web.Application(), Listening(), list[Connection]()
        app.router.add_get("/", answer)
        port = await listening.open_tcp(app, "127.0.0.1", 0)

        async def connect() -> Connection:
            opened.append(await asyncio.open_connection("127.0.0.1", port))
            return opened[-1]

        try:
            async with asyncio.timeout(20):
                await story(connect, under_way)
        finally:
            for _, writer in opened:
                writer.transport.abort()
            await listening.close()

    asyncio.run(run())


async def answered(connection: Connection) -> bytes:
    """What comes until the end."""
    connection[1].write(REQUEST)
    return await connection[0].read()


async def is_open(connection: Connection) -> bool:
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(0.01):
            return await connection[0].read(1) != b""
    return not connection[0].at_eof()


def test_connections_leave_most_of_the_reserve() -> None:
    assert CONNECTIONS <= RESERVE // 4


def test_a_connection_is_for_one_request() -> None:
    async def story(connect: Callable[[], Awaitable[Connection]], _: object) -> None:
        said = await answered(await connect())
        assert said.endswith(b"here")
        assert b"\r\nConnection: close\r\n" in said

    play(story)


def test_connections_that_have_ended_are_let_go() -> None:
    async def story(connect: Callable[[], Awaitable[Connection]], _: object) -> None:
        for _ in range(3 * CONNECTIONS):
            await answered(await connect())
        gc.collect()
        assert sum(isinstance(one, RequestHandler) for one in gc.get_objects()) <= CONNECTIONS

    play(story)


@pytest.mark.parametrize("begun", [b"", REQUEST[:-2]])
def test_slowloris_who_sends_no_whole_request_is_closed(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolver.control.listening.REQUEST_S", 0.1)

    async def story(connect: Callable[[], Awaitable[Connection]], _: object) -> None:
        reader, writer = await connect()
        writer.write(begun)
        assert await reader.read() == b""

    play(story)


def test_attack_silent_connections_make_room_for_who_asks() -> None:
    async def story(connect: Callable[[], Awaitable[Connection]], _: object) -> None:
        silent = [await connect() for _ in range(5 * CONNECTIONS)]
        assert (await answered(await connect())).endswith(b"here")
        assert sum([await is_open(one) for one in silent]) < CONNECTIONS

    play(story)


def test_requests_under_way_are_never_cut_for_others_and_these_wait() -> None:
    async def story(
        connect: Callable[[], Awaitable[Connection]], under_way: asyncio.Queue[asyncio.Event]
    ) -> None:
        asked = [asyncio.create_task(answered(await connect())) for _ in range(CONNECTIONS + 3)]
        events = [await under_way.get() for _ in range(CONNECTIONS)]
        await asyncio.sleep(0.2)
        assert under_way.empty()
        for _ in range(3):
            events.pop().set()
            events.append(await under_way.get())
        for event in events:
            event.set()
        assert all([(await one).endswith(b"here") for one in asked])

    play(story, waits=True)


def test_who_never_reads_is_cut_off_over_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolver.control.listening._LASTS_S", 0.3)

    async def story(connect: Callable[[], Awaitable[Connection]], _: object) -> None:
        never = [await connect() for _ in range(CONNECTIONS)]
        for _, writer in never:
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport reads and writes
            writer.write(REQUEST)
        connection = await connect()
        connection[1].write(REQUEST)
        assert (await connection[0].read(15)).startswith(b"HTTP/1.1 200 OK")

    play(story, bytes(64 << 20))
