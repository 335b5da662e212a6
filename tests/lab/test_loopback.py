# SPDX-License-Identifier: ISC
"""The internet on real sockets: dnspython asks over UDP and TCP, and refusals are the kernel's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import pytest

from resolver.engine.ports import Server, Transport
from resolver.lab.internet import Internet
from resolver.lab.loopback import Loopback, LoopbackError, address_map
from resolver.lab.network import Delivery
from tests.lab.asking import request
from tests.ports import free_port

T = TypeVar("T")


def with_tiny(use: Callable[[Loopback, Internet], Awaitable[T]]) -> T:
    async def run() -> T:
        net = Internet.load("tiny")
        for host in net.hosts():
            host.latency_s = 0.0
        loopback = Loopback(net, net.addresses(), free_port(), closed={("192.0.2.2", t) for t in Transport})
        await loopback.start()
        try:
            return await use(loopback, net)
        finally:
            await loopback.close()

    return asyncio.run(run())


class TestMap:
    def test_each_server_has_a_loopback_address_of_its_own(self) -> None:
        mapped = address_map([f"2001:db8::{n:x}" for n in range(1, 601)], 5399)
        assert len(set(mapped.values())) == 600
        assert all(at.address.startswith("127.53.") and at.port == 5399 for at in mapped.values())
        assert mapped["2001:db8::1"] == Server("127.53.0.1", 5399)
        assert mapped["2001:db8::fb"] == Server("127.53.1.1", 5399)

    def test_it_is_the_same_each_time(self) -> None:
        net = Internet.load("tiny")
        assert address_map(net.addresses(), 1) == address_map(Internet.load("tiny").addresses(), 1)

    def test_too_many_is_one_line(self) -> None:
        with pytest.raises(LoopbackError, match="64000"):
            address_map((str(n) for n in range(70_000)), 1)


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db8:100::2"])
@pytest.mark.parametrize("ask", [dns.asyncquery.udp, dns.asyncquery.tcp])
def test_dnspython_is_answered(address: str, ask: Callable[..., Awaitable[dns.message.Message]]) -> None:
    async def use(loopback: Loopback, _: Internet) -> dns.message.Message:
        at = loopback.map[address]
        return await ask(dns.message.make_query("www.alder.shop0.", "A"), at.address, 5.0, at.port)

    got = with_tiny(use)
    assert got.rcode() == dns.rcode.NOERROR
    assert [rrset.to_text() for rrset in got.answer] == [
        "www.alder.shop0. 60 IN CNAME alder.shop0.",
        "alder.shop0. 3600 IN A 198.18.1.1",
    ]


def test_rfc_7766_6_2_1_one_connection_carries_many() -> None:
    async def use(loopback: Loopback, _: Internet) -> list[bytes]:
        at = loopback.map["203.0.113.1"]
        reader, writer = await asyncio.open_connection(at.address, at.port)
        wires = [request(f"{name}.host.net0.") for name in ("www", "edge", "none")]
        stream = b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires)
        writer.write(stream[:7])  # a message may come in pieces
        await writer.drain()
        writer.write(stream[7:])
        replies = [
            await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big")) for _ in wires
        ]
        writer.close()
        return replies

    assert [int.from_bytes(reply[6:8], "big") for reply in with_tiny(use)] == [1, 2, 0]


def test_a_closed_port_refuses_over_both() -> None:
    async def use(loopback: Loopback, _: Internet) -> None:
        at = loopback.map["192.0.2.2"]
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(at.address, at.port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            asking.connect(at)
            asking.send(request("."))
            with pytest.raises(ConnectionRefusedError):
                await asyncio.wait_for(asyncio.get_running_loop().sock_recv(asking, 512), 5)

    with_tiny(use)


def test_a_refusal_over_tcp_ends_the_connection() -> None:
    class Refusing:
        def deliver(
            self, server: Server, transport: Transport, request: bytes, tick: float, now: float
        ) -> Sequence[Delivery]:
            return (Delivery(0.0, None),)

    async def run() -> None:
        loopback = Loopback(Refusing(), ["192.0.2.1"], free_port())
        await loopback.start()
        reader, writer = await asyncio.open_connection(*loopback.map["192.0.2.1"])
        writer.write(b"\x00\x01x")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 5)
        writer.close()
        await loopback.close()

    asyncio.run(run())


def test_changes_show_at_once() -> None:
    async def use(loopback: Loopback, net: Internet) -> None:
        at = loopback.map["203.0.113.1"]
        net.host("ns.host.net0.").silent = True
        with pytest.raises(dns.exception.Timeout):
            await dns.asyncquery.udp(dns.message.make_query("www.host.net0.", "A"), at.address, 0.05, at.port)
        net.host("ns.host.net0.").silent = False
        await dns.asyncquery.udp(dns.message.make_query("www.host.net0.", "A"), at.address, 5.0, at.port)

    with_tiny(use)


def test_a_port_in_use_is_one_clear_line_and_leaves_nothing_open() -> None:
    async def use(loopback: Loopback, net: Internet) -> None:
        at = loopback.map["192.0.2.1"]
        second = Loopback(net, net.addresses(), at.port)
        with pytest.raises(LoopbackError) as caught:
            await second.start()
        assert str(caught.value).startswith(
            f"cannot open {at.address} port {at.port}: address already in use - "
        )
        assert "\n" not in str(caught.value)
        assert not second.is_open

    with_tiny(use)


def test_closed_twice_is_closed() -> None:
    async def use(loopback: Loopback, net: Internet) -> None:
        assert loopback.is_open
        assert loopback.ticks() >= 0.0
        await loopback.close()
        await loopback.close()
        assert not loopback.is_open
        await loopback.start()
        await loopback.start()
        assert loopback.is_open

    with_tiny(use)
