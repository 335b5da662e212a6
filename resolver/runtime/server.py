# SPDX-License-Identifier: ISC
"""Everything that listens, as one thing to open, drain and close. What is answered is the service's word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from resolver.engine.ports import Server
from resolver.runtime import mmsg
from resolver.runtime.clocks import ticks
from resolver.runtime.listeners import Listener, open_listeners
from resolver.runtime.serving import Serving
from resolver.runtime.settings import ServerSettings
from resolver.runtime.tcp_server import TcpServer
from resolver.runtime.udp_batch import BatchUdpServer
from resolver.runtime.udp_server import UdpServer


class ServerCounts(NamedTuple):
    """Since the start, but for `tcp_connections` and `waiting`, which are now. For metrics and the line of USR1."""

    udp_received: int
    udp_answered: int
    udp_unsent: int
    tcp_connections: int
    tcp_refused: int
    tcp_cut: int
    waiting: int
    no_room: int


class DnsServer:
    """The sockets are bound at once (`addresses`, `warnings`); nothing is answered before `start`.

    Raises ResolverError, with the remedy in it, when an address cannot be bound. `tcp_connections` is what the
    budget of open files allows; `shared` lets other workers bind the same addresses.
    """

    def __init__(
        self, settings: ServerSettings, *, tcp_connections: int | None = None, shared: bool = False
    ) -> None:
        self.settings = settings
        self._listeners: Sequence[Listener]
        self._listeners, self.warnings = open_listeners(settings.listen, shared=shared)
        self._tcp_connections = tcp_connections
        self._serving: Serving | None = None
        self.udp: list[UdpServer] = []
        self.tcp: TcpServer | None = None
        self.batches = settings.batch and mmsg.available()

    @property
    def addresses(self) -> tuple[Server, ...]:
        """Where we listen, with the ports really bound: hand these to `AioWorld.own`."""
        return tuple(listener.address for listener in self._listeners)

    def counts(self) -> ServerCounts:
        """How much came in, what was answered at the socket, and who was turned away."""
        tcp, tasks = self.tcp, self._serving.tasks if self._serving else None
        return ServerCounts(
            udp_received=sum(udp.received for udp in self.udp),
            udp_answered=sum(udp.answered for udp in self.udp),
            udp_unsent=sum(udp.unsent for udp in self.udp),
            tcp_connections=len(tcp.connections) if tcp else 0,
            tcp_refused=tcp.refused if tcp else 0,
            tcp_cut=tcp.cut if tcp else 0,
            waiting=len(tasks.tasks) if tasks else 0,
            no_room=tasks.refused if tasks else 0,
        )

    async def start(self, serving: Serving) -> None:
        """Begin to answer over UDP and TCP."""
        self._serving = serving
        self.tcp = TcpServer(serving, self.settings.tcp, self._tcp_connections)
        for listener in self._listeners:
            await self.tcp.listen(listener.tcp)
        for listener in self._listeners:
            udp = self._udp_server(serving, listener)
            udp.start()
            self.udp.append(udp)

    def _udp_server(self, serving: Serving, listener: Listener) -> UdpServer:
        if self.batches and not listener.is_wildcard:
            return BatchUdpServer(serving, listener.udp)
        return UdpServer(serving, listener.udp, wildcard=listener.is_wildcard)

    async def drain(self, seconds: float | None = None) -> bool:
        """Take no more questions, wait up to `server.drain` for answers under way; whether all left in time."""
        until = ticks() + (self.settings.drain if seconds is None else seconds)
        for udp in self.udp:
            udp.stop()
        if self.tcp is not None:
            self.tcp.stop()
        return self._serving is None or await self._serving.tasks.drained(until)

    def close(self) -> None:
        """End what is under way and close every socket."""
        if self._serving is not None:
            self._serving.tasks.cancel()
        for udp in self.udp:
            udp.close()
        if self.tcp is not None:
            self.tcp.close()
        for listener in self._listeners:
            listener.close()
