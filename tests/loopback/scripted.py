# SPDX-License-Identifier: ISC
"""Servers on loopback that answer as a `lab.network.Network` says, over UDP and TCP, on the tested world's loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from types import TracebackType

from resolver.engine.ports import Query, Server, Transport
from resolver.lab.network import Delivery
from resolver.wire import Message, Question, Rcode, Rtype, codes, compose, compose_query, parse

Respond = Callable[[Server, Transport, bytes], Sequence[Delivery]]

NAME = b"\x03wWw\x07example\x00"
GOOD = Server("192.0.2.1")
OTHER = Server("192.0.2.2")
CLOSED = Server("192.0.2.9")  # nobody listens there
_ON_IPV4 = ((GOOD, "127.0.0.1"), (OTHER, "127.0.0.1"))


def query(transport: Transport = Transport.UDP, name: bytes = NAME, **more: object) -> Query:
    return Query(b"\x07example\x00", name, Rtype.A, transport, compose_query(name, Rtype.A), **more)  # type: ignore[arg-type]  # test shorthand


def reply_to(
    request: bytes, *, rcode: int = Rcode.NOERROR, name: bytes | None = None, change_id: int = 0
) -> bytes:
    """An empty reply to `request`, or one that is wrong in the way asked for."""
    asked = parse(request)
    assert asked.question is not None
    question = Question(name or asked.question.name, asked.question.rtype, asked.question.rclass)
    return compose(Message((asked.id + change_id) & 0xFFFF, codes.QR | codes.AA, rcode, question))


class ScriptedNetwork:
    """A `Network` from one function, remembering what it was asked."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.asked: list[tuple[Server, Transport, bytes]] = []

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        self.asked.append((server, transport, request))
        if server == CLOSED:
            return [Delivery(0.0, None)]
        return self.respond(server, transport, request)


class Loopback:
    """The same network behind real sockets: `address_map` says where each server really is."""

    def __init__(
        self,
        network: ScriptedNetwork,
        servers: Sequence[tuple[Server, str]] = ((GOOD, "127.0.0.1"), (OTHER, "127.0.0.1")),
    ) -> None:
        self._network = network
        self._servers = servers
        self._closers: list[Callable[[], None]] = []
        self.address_map: dict[str, Server] = {}

    async def __aenter__(self) -> Loopback:
        loop = asyncio.get_running_loop()
        for server, address in self._servers:
            tcp, udp = bind_pair(address)
            self.address_map[server.address] = Server(*tcp.getsockname()[:2])
            transport, _ = await loop.create_datagram_endpoint(
                lambda s=server: _Udp(self._network, s), sock=udp
            )
            listener = await loop.create_server(lambda s=server: _Tcp(self._network, s), sock=tcp)
            self._closers += [transport.close, listener.close]
        closed = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # bound, never listening; no UDP there
        closed.bind(("127.0.0.1", 0))
        self.address_map[CLOSED.address] = Server(*closed.getsockname())
        self._closers.append(closed.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for close in self._closers:
            close()


def bind_pair(address: str) -> tuple[socket.socket, socket.socket]:
    """A TCP and a UDP socket on one free port."""
    for _ in range(50):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        tcp = socket.socket(family, socket.SOCK_STREAM)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        tcp.bind((address, 0))
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            tcp.close()
            udp.close()
        else:
            return tcp, udp
    raise AssertionError("no port free for both")


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, network: ScriptedNetwork, server: Server) -> None:
        self._network = network
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        for delay, datagram in self._network.deliver(self._server, Transport.UDP, data, 0.0, 0.0):
            if datagram is not None:
                loop.call_later(delay, self._transport.sendto, datagram, peer)  # type: ignore[attr-defined]  # a datagram transport


class _Tcp(asyncio.Protocol):
    def __init__(self, network: ScriptedNetwork, server: Server) -> None:
        self._network = network
        self._server = server
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._got += data
        while len(self._got) >= 2 and len(self._got) >= 2 + (size := int.from_bytes(self._got[:2], "big")):
            request, self._got = self._got[2 : 2 + size], self._got[2 + size :]
            for delay, message in self._network.deliver(self._server, Transport.TCP, request, 0.0, 0.0):
                loop.call_later(delay, self._send, message)

    def _send(self, message: bytes | None) -> None:
        if message is None:
            self._transport.close()
        elif not self._transport.is_closing():
            self._transport.write(len(message).to_bytes(2, "big") + message)  # type: ignore[attr-defined]  # a stream
