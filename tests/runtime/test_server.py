# SPDX-License-Identifier: ISC
"""Opening, draining and closing all that listens."""

from __future__ import annotations

import asyncio
import os

import pytest

from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.runtime.server import DnsServer
from resolver.runtime.serving import Work
from resolver.runtime.settings import ServerSettings
from resolver.service.admission import Client
from tests.runtime.rig import Rig, frame, message, play, read_message
from tests.runtime.test_udp_server import client


def test_addresses_have_the_ports_really_bound() -> None:
    server = DnsServer(ServerSettings(listen=("127.0.0.1:0", "127.0.0.2:0")))
    assert [address.address for address in server.addresses] == ["127.0.0.1", "127.0.0.2"]
    assert all(address.port for address in server.addresses)
    server.close()


def test_a_second_server_on_the_same_port_hears_why_not_and_a_restart_works() -> None:
    first = DnsServer(ServerSettings(listen=("127.0.0.1:0",)))
    again = f"127.0.0.1:{first.addresses[0].port}"
    with pytest.raises(ResolverError, match=f"{again}: the port is in use"):
        DnsServer(ServerSettings(listen=(again,)))
    first.close()
    restarted = DnsServer(ServerSettings(listen=(again,)))
    assert restarted.addresses == (Server(*first.addresses[0]),)
    restarted.close()


class Held:
    def __init__(self) -> None:
        self.release = asyncio.Event()

    def handle(self, datagram: bytes, client: Client, now: float) -> Work:
        return self._answer(datagram)

    async def _answer(self, datagram: bytes) -> bytes:
        await self.release.wait()
        return datagram


def test_r24_a_drain_answers_who_waits_over_udp_and_tcp() -> None:
    held = Held()

    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        transport.sendto(message(1), tuple(rig.address))
        reader, writer = await rig.connect()
        writer.write(frame(message(2)))
        _, idle = await rig.connect()
        await rig.until(lambda: len(rig.tasks.tasks) == 2 and len(rig.tcp.connections) == 2)
        draining = asyncio.ensure_future(rig.server.drain(5))
        await rig.until(lambda: len(rig.tcp.connections) == 1)  # who waits for nothing is let go at once
        transport.sendto(message(3), tuple(rig.address))
        writer.write(frame(message(4)))
        held.release.set()
        assert await draining
        assert (await asking.answers.get())[0] == message(1)
        assert await read_message(reader) == message(2)
        assert await reader.read() == b""
        assert asking.answers.empty()
        with pytest.raises(ConnectionRefusedError):
            await rig.connect()
        for closing in (writer, idle, transport):
            closing.close()

    play(scenario, held.handle)


def test_a_drain_ends_in_time_whatever_is_under_way() -> None:
    held = Held()

    async def scenario(rig: Rig) -> None:
        _, writer = await rig.connect()
        writer.write(frame(message(1)))
        await rig.until(lambda: len(rig.tasks.tasks) == 1)
        assert not await rig.server.drain(0.02)
        writer.close()

    play(scenario, held.handle)


def test_the_counts_are_those_of_all_listeners() -> None:
    held = Held()

    async def scenario(rig: Rig) -> None:
        transport, _ = await client()
        for address in rig.server.addresses:
            transport.sendto(message(1), tuple(address))
        _, writer = await rig.connect()
        writer.write(frame(message(2)))
        await rig.until(lambda: rig.server.counts().waiting == 3)
        counts = rig.server.counts()
        assert (counts.udp_received, counts.udp_answered, counts.tcp_connections, counts.no_room) == (
            2,
            0,
            1,
            0,
        )
        held.release.set()
        await rig.until(lambda: rig.server.counts().udp_answered == 2)
        writer.close()
        transport.close()

    play(scenario, held.handle, listen=("127.0.0.1:0", "127.0.0.2:0"))


def test_no_file_stays_open() -> None:
    async def scenario(rig: Rig) -> None:
        for n in range(20):
            reader, writer = await rig.connect()
            writer.write(frame(message(n)))
            assert await read_message(reader) == message(n)
            writer.close()

    before = len(os.listdir("/proc/self/fd"))
    play(scenario, lambda datagram, client, now: datagram)
    assert len(os.listdir("/proc/self/fd")) == before
