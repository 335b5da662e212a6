# SPDX-License-Identifier: ISC
"""TCP to servers that misbehave (security.md E8, A18): partial, dripping, silent, closing, lying about lengths."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from resolver.engine.ports import ExchangeFailed, Reply, Server, Transport
from resolver.events import Verdict
from resolver.runtime.aio_world import AioWorld
from resolver.runtime.loop import loop_maker
from resolver.runtime.upstream_tcp import TcpPatience
from tests.loopback.scripted import query, reply_to

LONG = 10.0
Behave = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def exchange(
    behave: Behave, *, patience: TcpPatience | None = None, until: float = LONG
) -> Reply | ExchangeFailed:
    """Ask a server that behaves as told, once; return what the flight brought."""

    async def main() -> Reply | ExchangeFailed:
        connections: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            size = int.from_bytes(await reader.readexactly(2), "big")
            try:
                await behave(await reader.readexactly(size), writer)
            except (ConnectionError, asyncio.CancelledError):
                return

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        world = AioWorld(asyncio.get_running_loop(), patience=patience)
        target = Server(*server.sockets[0].getsockname())
        flight = world.start(target, query(Transport.TCP), world.ticks() + until)
        assert await world.first([flight], world.ticks() + LONG) is flight
        got = flight.take()
        assert got is not None
        assert flight.take() is None
        assert world.open_flights == 0  # closed without being told to
        assert len(connections) <= 1
        server.close()
        for writer in connections:
            writer.transport.abort()
        return got

    make, _ = loop_maker()
    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(asyncio.wait_for(main(), 15))


def failed(behave: Behave, patience: TcpPatience | None = None, until: float = LONG) -> Verdict:
    got = exchange(behave, patience=patience, until=until)
    assert isinstance(got, ExchangeFailed)
    return got.reason


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def test_a_reply_in_pieces_is_whole_rfc7766_section_8() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        for byte in framed(reply_to(request)):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    assert isinstance(exchange(behave), Reply)


def test_a_long_reply_is_whole() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        padding = b"\0\0\x10\0\1\0\0\0\0\xff\xd0" + bytes([255] + [0] * 255) * 255 + bytes(208)
        reply = bytearray(reply_to(request)[:12]) + reply_to(request)[12:] + padding
        reply[7] = 1  # one answer: a TXT record of 65,488 bytes
        writer.write(framed(bytes(reply)))

    got = exchange(behave)
    assert isinstance(got, Reply)
    assert got.size > 65_000


def test_another_message_before_ours_is_dropped() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(framed(reply_to(request, change_id=1)) + framed(reply_to(request)))

    assert isinstance(exchange(behave), Reply)


def test_a_server_that_sends_only_strangers_messages_is_given_up() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        for n in range(1, 100):
            writer.write(framed(reply_to(request, change_id=n)))

    assert failed(behave) is Verdict.CLOSED


@pytest.mark.parametrize(
    "sent", [b"", b"\0", b"\0\x20", b"\0\x20half"], ids=["nothing", "a byte", "a length", "half"]
)
def test_a_server_that_closes_early(sent: bytes) -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        writer.close()

    assert failed(behave) is Verdict.CLOSED


def test_a_server_that_hangs_after_the_handshake_is_left_in_time() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(LONG)

    assert failed(behave, TcpPatience(reply=0.05)) is Verdict.TIMEOUT


def test_dripping_buys_no_time() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        for byte in framed(reply_to(request) * 100):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    assert failed(behave, TcpPatience(reply=0.1)) is Verdict.TIMEOUT


def test_the_deadline_of_the_try_comes_before_patience() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(LONG)

    assert failed(behave, until=0.05) is Verdict.TIMEOUT


def test_a_reset_is_told_from_a_refusal() -> None:
    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        import socket
        import struct

        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    assert failed(behave) is Verdict.CLOSED


def test_a_server_whose_backlog_is_full_is_left_after_the_connect_time() -> None:
    """Nobody accepts and the backlog is full: the handshake never ends."""
    import socket

    async def main() -> ExchangeFailed | Reply | None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            address = listener.getsockname()
            fillers = []
            for _ in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(address)
                fillers.append(filler)
            loop = asyncio.get_running_loop()
            world = AioWorld(loop, patience=TcpPatience(connect=0.05))
            flight = world.start(Server(*address), query(Transport.TCP), world.ticks() + LONG)
            await world.first([flight], world.ticks() + LONG)
            for filler in fillers:
                filler.close()
            return flight.take()

    got = asyncio.run(main())
    assert isinstance(got, ExchangeFailed)
    assert got.reason is Verdict.TIMEOUT
