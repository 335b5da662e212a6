# SPDX-License-Identifier: ISC
"""One query over UDP: a fresh connected socket with a random port and a random ID (RFC 5452 section 9.2).

Which replies belong to the query is `engine.matching`'s word; nothing is retried here.
"""

from __future__ import annotations

import errno
import socket
from typing import Final

from resolver.engine.ports import Query, Server
from resolver.events import Verdict
from resolver.runtime.flights import LiveFlight, Sockets, explain

# Missing from Python's socket module; the numbers are Linux's ABI (linux/in.h, linux/in6.h).
IP_MTU_DISCOVER: Final = 10
IPV6_MTU_DISCOVER: Final = 23
PMTUDISC_PROBE: Final = 3

_LOWEST_PORT: Final = 1024  # ports below are often filtered; the kernel's own range has only 28,232 of them
_PORTS: Final = 65536 - _LOWEST_PORT
_BIND_TRIES: Final = 10  # with a quarter of all ports taken, all ten fail once in a million
# The type below `socket.socket`: a C object without the Python around it, which a socket of one reply has no use for.
_DATAGRAMS: Final = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
_PER_TURN: Final = 16  # datagrams read before other sockets have their turn


class UdpFlight(LiveFlight):
    """One UDP try. Bad datagrams are counted and the socket listens on; an ICMP error ends this try alone."""

    __slots__ = ("_socket",)

    def __init__(self, sockets: Sockets, server: Server, query: Query, until: float) -> None:
        super().__init__(sockets, server, query, until)
        self._socket: socket.SocketType | None = None

    def _depart(self, target: Server) -> None:
        family = socket.AF_INET6 if target.is_ipv6 else socket.AF_INET
        sock = self._socket = socket.SocketType(family, _DATAGRAMS)
        never_fragment(sock)
        self._bind(sock, self._sockets.source(target.is_ipv6))
        sock.connect((target.address, target.port))
        self._sockets.readers.add(sock.fileno(), self._drain)
        sock.send(self.message_id.to_bytes(2, "big") + self.query.wire[2:])

    def _bind(self, sock: socket.SocketType, source: str) -> None:
        draw = self._sockets.entropy.draw
        for _ in range(_BIND_TRIES):
            try:
                sock.bind((source, _LOWEST_PORT + draw(_PORTS)))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
            else:
                return
        raise OSError(errno.EADDRINUSE, "no free port found")

    def _land(self) -> None:
        sock, self._socket = self._socket, None
        if sock is not None:
            self._sockets.readers.remove(sock.fileno())
            sock.close()

    def catch_up(self) -> None:
        """Read what has arrived by now."""
        self._drain()

    def _drain(self) -> None:
        """Read until our reply is among what came: nearly always the first datagram. Epoll tells of any other."""
        longest = self.query.udp_size + 1  # what is longer is too long, however long
        for _ in range(_PER_TURN):
            if self._socket is None:
                return
            try:
                datagram = self._socket.recv(longest)
            except (BlockingIOError, InterruptedError):
                return
            except MemoryError:  # see `upstream_tcp`
                self.fail(Verdict.NO_SOCKET, "out of memory")
                return
            except OSError as error:
                self.fail(*explain(error))
                return
            if self.arrived(datagram, self.started_at):
                return


def never_fragment(sock: socket.SocketType) -> None:
    """Set DF and ignore path MTUs, which anybody may forge (RFC 9715); without effect outside Linux."""
    try:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
    except OSError:
        return
