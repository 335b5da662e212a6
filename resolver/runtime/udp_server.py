# SPDX-License-Identifier: ISC
"""Clients over UDP: drains a socket in bounded turns and sends each answer from the address that was asked.

Nothing is parsed here: a datagram goes to the service as it came.
"""

from __future__ import annotations

import functools
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final

from resolver.runtime.serving import Serving, client_of
from resolver.runtime.tasks import Answer

# Missing from Python 3.11's socket module; the numbers are Linux's ABI (linux/in.h, linux/in6.h).
IP_PKTINFO: Final = 8
IPV6_RECVPKTINFO: Final = 49
IPV6_PKTINFO: Final = 50
SO_MEMINFO: Final = 55  # a socket's own share of what /proc/net/snmp adds up as RcvbufErrors

_LONGEST: Final = 4096  # no question is longer; what is cut here does not parse
_PER_TURN: Final = 64  # datagrams before timers, TCP and upstream replies have their turn
_PKTINFO: Final = struct.Struct("@I4s4s")  # interface, our address, the header's destination
_PKTINFO6: Final = struct.Struct("@16sI")  # our address, interface
_MEMINFO: Final = struct.Struct("@9I")  # linux/sock_diag.h; the last is what was dropped on arrival
_ROOM: Final = socket.CMSG_SPACE(_PKTINFO6.size) + socket.CMSG_SPACE(_PKTINFO.size)

Ancillary = tuple[int, int, bytes]


class UdpServer:
    """One listening UDP socket. `unsent` counts answers that the kernel would not take; they are dropped."""

    __slots__ = ("_serving", "_socket", "_wildcard", "answered", "received", "unsent")

    def __init__(self, serving: Serving, sock: socket.socket, *, wildcard: bool) -> None:
        self._serving = serving
        self._socket = sock
        self._wildcard = wildcard
        self.received = 0
        self.answered = 0
        self.unsent = 0
        if wildcard and sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
        elif wildcard:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)

    @property
    def overflowed(self) -> int:
        """How many datagrams the kernel dropped because we were not there to read them; 0 where it does not say."""
        try:
            told = self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size)
        except OSError:
            return 0
        return int(_MEMINFO.unpack(told)[-1]) if len(told) == _MEMINFO.size else 0

    def start(self) -> None:
        """Begin to answer."""
        drain = self._drain_wildcard if self._wildcard else self._drain
        self._serving.loop.add_reader(self._socket.fileno(), drain)

    def stop(self) -> None:
        """Hear no more questions; answers under way may still leave."""
        if self._socket.fileno() >= 0:
            self._serving.loop.remove_reader(self._socket.fileno())

    def close(self) -> None:
        """Stop and close the socket."""
        self.stop()
        self._socket.close()

    def _drain(self) -> None:
        receive = self._socket.recvfrom
        for _ in range(_PER_TURN):
            try:
                datagram, peer = receive(_LONGEST)
            except OSError:  # nothing more to read, or the ICMP error of an earlier answer
                return
            self._serve(datagram, peer, ())

    def _drain_wildcard(self) -> None:
        receive = self._socket.recvmsg
        for _ in range(_PER_TURN):
            try:
                datagram, ancillary, _, peer = receive(_LONGEST, _ROOM)
            except OSError:
                return
            self._serve(datagram, peer, leaving_from(ancillary))

    def _serve(
        self, datagram: bytes, peer: tuple[Any, ...], source: Sequence[Ancillary], *, missed: bool = False
    ) -> None:
        self.received += 1
        if not peer[1]:
            return  # port 0 cannot be answered
        answer = self._serving.ask(datagram, client_of(peer, over_tcp=False), missed=missed)
        if isinstance(answer, bytes):
            self._send(answer, peer, source)
        elif answer is not None:
            self._serving.tasks.start(answer, functools.partial(self._finished, peer, source))

    def _finished(self, peer: tuple[Any, ...], source: Sequence[Ancillary], task: Answer) -> None:
        answer = task.result
        if answer is not None:
            self._send(answer, peer, source)

    def _send(self, answer: bytes, peer: tuple[Any, ...], source: Sequence[Ancillary]) -> None:
        try:
            if source:
                self._socket.sendmsg((answer,), source, 0, peer)
            else:
                self._socket.sendto(answer, peer)
        except OSError:  # no room (EAGAIN), no way back to the peer, or closed by now: the client asks again
            self.unsent += 1
        else:
            self.answered += 1


def leaving_from(ancillary: Sequence[tuple[int, int, bytes]]) -> Sequence[Ancillary]:
    """Return what makes an answer leave from the address its question was sent to (RFC 2181 section 4.1)."""
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO and len(data) >= _PKTINFO.size:
            _, ours, _ = _PKTINFO.unpack_from(data)
            return ((level, kind, _PKTINFO.pack(0, ours, bytes(4))),)
        if level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO and len(data) >= _PKTINFO6.size:
            ours, interface = _PKTINFO6.unpack_from(data)
            link_local = ours[0] == 0xFE and ours[1] & 0xC0 == 0x80  # means nothing without its interface
            return ((level, kind, _PKTINFO6.pack(ours, interface if link_local else 0)),)
    return ()
