# SPDX-License-Identifier: ISC
"""The simulated internet on real sockets: every server address on a 127.53.0.0/16 address of its own, UDP and TCP.

    192.0.2.1    ──► 127.53.0.1#5399        the map that a resolver applies when it sends
    2001:db8::1  ──► 127.53.0.2#5399

Nothing is decided here: what comes back, and when, is the network's to say; the event loop makes the time pass.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from typing import Final, cast

from resolver.engine.ports import Server, Transport
from resolver.errors import ResolverError
from resolver.lab.network import Delivery, Network

__all__ = ["Loopback", "LoopbackError", "address_map"]

PER_NET: Final = 250  # 127.53.N.1 to 127.53.N.250
SERVERS_MAX: Final = 256 * PER_NET
IDLE_S: Final = 10.0  # a TCP connection without traffic, RFC 7766 section 6.2.3: a few seconds
RECEIVE_BUFFER: Final = 1 << 20  # bytes; a load generator sends in bursts

Port = tuple[str, Transport]  # a server address and how it is spoken to
_Deliver = Callable[[Transport, bytes], Sequence[Delivery]]


class LoopbackError(ResolverError):
    """The sockets could not be had; one line that names the address and the remedy."""


def address_map(addresses: Iterable[str], port: int) -> dict[str, Server]:
    """Server address -> (loopback address, port), in order; the same list always gives the same map.

    Raises LoopbackError for more than 64,000 addresses.
    """
    mapped = {}
    for place, address in enumerate(dict.fromkeys(addresses)):
        if place >= SERVERS_MAX:
            raise LoopbackError(f"more than {SERVERS_MAX} server addresses - split the internet")
        mapped[address] = Server(f"127.53.{place // PER_NET}.{place % PER_NET + 1}", port)
    return mapped


class Loopback:
    """A network served on loopback sockets. `start` in a running loop, `close` when done; both may be repeated."""

    def __init__(
        self, network: Network, addresses: Iterable[str], port: int, *, closed: Container[Port] = ()
    ) -> None:
        """Lay out the map; nothing is opened yet. `closed` ports refuse, as the kernel does. Raises LoopbackError."""
        self.map = address_map(addresses, port)
        self._network = network
        self._closed = closed
        self._transports: list[asyncio.DatagramTransport] = []
        self._servers: list[asyncio.Server] = []
        self._connections: set[_Connection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start_tick = 0.0

    async def start(self) -> None:
        """Open all sockets; the script of the internet counts from now. Raises LoopbackError and then has none open."""
        if self.is_open:
            return
        self._loop = asyncio.get_running_loop()
        self._start_tick = self._loop.time()
        try:
            for address, (host, port) in self.map.items():
                await self._open(address, host, port)
        except OSError as error:
            await self.close()
            why = (error.strerror or str(error)).lower()
            raise LoopbackError(
                f"cannot open {host} port {port}: {why} - stop what uses it (`resolver lab down`) or set lab.port"
            ) from None

    async def _open(self, address: str, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        deliver = self._deliverer(address)
        if (address, Transport.UDP) not in self._closed:
            datagrams = partial(_Datagrams, deliver)
            transport, _ = await loop.create_datagram_endpoint(datagrams, sock=_udp_socket(host, port))
            self._transports.append(transport)
        if (address, Transport.TCP) not in self._closed:
            connection = partial(_Connection, deliver, self._connections)
            self._servers.append(await loop.create_server(connection, host, port, reuse_address=True))

    def ticks(self) -> float:
        """Seconds since `start`, none before: the clock of the script."""
        return self._loop.time() - self._start_tick if self._loop else 0.0

    async def close(self) -> None:
        """Close all sockets and connections."""
        for server in self._servers:
            server.close()
        for transport in self._transports:
            transport.close()
        for connection in tuple(self._connections):
            connection.abort()
        self._servers.clear()
        self._transports.clear()
        await asyncio.sleep(0)

    @property
    def is_open(self) -> bool:
        """Whether the sockets are there."""
        return bool(self._transports or self._servers)

    def _deliverer(self, address: str) -> _Deliver:
        server = Server(address)

        def deliver(transport: Transport, request: bytes) -> Sequence[Delivery]:
            return self._network.deliver(server, transport, request, self.ticks(), time.time())

        return deliver


def _udp_socket(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        bound.setblocking(False)  # noqa: FBT003 - the socket module knows no keyword
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


class _Datagrams(asyncio.DatagramProtocol):
    """One server's UDP socket. A refusal cannot be sent from a socket that is open, so here it is silence."""

    def __init__(self, deliver: _Deliver) -> None:
        self._deliver = deliver
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        for delay_s, response in self._deliver(Transport.UDP, data):
            if response is not None:
                loop.call_later(delay_s, self._send, response, addr)

    def _send(self, response: bytes, addr: tuple[str, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(response, addr)


class _Connection(asyncio.Protocol):
    """One TCP connection: messages with a length in front (RFC 1035 section 4.2.2), answered as they become due."""

    def __init__(self, deliver: _Deliver, connections: set[_Connection]) -> None:
        self._deliver = deliver
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._idle:
            self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        self._wait()
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < end:
                return
            request = bytes(self._buffer[2:end])
            del self._buffer[:end]
            self._take(request)

    def abort(self) -> None:
        """Close at once: refused, idle, or the internet goes down."""
        if self._transport:
            self._transport.abort()

    def _take(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        for delay_s, response in self._deliver(Transport.TCP, request):
            loop.call_later(delay_s, self._send, response)

    def _send(self, response: bytes | None) -> None:
        if response is None:
            self.abort()
        elif self._transport and not self._transport.is_closing():
            self._transport.write(len(response).to_bytes(2, "big") + response)

    def _wait(self) -> None:
        """Begin the idle period anew."""
        if self._idle:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.abort)
