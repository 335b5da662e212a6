# SPDX-License-Identifier: ISC
"""Readers: news of many short-lived sockets, descriptors used again, and systems without epoll."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Awaitable, Callable

import pytest

from resolver.runtime.loop import loop_maker
from resolver.runtime.readers import Readers
from resolver.runtime.strands import Strands


@pytest.fixture(params=["epoll", "loop"])
def mechanism(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    kind = str(request.param)
    if kind == "loop":
        monkeypatch.delattr(select, "epoll")
    return kind


def play(
    scenario: Callable[[Readers], Awaitable[None]], make: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def main() -> None:
        readers = Readers(Strands(asyncio.get_running_loop()))
        await asyncio.wait_for(scenario(readers), 10)
        readers.close()

    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main())


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    return ours, theirs


def test_each_socket_with_news_is_told_and_no_other(mechanism: str) -> None:
    async def scenario(readers: Readers) -> None:
        heard: list[bytes] = []
        pairs = [pair() for _ in range(100)]
        for ours, _ in pairs:
            readers.add(ours.fileno(), lambda ours=ours: heard.append(ours.recv(10)))  # type: ignore[misc]  # bound at once
        for number, (_, theirs) in enumerate(pairs):
            if number % 2:
                theirs.send(b"%d" % number)
        await asyncio.sleep(0.03)
        assert sorted(map(int, heard)) == list(range(1, 100, 2))
        for ours, theirs in pairs:
            readers.remove(ours.fileno())
            ours.close()
            theirs.close()

    make = asyncio.new_event_loop if mechanism == "loop" else loop_maker()[0]
    play(scenario, make)


def test_one_that_closes_the_other_spares_it_its_news() -> None:
    async def scenario(readers: Readers) -> None:
        heard: list[str] = []
        (one, to_one), (two, to_two) = pair(), pair()

        def close_both(name: str) -> None:
            heard.append(name)
            for sock in (one, two):
                readers.remove(sock.fileno())
                sock.close()

        readers.add(one.fileno(), lambda: close_both("one"))
        readers.add(two.fileno(), lambda: close_both("two"))
        to_one.send(b"x")
        to_two.send(b"x")
        await asyncio.sleep(0.02)
        assert len(heard) == 1
        to_one.close()
        to_two.close()

    play(scenario, asyncio.new_event_loop)


def test_a_descriptor_that_is_used_again_is_told_to_its_new_owner() -> None:
    async def scenario(readers: Readers) -> None:
        heard: list[str] = []
        for name in ("old", "new"):
            ours, theirs = pair()
            readers.add(
                ours.fileno(), lambda ours=ours, name=name: heard.append(name + ours.recv(9).decode())
            )  # type: ignore[misc]  # bound at once
            theirs.send(b"!")
            await asyncio.sleep(0.01)
            readers.remove(ours.fileno())
            ours.close()
            theirs.close()
        assert heard == ["old!", "new!"]

    play(scenario, asyncio.new_event_loop)


def test_after_closing_it_begins_anew() -> None:
    async def scenario(readers: Readers) -> None:
        for _ in range(2):
            ours, theirs = pair()
            heard: list[bytes] = []
            readers.add(ours.fileno(), lambda ours=ours, heard=heard: heard.append(ours.recv(9)))  # type: ignore[misc]  # bound at once
            theirs.send(b"!")
            await asyncio.sleep(0.01)
            assert heard == [b"!"]
            readers.close()
            ours.close()
            theirs.close()

    play(scenario, asyncio.new_event_loop)
