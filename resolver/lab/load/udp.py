# SPDX-License-Identifier: ISC
"""Questions over UDP from many source ports: connected sockets, each with IDs of its own. No pace and no account."""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final

# Hears of each answer: when its question was sent, its response code, whether it was cut (TC), its size in octets.
Heard = Callable[[float, int, bool, int], None]

_LONGEST: Final = 65535
_PER_TURN: Final = 32  # answers read from one socket before the others have their turn
_ROOM: Final = (
    1 << 20
)  # octets of receive buffer asked for: a burst of answers should wait rather than be lost


class UdpPorts:
    """`ports` sockets to one server. Questions in flight are known by socket and ID."""

    def __init__(self, server: tuple[str, int], ports: int, random: Random) -> None:
        """Open them. Raises OSError."""
        family, _, _, _, address = socket.getaddrinfo(*server, type=socket.SOCK_DGRAM)[0]
        self._epoll = select.epoll()
        self._ports: list[_Port] = []
        self._by_descriptor: dict[int, _Port] = {}
        self._turn = 0
        self._sent: deque[tuple[float, _Port, int]] = deque()
        self.in_flight = 0
        self.strange = 0  # datagrams that answer nothing: late, twice, or not ours
        self.unreachable = 0
        for _ in range(ports):
            port = _Port(family, address, random.getrandbits(16))
            self._ports.append(port)
            self._by_descriptor[port.socket.fileno()] = port
            self._epoll.register(port.socket.fileno(), select.EPOLLIN)

    def send(self, question: bytes, now: float) -> bool:
        """Send one from the next port; False when the kernel has no room for it."""
        port = self._ports[self._turn]
        number = port.next_id()
        if number is None:
            return False
        try:
            port.socket.send(number.to_bytes(2, "big") + question)
        except BlockingIOError:
            return False
        except OSError:  # an ICMP error of an earlier one is told here, and this one was not sent
            self.unreachable += 1
            return False
        port.waiting[number] = now
        self._sent.append((now, port, number))
        self._turn = (self._turn + 1) % len(self._ports)
        self.in_flight += 1
        return True

    def receive(self, wait_s: float, heard: Heard) -> None:
        """Wait for answers, at most `wait_s` seconds, and hand on those that are there."""
        for descriptor, _ in self._epoll.poll(max(0.0, wait_s)):
            self._drain(self._by_descriptor[descriptor], heard)

    def expire(self, sent_before: float) -> int:
        """Give up what was sent before that instant and is still unanswered; how many."""
        lost = 0
        while self._sent and self._sent[0][0] < sent_before:
            sent_at, port, number = self._sent.popleft()
            if port.waiting.get(number) == sent_at:
                del port.waiting[number]
                lost += 1
        self.in_flight -= lost
        return lost

    def dropped(self) -> int:
        """How many answers the kernel dropped for want of room in our buffers (Linux, /proc/net/udp)."""
        own = {port.socket.getsockname()[1] for port in self._ports}
        return sum(_drops_of(table, own) for table in ("/proc/net/udp", "/proc/net/udp6"))

    def close(self) -> None:
        """Close all sockets."""
        self._epoll.close()
        for port in self._ports:
            port.socket.close()

    def _drain(self, port: _Port, heard: Heard) -> None:
        for _ in range(_PER_TURN):
            try:
                answer = port.socket.recv(_LONGEST)
            except BlockingIOError:
                return
            except OSError:
                self.unreachable += 1
                return
            sent_at = port.waiting.pop(int.from_bytes(answer[:2], "big"), None) if len(answer) >= 12 else None
            if sent_at is None:
                self.strange += 1
                continue
            self.in_flight -= 1
            heard(sent_at, answer[3] & 15, bool(answer[2] & 2), len(answer))


class _Port:
    """One socket and what waits for an answer there, by ID."""

    __slots__ = ("_last", "socket", "waiting")

    def __init__(self, family: int, address: tuple[object, ...], first_id: int) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        self.socket.connect(address)
        self.waiting: dict[int, float] = {}
        self._last = first_id

    def next_id(self) -> int | None:
        """The next ID that waits for nothing; None when all do."""
        for _ in range(len(self.waiting) + 1):
            self._last = (self._last + 1) & 0xFFFF
            if self._last not in self.waiting:
                return self._last
        return None


def _drops_of(table: str, ports: set[int]) -> int:
    try:
        with open(table, encoding="ascii") as lines:
            rows = [line.split() for line in lines][1:]
    except OSError:
        return 0
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) in ports)
