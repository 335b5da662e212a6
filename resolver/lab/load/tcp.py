# SPDX-License-Identifier: ISC
"""Questions over TCP, pipelined on some connections (RFC 7766 section 6.2.1.1). No pace and no account."""

from __future__ import annotations

import select
import socket
from collections import deque
from random import Random
from typing import Final

from resolver.lab.load.udp import Heard

_PART: Final = 1 << 16
_UNSENT_MAX: Final = 1 << 18  # octets that wait for one server's window before its connection takes no more


class TcpStreams:
    """`streams` connections to one server. One that ends is opened again; what waited there is lost."""

    def __init__(self, server: tuple[str, int], streams: int, random: Random) -> None:
        """Connect. Raises OSError."""
        family, _, _, _, address = socket.getaddrinfo(*server, type=socket.SOCK_STREAM)[0]
        self._family: int = family
        self._address: tuple[object, ...] = address
        self._epoll = select.epoll()
        self._random = random
        self._by_descriptor: dict[int, _Stream] = {}
        self._streams: list[_Stream] = []
        self._turn = 0
        self._sent: deque[tuple[float, _Stream, int]] = deque()
        self._lost = 0
        self.in_flight = 0
        self.strange = 0
        self.unreachable = 0  # connections that ended before we did
        for _ in range(streams):
            self._streams.append(self._open())

    def send(self, question: bytes, now: float) -> bool:
        """Send one on the next connection; False when that has no room."""
        stream = self._streams[self._turn]
        number = stream.next_id()
        if number is None or len(stream.unsent) > _UNSENT_MAX:
            return False
        stream.unsent += (len(question) + 2).to_bytes(2, "big") + number.to_bytes(2, "big") + question
        stream.waiting[number] = now
        self._sent.append((now, stream, number))
        self._turn = (self._turn + 1) % len(self._streams)
        self.in_flight += 1
        return True

    def receive(self, wait_s: float, heard: Heard) -> None:
        """Write what waits to be written, then wait for answers, at most `wait_s` seconds, and hand them on."""
        for stream in self._streams:
            self._write(stream)
        for descriptor, events in self._epoll.poll(max(0.0, wait_s)):
            stream = self._by_descriptor[descriptor]
            if events & select.EPOLLOUT:
                self._write(stream)
            if events & ~select.EPOLLOUT:
                self._read(stream, heard)

    def expire(self, sent_before: float) -> int:
        """Give up what was sent before that instant and is still unanswered, and what ended connections took along."""
        lost, self._lost = self._lost, 0
        expired = 0
        while self._sent and self._sent[0][0] < sent_before:
            sent_at, stream, number = self._sent.popleft()
            if stream.waiting.get(number) == sent_at:
                del stream.waiting[number]
                expired += 1
        self.in_flight -= expired
        return lost + expired

    def dropped(self) -> int:
        """No answer is dropped on a stream."""
        return 0

    def close(self) -> None:
        """Close all connections."""
        self._epoll.close()
        for stream in self._streams:
            stream.socket.close()

    def _open(self) -> _Stream:
        stream = _Stream(self._family, self._address, self._random.getrandbits(16))
        self._by_descriptor[stream.socket.fileno()] = stream
        self._epoll.register(stream.socket.fileno(), select.EPOLLIN)
        return stream

    def _write(self, stream: _Stream) -> None:
        if stream.unsent:
            try:
                del stream.unsent[: stream.socket.send(stream.unsent)]
            except BlockingIOError:
                pass
            except OSError:
                self._replace(stream)
                return
        wanted = select.EPOLLIN | (select.EPOLLOUT if stream.unsent else 0)
        if wanted != stream.events:
            stream.events = wanted
            self._epoll.modify(stream.socket.fileno(), wanted)

    def _read(self, stream: _Stream, heard: Heard) -> None:
        try:
            part = stream.socket.recv(_PART)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if not part:
            self._replace(stream)
            return
        stream.received += part
        for answer in stream.messages():
            sent_at = (
                stream.waiting.pop(int.from_bytes(answer[:2], "big"), None) if len(answer) >= 12 else None
            )
            if sent_at is None:
                self.strange += 1
                continue
            self.in_flight -= 1
            heard(sent_at, answer[3] & 15, bool(answer[2] & 2), len(answer))

    def _replace(self, stream: _Stream) -> None:
        """The server ended a connection: open another in its place. Raises OSError when it takes none any more."""
        self.unreachable += 1
        self._lost += len(stream.waiting)
        self.in_flight -= len(stream.waiting)
        stream.waiting.clear()
        del self._by_descriptor[stream.socket.fileno()]
        self._epoll.unregister(stream.socket.fileno())
        stream.socket.close()
        self._streams[self._streams.index(stream)] = self._open()


class _Stream:
    """One connection: octets on their way, and what waits for an answer, by ID."""

    __slots__ = ("_last", "events", "received", "socket", "unsent", "waiting")

    def __init__(self, family: int, address: tuple[object, ...], first_id: int) -> None:
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(5.0)
            self.socket.connect(address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)  # noqa: FBT003 - the standard library's name for it
        except OSError:
            self.socket.close()
            raise
        self.events = select.EPOLLIN
        self.received = bytearray()
        self.unsent = bytearray()
        self.waiting: dict[int, float] = {}
        self._last = first_id

    def next_id(self) -> int | None:
        """The next ID that waits for nothing; None when all do."""
        for _ in range(len(self.waiting) + 1):
            self._last = (self._last + 1) & 0xFFFF
            if self._last not in self.waiting:
                return self._last
        return None

    def messages(self) -> list[bytes]:
        """Take the whole messages out of what was received."""
        found, at, received = [], 0, self.received
        while len(received) - at >= 2:
            end = at + 2 + int.from_bytes(received[at : at + 2], "big")
            if end > len(received):
                break
            found.append(bytes(received[at + 2 : end]))
            at = end
        del received[:at]
        return found
