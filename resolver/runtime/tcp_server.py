# SPDX-License-Identifier: ISC
"""Clients over TCP: who may connect, and who is cut off for being idle, slow to ask or slow to read (RFC 7766).

One connection's bytes are `tcp_connection`'s; no message is parsed in either.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import socket
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from resolver.events import LimitHit
from resolver.runtime.clocks import alarm, ticks
from resolver.runtime.serving import Serving
from resolver.runtime.settings import TcpSettings
from resolver.runtime.tcp_connection import TcpConnection

_CROWDED: Final = 0.8  # of all connections: from here on, the idle are asked to leave early
_CROWDED_IDLE_S: Final = 1.0
_SWEEP_S: Final = 0.25  # how late a deadline may be kept
_PER_SWEEP: Final = 256  # connections cut at a time, some 5 ms of work; the rest after a breath
_SWEEP_ON_S: Final = 0.01


class Since:
    """Connections in some state, the longest first: one sweep keeps ten thousand deadlines without a timer each."""

    def __init__(self) -> None:
        self._since: OrderedDict[TcpConnection, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._since)

    def enter(self, connection: TcpConnection) -> None:
        """It is in the state from now on; if it was already, since then."""
        self._since.setdefault(connection, ticks())

    def leave(self, connection: TcpConnection) -> None:
        """It is not, or no longer."""
        self._since.pop(connection, None)

    def before(self, tick: float) -> Iterator[TcpConnection]:
        """Take out, one by one, those that entered at `tick` or before."""
        while self._since:
            connection, since = next(iter(self._since.items()))
            if since > tick:
                return
            del self._since[connection]
            yield connection


class TcpServer:
    """All connections of clients. At most `limit`, fewer of them per client; a new one pushes out the longest idle."""

    def __init__(self, serving: Serving, settings: TcpSettings, limit: int | None = None) -> None:
        self.serving = serving
        self.settings = settings
        self.connections: set[TcpConnection] = set()
        self.idle = Since()  # nothing asked, nothing half read
        self.partial = Since()  # a message has begun
        self.unread = Since()  # the client does not read what we write
        self.refused = 0
        self.cut = 0
        self._limit = settings.connections if limit is None else min(limit, settings.connections)
        self._per_client: dict[str, int] = {}
        self._accepting: list[asyncio.Server] = []
        self._sweeper: asyncio.TimerHandle | None = None
        shortest = min(settings.idle_timeout, settings.partial_timeout, settings.write_timeout)
        self._sweep_every = min(_SWEEP_S, shortest / 4)

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a listening socket."""
        self._accepting.append(
            await self.serving.loop.create_server(lambda: TcpConnection(self), sock=sock, backlog=1024)
        )

    def stop(self) -> None:
        """Accept nobody and read nothing more; connections close when what they wait for was answered."""
        for server in self._accepting:
            server.close()
        self._accepting.clear()
        for connection in list(self.connections):
            connection.finish()

    def close(self) -> None:
        """Stop and cut everybody off."""
        self.stop()
        for connection in list(self.connections):
            connection.hang_up()
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    def admit(self, connection: TcpConnection, address: str) -> bool:
        """Whether there is room for one more, if need be in the place of the longest idle."""
        prefix = _prefix(address)
        count = self._per_client.get(prefix, 0)
        if count >= self.settings.per_client:
            self.bite("per_client")
            self.refused += 1
            return False
        if not self._make_room():
            self.refused += 1
            return False
        self._per_client[prefix] = count + 1
        self.connections.add(connection)
        if self._sweeper is None:
            self._sweeper = alarm(self.serving.loop, ticks() + self._sweep_every, self._sweep)
        return True

    def forget(self, connection: TcpConnection, address: str) -> None:
        """It is gone."""
        self.connections.discard(connection)
        for since in (self.idle, self.partial, self.unread):
            since.leave(connection)
        prefix = _prefix(address)
        if left := self._per_client.get(prefix, 1) - 1:
            self._per_client[prefix] = left
        else:
            self._per_client.pop(prefix, None)

    def bite(self, key: str) -> None:
        """Tell that a limit of `[server.tcp]` stopped something."""
        self.serving.tell(LimitHit(ticks(), f"server.tcp.{key}"))

    def _make_room(self) -> bool:
        if len(self.connections) < self._limit:
            return True
        longest = next(self.idle.before(ticks()), None)
        if longest is None:
            self.bite("connections")
            return False
        self._cut_off(longest, "connections")
        return len(self.connections) < self._limit

    def _cut_off(self, connection: TcpConnection, key: str) -> None:
        self.bite(key)
        self.cut += 1
        connection.hang_up()
        self.connections.discard(connection)  # the loop says so a turn later; the place is free now

    def _sweep(self) -> None:
        now = ticks()
        cut = self.cut
        for connection, key in itertools.islice(self._overdue(now), _PER_SWEEP):
            self._cut_off(connection, key)
        crowd = len(self.connections) - int(_CROWDED * self._limit)
        early = self.idle.before(now - min(self.settings.idle_timeout, _CROWDED_IDLE_S))
        for connection in itertools.islice(early, max(0, min(crowd, _PER_SWEEP))):
            self._cut_off(connection, "connections")
        pause = self._sweep_every if self.cut - cut < _PER_SWEEP else _SWEEP_ON_S
        self._sweeper = alarm(self.serving.loop, now + pause, self._sweep) if self.connections else None

    def _overdue(self, now: float) -> Iterator[tuple[TcpConnection, str]]:
        """Whose time is up, and by which limit."""
        early = 2 * self._sweep_every  # what is an attack is ended in time rather than a sweep later
        for since, before, key in (
            (self.unread, now + early - self.settings.write_timeout, "write_timeout"),
            (self.partial, now + early - self.settings.partial_timeout, "partial_timeout"),
            (self.idle, now - self.settings.idle_timeout, "idle_timeout"),
        ):
            for connection in since.before(before):
                yield connection, key


def _prefix(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 host has all to itself."""
    if ":" not in address:
        return address
    return ipaddress.IPv6Address(address).packed[:8].hex()
