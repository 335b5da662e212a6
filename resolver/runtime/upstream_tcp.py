# SPDX-License-Identifier: ISC
"""One query over TCP, on a connection of its own, framed by two bytes of length (RFC 1035 section 4.2.2).

No connection is kept for the next query; which replies belong to this one is `engine.matching`'s word.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from dataclasses import dataclass
from typing import Final

from resolver.engine.ports import Query, Server
from resolver.events import Verdict
from resolver.runtime.clocks import alarm, ticks
from resolver.runtime.flights import LiveFlight, Sockets, explain

_READ: Final = 16384
_STRANGERS: Final = 4  # messages that are not ours before the connection is given up


@dataclass(frozen=True, slots=True)
class TcpPatience:
    """Seconds. `reply` counts from the connection to the last byte of the reply: dripping buys no time."""

    connect: float = 1.5
    reply: float = 1.5


class TcpFlight(LiveFlight):
    """One TCP try: at most one reply, then the connection is closed."""

    __slots__ = ("_connected", "_got", "_patience", "_sent_at", "_socket", "_timer", "_unsent")

    def __init__(
        self, sockets: Sockets, server: Server, query: Query, until: float, patience: TcpPatience
    ) -> None:
        super().__init__(sockets, server, query, until)
        self._patience = patience
        self._socket: socket.socket | None = None
        self._connected = False
        self._sent_at = self.started_at
        self._timer: asyncio.TimerHandle | None = None
        self._got = bytearray()
        wire = self.message_id.to_bytes(2, "big") + query.wire[2:]
        self._unsent = memoryview(len(wire).to_bytes(2, "big") + wire)

    def _depart(self, target: Server) -> None:
        family = socket.AF_INET6 if target.is_ipv6 else socket.AF_INET
        sock = self._socket = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        source = self._sockets.source(target.is_ipv6)
        if source not in ("::", "0.0.0.0"):
            sock.bind((source, 0))
        code = sock.connect_ex((target.address, target.port))
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))
        self._sockets.loop.add_writer(sock.fileno(), self._write)
        self._timer = alarm(self._sockets.loop, ticks() + self._patience.connect, self._expire)

    def _land(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        sock, self._socket = self._socket, None
        if sock is not None:
            self._sockets.loop.remove_writer(sock.fileno())
            self._sockets.loop.remove_reader(sock.fileno())
            sock.close()

    def catch_up(self) -> None:
        """Read what has arrived by now, if the connection stands."""
        if self._connected:
            self._read()

    def _write(self) -> None:
        sock = self._socket
        if sock is None:
            return
        try:
            if not self._connected:
                self._greet(sock)
            self._unsent = self._unsent[sock.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._broken(error)
            return
        if not self._unsent:
            self._sockets.loop.remove_writer(sock.fileno())

    def _greet(self, sock: socket.socket) -> None:
        """The connection stands, or its error is raised; from here the reply's time runs."""
        if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        self._connected = True
        self._sent_at = ticks()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = alarm(self._sockets.loop, self._sent_at + self._patience.reply, self._expire)
        self._sockets.loop.add_reader(sock.fileno(), self._read)

    def _read(self) -> None:
        sock = self._socket
        if sock is None:
            return
        try:
            data = sock.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return
        except MemoryError:  # the socket stays readable: who reads on without an end would do nothing else
            self.fail(Verdict.NO_SOCKET, "out of memory")
            return
        except OSError as error:
            self._broken(error)
            return
        if not data:
            self.fail(Verdict.CLOSED, "by the server" if not self._got else "in the middle of a message")
            return
        self._got += data
        self._unframe()

    def _unframe(self) -> None:
        got = self._got
        while len(got) >= 2 and len(got) - 2 >= (size := int.from_bytes(got[:2], "big")):
            message = bytes(got[2 : 2 + size])
            del got[: 2 + size]
            if self.arrived(message, self._sent_at):
                self._end()  # one query, one reply: the inbox keeps it
                return
            if self.near_misses >= _STRANGERS:
                self.fail(Verdict.CLOSED, "messages that are not ours")
                return

    def _broken(self, error: OSError) -> None:
        reason, detail = explain(error)
        closed = error.errno in (errno.ECONNRESET, errno.EPIPE) and self._connected
        self.fail(Verdict.CLOSED if closed else reason, detail)
