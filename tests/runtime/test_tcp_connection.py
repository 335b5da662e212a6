# SPDX-License-Identifier: ISC
"""One client's connection: framing, pipelining, back-pressure (RFC 7766 sections 6.2.1.1, 7 and 8)."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from resolver.runtime.serving import Work
from resolver.service.admission import Client
from tests.runtime.rig import Rig, frame, message, play, read_message, tcp_settings


def echo(datagram: bytes, client: Client, now: float) -> bytes:
    return datagram


def test_a_question_in_pieces_and_many_in_one() -> None:
    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        for byte in frame(message(1)):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        assert await read_message(reader) == message(1)
        writer.write(b"".join(frame(message(n)) for n in range(100)) + frame(message(100))[:5])
        assert [await read_message(reader) for _ in range(100)] == [message(n) for n in range(100)]
        writer.write(frame(message(100))[5:])
        assert await read_message(reader) == message(100)
        writer.close()

    play(scenario, echo)


def test_the_service_hears_that_it_is_tcp() -> None:
    heard: list[Client] = []

    def handle(datagram: bytes, client: Client, now: float) -> bytes:
        heard.append(client)
        return datagram

    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect("127.0.0.9")
        writer.write(frame(message(1)))
        await read_message(reader)
        assert heard == [Client("127.0.0.9", writer.get_extra_info("sockname")[1], "tcp", "ipv4")]
        writer.close()

    play(scenario, handle)


class Slow:
    """A service whose answers are released by hand, by the ID of the question."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.cancelled: list[int] = []
        self.released: dict[int, asyncio.Event] = {}

    def handle(self, datagram: bytes, client: Client, now: float) -> Work:
        number = int.from_bytes(datagram[:2], "big")
        self.asked.append(number)
        self.released[number] = asyncio.Event()
        return self._answer(number, datagram)

    async def _answer(self, number: int, datagram: bytes) -> bytes:
        try:
            await self.released[number].wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        return datagram


def test_o08_102_pipelined_with_a_slow_first_are_answered_out_of_order() -> None:
    slow = Slow()

    def handle(datagram: bytes, client: Client, now: float) -> bytes | Work:
        return slow.handle(datagram, client, now) if datagram[:2] == b"\0\0" else datagram

    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        writer.write(b"".join(frame(message(n)) for n in range(102)))
        assert [await read_message(reader) for _ in range(101)] == [message(n) for n in range(1, 102)]
        slow.released[0].set()
        assert await read_message(reader) == message(0)
        writer.close()

    play(scenario, handle)


def test_no_more_in_flight_than_allowed_and_the_rest_after() -> None:
    slow = Slow()

    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        writer.write(b"".join(frame(message(n)) for n in range(10)))
        await rig.until(lambda: len(slow.asked) == 3)
        writer.write(b"".join(frame(message(n)) for n in range(10, 20)))
        await asyncio.sleep(0.02)
        assert slow.asked == [0, 1, 2]
        for n in (1, 0, 2, *range(3, 20)):
            slow.released[n].set()
            assert await read_message(reader) == message(n)
        assert slow.asked == list(range(20))
        writer.close()

    play(scenario, slow.handle, tcp=tcp_settings(in_flight=3))


def test_who_half_closes_is_still_answered_then_closed() -> None:
    slow = Slow()

    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        writer.write(frame(message(1)))
        writer.write_eof()
        await rig.until(lambda: slow.asked == [1])
        await asyncio.sleep(0.01)
        slow.released[1].set()
        assert await read_message(reader) == message(1)
        assert await reader.read() == b""
        writer.close()

    play(scenario, slow.handle)


def test_when_the_client_is_gone_nobody_waits_for_its_answers() -> None:
    slow = Slow()

    async def scenario(rig: Rig) -> None:
        _, writer = await rig.connect()
        writer.write(frame(message(1)) + frame(message(2)))
        await rig.until(lambda: len(slow.asked) == 2)
        linger = struct.pack("ii", 1, 0)  # a reset; a mere close looks like who asks no more but still reads
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        await rig.until(lambda: sorted(slow.cancelled) == [1, 2])
        assert rig.tasks.tasks == set()

    play(scenario, slow.handle)


@pytest.mark.parametrize("spoken", [b"\x00\x00", b"\x00\x0bshort messg", b"\x00\x01GET / HTTP/1.1\r\n"])
def test_who_speaks_something_else_is_cut_off(spoken: bytes) -> None:
    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        writer.write(spoken)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()

    play(scenario, echo)


def test_a_bug_in_the_service_costs_one_answer_and_the_connection_lives() -> None:
    async def crash() -> bytes | None:
        raise MemoryError

    def handle(datagram: bytes, client: Client, now: float) -> bytes | Work | None:
        match datagram[1]:
            case 1:
                raise KeyError(datagram)
            case 2:
                return crash()
            case 3:
                return None
        return datagram

    async def scenario(rig: Rig) -> None:
        reader, writer = await rig.connect()
        writer.write(b"".join(frame(message(n)) for n in (1, 2, 3, 4)))
        assert await read_message(reader) == message(4)
        writer.close()

    play(scenario, handle, crashes=2)


def test_o07_a_client_that_never_reads_costs_a_bounded_buffer() -> None:
    """Big answers to a client that does not read: the connection is cut before we hold more than 256 KiB."""
    held: list[int] = []

    def handle(datagram: bytes, client: Client, now: float) -> bytes:
        return datagram + bytes(60_000)

    async def scenario(rig: Rig) -> None:
        _, writer = await rig.connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's transport
        await rig.until(lambda: len(rig.tcp.connections) == 1)
        (connection,) = rig.tcp.connections
        for n in range(1000):
            writer.write(frame(message(n)))
            await asyncio.sleep(0)
            if connection._transport is None:
                break
            held.append(connection._transport.get_write_buffer_size())
        await rig.until(lambda: not rig.tcp.connections)
        assert max(held) <= 256 << 10
        writer.transport.abort()

    play(scenario, handle, tcp=tcp_settings(write=0.1))
