# SPDX-License-Identifier: ISC
"""Clients over UDP, on real sockets (RFC 2181 section 4.1)."""

from __future__ import annotations

import asyncio
import functools
import random
import socket
import struct

import pytest

from resolver.runtime import udp_server
from resolver.runtime.serving import Work
from resolver.runtime.udp_server import IP_PKTINFO, IPV6_PKTINFO, leaving_from
from resolver.service.admission import Client
from tests.runtime import rig as rigs
from tests.runtime.rig import Rig, has_ipv6, message

# One datagram a system call: the path of wildcard sockets, and of systems without recvmmsg.
play = functools.partial(rigs.play, batch=False)


class Asking(asyncio.DatagramProtocol):
    """A client's socket, unconnected, so that it sees where answers come from."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.answers.put_nowait((data, addr[0]))


async def client(local: str = "127.0.0.1") -> tuple[asyncio.DatagramTransport, Asking]:
    loop = asyncio.get_running_loop()
    return await loop.create_datagram_endpoint(Asking, local_addr=(local, 0))


def echo(datagram: bytes, client: Client, now: float) -> bytes:
    return datagram


def test_the_service_hears_who_asks_and_when() -> None:
    heard: list[tuple[bytes, Client, float]] = []

    def handle(datagram: bytes, client: Client, now: float) -> bytes:
        heard.append((datagram, client, now))
        return b"answer"

    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        transport.sendto(b"question", tuple(rig.address))
        assert await asking.answers.get() == (b"answer", "127.0.0.1")
        port = transport.get_extra_info("sockname")[1]
        assert heard == [(b"question", Client("127.0.0.1", port, "udp", "ipv4"), 1000.0)]
        transport.close()

    play(scenario, handle)


def test_a_wildcard_answers_from_the_address_that_was_asked() -> None:
    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        for asked in ("127.0.0.5", "127.0.0.1", "127.8.9.10"):
            transport.sendto(b"question", (asked, rig.address.port))
            assert await asking.answers.get() == (b"question", asked)
        transport.close()

    play(scenario, echo, listen=("0.0.0.0:0",))


def test_a_wildcard_answers_late_from_the_address_that_was_asked() -> None:
    async def later(datagram: bytes) -> bytes:
        await asyncio.sleep(0)
        return datagram

    def handle(datagram: bytes, client: Client, now: float) -> Work:
        return later(datagram)

    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        transport.sendto(b"question", ("127.0.0.7", rig.address.port))
        assert await asking.answers.get() == (b"question", "127.0.0.7")
        transport.close()

    play(scenario, handle, listen=("0.0.0.0:0",))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
def test_an_ipv6_wildcard_hears_ipv6_alone() -> None:
    families: list[str] = []

    def handle(datagram: bytes, client: Client, now: float) -> bytes:
        families.append(client.family)
        return datagram

    async def scenario(rig: Rig) -> None:
        transport, asking = await client("::1")
        transport.sendto(b"question", ("::1", rig.address.port))
        assert await asking.answers.get() == (b"question", "::1")
        assert families == ["ipv6"]
        with socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM
        ) as other:  # 0.0.0.0 with that port is still free
            other.bind(("0.0.0.0", rig.address.port))
        transport.close()

    play(scenario, handle, listen=("[::]:0",))


def test_a_bug_in_the_service_costs_one_answer_and_is_told() -> None:
    async def crash() -> bytes | None:
        raise RecursionError

    def handle(datagram: bytes, client: Client, now: float) -> bytes | Work | None:
        if datagram == b"now":
            raise ZeroDivisionError
        return crash() if datagram == b"later" else datagram

    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        for datagram in (b"now", b"later", b"f", b"fine"):
            transport.sendto(datagram, tuple(rig.address))
        assert [(await asking.answers.get())[0] for _ in range(2)] == [b"f", b"fine"]
        transport.close()

    play(scenario, handle, crashes=2)


def test_1000_random_datagrams_then_an_answer() -> None:
    async def scenario(rig: Rig) -> None:
        noise = random.Random(5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for n in range(1000):
                sock.sendto(noise.randbytes(n % 300), tuple(rig.address))
                if n % 50 == 49:
                    await rig.until(lambda n=n: rig.server.udp[0].received > n)  # type: ignore[misc]  # bound at once
        transport, asking = await client()
        transport.sendto(message(1), tuple(rig.address))
        assert (await asking.answers.get())[0] == message(1)
        transport.close()

    play(scenario, lambda datagram, client, now: datagram if datagram == message(1) else None)


def test_a_full_table_of_tasks_drops_questions_and_serves_hits() -> None:
    release = asyncio.Event()

    async def wait() -> bytes | None:
        await release.wait()
        return b"miss"

    def handle(datagram: bytes, client: Client, now: float) -> bytes | Work | None:
        return b"hit" if datagram == b"hit" else wait()

    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        for datagram in (b"miss", b"miss", b"miss", b"hit"):
            transport.sendto(datagram, tuple(rig.address))
        assert (await asking.answers.get())[0] == b"hit"
        assert rig.tasks.refused == 1
        release.set()
        assert [(await asking.answers.get())[0] for _ in range(2)] == [b"miss", b"miss"]
        transport.close()

    play(scenario, handle, max_tasks=2)


def test_a_flood_is_drained_in_bounded_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two turns others must run: every datagram notes in which turn of the loop it was read."""
    monkeypatch.setattr(udp_server, "_PER_TURN", 4)
    turn = 0
    turns: list[int] = []

    def handle(datagram: bytes, client: Client, now: float) -> None:
        turns.append(turn)

    async def scenario(rig: Rig) -> None:
        loop = asyncio.get_running_loop()

        def count() -> None:
            nonlocal turn
            turn += 1
            if len(turns) < 40:
                loop.call_soon(count)

        rig.server.udp[0].stop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for n in range(40):
                sock.sendto(message(n), tuple(rig.address))
        rig.server.udp[0].start()
        loop.call_soon(count)
        await rig.until(lambda: len(turns) == 40)
        assert max(turns.count(number) for number in turns) == 4

    play(scenario, handle)


@pytest.mark.parametrize("batch", [True, False])
def test_what_the_kernel_dropped_before_we_came_to_read_is_counted(batch: bool) -> None:
    """RcvbufErrors, of this socket alone; and nothing of what was read is held anywhere (security.md section 8.4)."""
    sent = 4000
    heard = 0

    def handle(datagram: bytes, client: Client, now: float) -> None:
        nonlocal heard
        heard += 1

    async def scenario(rig: Rig) -> None:
        udp = rig.server.udp[0]
        assert udp.overflowed == 0
        udp._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        udp.stop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for n in range(sent):
                sock.sendto(message(n), tuple(rig.address))
        udp.start()
        await rig.until(lambda: heard + udp.overflowed == sent)
        assert 0 < udp.overflowed < sent

    play(scenario, handle, batch=batch)


def test_an_answer_that_cannot_be_sent_is_counted_and_dropped() -> None:
    async def scenario(rig: Rig) -> None:
        transport, asking = await client()
        transport.sendto(b"too long", tuple(rig.address))
        await rig.until(lambda: rig.server.udp[0].unsent == 1)
        transport.sendto(b"fine", tuple(rig.address))
        assert (await asking.answers.get())[0] == b"fine"
        assert (rig.server.udp[0].received, rig.server.udp[0].answered) == (2, 1)
        transport.close()

    play(scenario, lambda datagram, client, now: datagram if datagram == b"fine" else bytes(70_000))


def test_a_link_local_answer_keeps_its_interface_and_others_do_not() -> None:
    link_local = bytes.fromhex("fe80") + bytes(13) + b"\x01"
    for address, kept in ((link_local, 3), (bytes(15) + b"\x01", 0)):
        came = struct.pack("@16sI", address, 3)
        ((level, kind, data),) = leaving_from([(1, 2, b""), (socket.IPPROTO_IPV6, IPV6_PKTINFO, came)])
        assert (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO)
        assert struct.unpack("@16sI", data) == (address, kept)
    assert leaving_from([(socket.IPPROTO_IP, IP_PKTINFO, b"cut")]) == ()
