# SPDX-License-Identifier: ISC
"""Who may hold a connection, and for how long (security.md D6, O04-O07). The timeouts here are short."""

from __future__ import annotations

import asyncio
import socket

import pytest

from resolver.runtime.serving import Work
from resolver.service.admission import Client
from tests.runtime.rig import Rig, frame, message, play, read_message, tcp_settings


def echo(datagram: bytes, client: Client, now: float) -> bytes:
    return datagram


async def is_cut(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionResetError:
        return True


def test_an_idle_client_is_closed() -> None:
    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        assert await is_cut(reader)
        writer.close()
        reader, writer = await rig.connect()  # … and one that has asked before
        writer.write(frame(message(1)))
        assert await read_message(reader) == message(1)
        assert await is_cut(reader)
        assert rig.tcp.cut == 2
        writer.close()

    play(scenario, echo, tcp=tcp_settings(idle=0.06))


def test_a_client_that_waits_is_not_idle() -> None:
    release = asyncio.Event()

    async def work() -> bytes:
        await release.wait()
        return message(1)

    def handle(datagram: bytes, client: Client, now: float) -> Work:
        return work()

    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        writer.write(frame(message(1)))
        idle_reader, idle_writer = await rig.connect()
        assert await is_cut(idle_reader)  # long enough
        release.set()
        assert await read_message(reader) == message(1)
        writer.close()
        idle_writer.close()

    play(scenario, handle, tcp=tcp_settings(idle=0.06))


def test_o06_a_byte_now_and_then_does_not_keep_a_half_message_alive() -> None:
    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()

        async def drip() -> None:
            while True:
                writer.write(b"\x01")
                await asyncio.sleep(0.01)

        dripping = asyncio.ensure_future(drip())
        assert await is_cut(reader)
        dripping.cancel()
        assert rig.tcp.cut == 1
        writer.close()

    play(scenario, echo, tcp=tcp_settings(partial=0.1, idle=60))


def test_each_message_has_its_own_time() -> None:
    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        wire = b"".join(frame(message(n)) for n in range(12))
        for n in range(12):  # always in the middle of a message, but of another one
            writer.write(wire[n * 23 + (5 if n else 0) : n * 23 + 28])
            assert await read_message(reader) == message(n)
            await asyncio.sleep(0.02)
        writer.close()

    play(scenario, echo, tcp=tcp_settings(partial=0.15, idle=60))


def test_one_client_may_hold_so_many_and_others_are_not_hurt() -> None:
    async def scenario(rig: Rig) -> None:
        held = [await rig.connect() for _ in range(3)]
        await rig.until(lambda: len(rig.tcp.connections) == 3)
        reader, refused = await rig.connect()
        assert await is_cut(reader)
        assert rig.tcp.refused == 1
        reader, other = await rig.connect("127.0.0.2")
        other.write(frame(message(1)))
        assert await read_message(reader) == message(1)
        held[0][1].close()
        await rig.until(lambda: len(rig.tcp.connections) == 3)
        reader, again = await rig.connect()
        again.write(frame(message(2)))
        assert await read_message(reader) == message(2)
        for _, writer in (*held, (reader, refused), (reader, other), (reader, again)):
            writer.close()

    play(scenario, echo, tcp=tcp_settings(per_client=3))


def test_o04_a_new_client_takes_the_place_of_the_longest_idle() -> None:
    async def scenario(rig: Rig) -> None:
        idle = [await rig.connect() for _ in range(5)]
        await rig.until(lambda: len(rig.tcp.connections) == 5)
        idle[0][1].write(frame(message(0)))  # the first is now the last one idle
        assert await read_message(idle[0][0]) == message(0)
        reader, writer = await rig.connect()
        writer.write(frame(message(1)))
        assert await read_message(reader) == message(1)
        assert await is_cut(idle[1][0])
        assert len(rig.tcp.connections) == 5
        for _, held in (*idle, (reader, writer)):
            held.close()

    play(scenario, echo, tcp=tcp_settings(connections=5))


def test_nobody_at_work_is_pushed_out() -> None:
    release = asyncio.Event()

    async def work(datagram: bytes) -> bytes:
        await release.wait()
        return datagram

    def handle(datagram: bytes, client: Client, now: float) -> Work:
        return work(datagram)

    async def scenario(rig: Rig) -> None:
        held = [await rig.connect() for _ in range(2)]
        for _, writer in held:
            writer.write(frame(message(1)))
        await rig.until(lambda: len(rig.tasks.tasks) == 2)
        reader, refused = await rig.connect()
        assert await is_cut(reader)
        release.set()
        for reader, writer in held:
            assert await read_message(reader) == message(1)
            writer.close()
        refused.close()

    play(scenario, handle, tcp=tcp_settings(connections=2))


def test_when_it_is_crowded_the_idle_leave_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolver.runtime.tcp_server._CROWDED_IDLE_S", 0.05)
    monkeypatch.setattr("resolver.runtime.tcp_server._SWEEP_S", 0.01)

    async def scenario(rig: Rig) -> None:
        held = [await rig.connect() for _ in range(9)]
        await rig.until(lambda: rig.tcp.cut > 0)
        assert await is_cut(held[0][0])
        await asyncio.sleep(0.1)
        assert (rig.tcp.cut, len(rig.tcp.connections)) == (1, 8)  # not a crowd any more: the others may stay
        for _, writer in held:
            writer.close()

    play(scenario, echo, tcp=tcp_settings(connections=10, idle=60))


def test_many_overdue_are_cut_in_bounded_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolver.runtime.tcp_server._PER_SWEEP", 3)

    async def scenario(rig: Rig) -> None:
        held = [await rig.connect() for _ in range(10)]
        cut_at: list[int] = []

        def seen() -> bool:
            cut_at.append(rig.tcp.cut)
            return rig.tcp.cut == 10

        await rig.until(seen)
        assert {0, 10} < set(cut_at)
        for _, writer in held:
            writer.close()

    play(scenario, echo, tcp=tcp_settings(idle=0.1))


def test_o07_a_client_that_does_not_read_is_cut_off_in_time() -> None:
    async def scenario(rig: Rig) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as lazy:
            lazy.setblocking(False)
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await loop.sock_connect(lazy, tuple(rig.address))
            await rig.until(lambda: len(rig.tcp.connections) == 1)
            for n in range(1000):  # answers fill the kernel's buffers, then ours to the high-water mark
                await loop.sock_sendall(lazy, frame(message(n)))
            await rig.until(lambda: len(rig.tcp.unread) == 1)
            await rig.until(lambda: not rig.tcp.connections)
            assert rig.tcp.cut == 1
        reader, writer = await rig.connect()  # nobody else was hurt
        writer.write(frame(b"fine" + bytes(10)))
        assert await read_message(reader) == b"fine" + bytes(10)
        writer.close()

    def handle(datagram: bytes, client: Client, now: float) -> bytes:
        return datagram if datagram.startswith(b"fine") else datagram + bytes(20_000)

    play(scenario, handle, tcp=tcp_settings(write=0.1))


def test_an_ipv6_host_is_its_whole_64() -> None:
    from resolver.runtime.tcp_server import _prefix

    assert _prefix("2001:db8:0:1::1") == _prefix("2001:db8:0:1:ffff::2") != _prefix("2001:db8:0:2::1")
    assert _prefix("192.0.2.1") != _prefix("192.0.2.2")
