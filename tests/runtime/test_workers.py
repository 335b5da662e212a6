# SPDX-License-Identifier: ISC
"""Processes and the channels to them: whole messages, an end that is noticed, nothing inherited that should not be."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import pytest

from resolver.errors import ResolverError
from resolver.runtime.workers import (
    FRAME_MAX,
    Channel,
    ChannelError,
    WorkerProcess,
    count_of,
    leave_signals_to_the_supervisor,
    own_end,
)

ECHO = "tests.runtime.echoing"


async def channels():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return await Channel.over(ours), await Channel.over(theirs)


def test_messages_arrive_whole_and_in_order():
    messages = [b"", b"{}", os.urandom(300_000), b"last"]

    async def story():
        one, other = await channels()
        for message in messages:
            one.send(message)
        assert [await other.receive() for _ in messages] == messages
        one.close()
        assert await other.receive() is None
        other.close()
        other.send(b"to nobody")

    asyncio.run(story())


def test_an_end_in_the_middle_of_a_message_is_an_end():
    async def story():
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        channel = await Channel.over(ours)
        theirs.sendall((10).to_bytes(4, "big") + b"half")
        theirs.close()
        assert await channel.receive() is None
        channel.close()

    asyncio.run(story())


def test_a_length_that_nobody_of_ours_writes_is_not_waited_for():
    async def story():
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        channel = await Channel.over(ours)
        theirs.sendall((FRAME_MAX + 1).to_bytes(4, "big"))
        with pytest.raises(ChannelError):
            await channel.receive()
        channel.close()
        theirs.close()

    asyncio.run(story())


def test_a_process_is_spoken_to_and_ends_when_its_channel_does():
    async def story():
        process = await WorkerProcess.begin(ECHO)
        process.channel.send(b"hello")
        assert await process.channel.receive() == b"hello"
        assert process.is_running
        process.channel.close()
        assert await process.ended() == 0
        assert not process.is_running

    asyncio.run(story())


def test_a_killed_process_is_noticed_by_the_end_of_its_channel():
    async def story():
        process = await WorkerProcess.begin(ECHO)
        process.kill()
        assert await process.channel.receive() is None
        assert await process.ended() == -signal.SIGKILL

    asyncio.run(story())


def test_one_that_goes_on_without_its_channel_is_killed(monkeypatch):
    monkeypatch.setattr("resolver.runtime.workers._REAP_S", 0.05)

    async def story():
        process = await WorkerProcess.begin(ECHO)
        process.channel.send(b"deaf")
        assert await process.channel.receive() is None
        assert await process.ended() == -signal.SIGKILL

    asyncio.run(story())


def test_a_process_inherits_its_channel_and_stderr_and_no_other_file():
    async def story():
        process = await WorkerProcess.begin(ECHO)
        process.channel.send(b"files")
        answer = await process.channel.receive()
        process.channel.close()
        await process.ended()
        return answer.decode().split()

    with socket.socket() as listener:
        listener.set_inheritable(True)
        ours = f"socket:[{os.fstat(listener.fileno()).st_ino}]"
        inherited = asyncio.run(story())
    assert ours not in inherited
    assert sum(name.startswith("socket:") for name in inherited) == 1 + _is_socket(2)


def _is_socket(descriptor):
    return os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")


def test_the_modules_of_a_process_come_from_where_ours_do(monkeypatch):
    monkeypatch.setattr(sys, "path", ["/nowhere-else", *sys.path])

    async def story():
        process = await WorkerProcess.begin(ECHO)
        process.channel.send(b"path")
        answer = await process.channel.receive()
        process.channel.close()
        await process.ended()
        return answer

    assert asyncio.run(story()).decode().split("\n")[: len(sys.path)] == sys.path


def test_signals_to_a_whole_service_are_the_supervisor_s(monkeypatch):
    ignored = []
    monkeypatch.setattr(signal, "signal", lambda number, how: ignored.append((number, how)))
    leave_signals_to_the_supervisor()
    assert {number for number, _ in ignored} == {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGUSR1,
    }
    assert {how for _, how in ignored} == {signal.SIG_IGN}


def test_who_was_not_begun_by_a_supervisor_is_told_so(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["worker.py"])
    with pytest.raises(ResolverError, match="run `resolver serve`"):
        own_end()


@pytest.mark.parametrize(
    ("quota", "count"),
    [("max 100000", 8), ("150000 100000", 2), ("10000 100000", 1), ("9900000 100000", 8), ("nonsense", 8)],
)
def test_auto_is_one_for_each_processor_that_we_may_use(tmp_path, monkeypatch, quota, count):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    file = tmp_path / "cpu.max"
    file.write_text(quota + "\n")
    assert count_of("auto", file) == count
    assert count_of("auto", tmp_path / "none") == 8
    assert count_of(3, file) == 3
