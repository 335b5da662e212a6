# SPDX-License-Identifier: ISC
"""One client's connection: two bytes of length, pipelined questions, answers as they come (RFC 7766 section 6.2.1.1).

Bounded in both directions: reading stops at `in_flight` questions, and while the client does not read what we write.
How long a state may last is `tcp_server`'s word.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from resolver.runtime.serving import client_of
from resolver.runtime.tasks import Answer
from resolver.service.admission import Client

if TYPE_CHECKING:
    from resolver.runtime.tcp_server import TcpServer

_HEADER: Final = 12  # bytes; no shorter message is DNS, and who sends one speaks something else
_HIGH_WATER: Final = 64 << 10  # bytes unread by the client before we stop reading from it
_HARD_LIMIT: Final = 256 << 10  # … before we cut it off (security.md O07)


class TcpConnection(asyncio.Protocol):
    """From accept to close. It is idle, reading a message, working, or waiting for the client to read."""

    __slots__ = ("_buffer", "_client", "_finishing", "_reading", "_server", "_tasks", "_transport", "_unread")

    def __init__(self, server: TcpServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None  # None before, after, and for those not admitted
        self._client: Client | None = None
        self._buffer = bytearray()
        self._tasks: set[Answer] = set()
        self._reading = True
        self._unread = False  # the client does not read: above the high-water mark
        self._finishing = False  # no more questions: the client said so, or we stop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the client or close at once."""
        stream = cast("asyncio.Transport", transport)
        peer = stream.get_extra_info("peername")
        if not peer:  # gone before we looked
            stream.abort()
            return
        client = client_of(peer, over_tcp=True)
        if not self._server.admit(self, client.address):
            stream.abort()
            return
        stream.set_write_buffer_limits(high=_HIGH_WATER)
        self._transport = stream
        self._client = client
        self._server.idle.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to hear the answers: stop waiting for them. The work goes on, for it is not ours."""
        self._transport = None
        if self._client is not None:
            self._server.forget(self, self._client.address)
        for task in self._tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        """Take questions as they come, whole, in pieces or many at once."""
        if self._transport is not None and not self._finishing:
            self._buffer += data
            self._advance()

    def eof_received(self) -> bool:
        """The client asks no more, but may still read: keep the connection for what it waits for."""
        self.finish()
        return True

    def pause_writing(self) -> None:
        """The client does not read."""
        self._unread = True
        self._server.unread.enter(self)

    def resume_writing(self) -> None:
        """It reads again."""
        self._unread = False
        self._server.unread.leave(self)
        self._advance()

    def finish(self) -> None:
        """Take no more questions; close when those taken are answered."""
        self._finishing = True
        self._buffer.clear()
        self._advance()

    def hang_up(self) -> None:
        """Close at once, whatever is unanswered: politely if nothing is unwritten, else without waiting for it."""
        stream = self._transport
        if stream is not None:
            (stream.abort if stream.get_write_buffer_size() else stream.close)()

    def _advance(self) -> None:
        """Serve the whole messages at hand, then say which state this leaves us in."""
        restarted = self._serve_whole_messages()
        stream = self._transport
        if stream is None or stream.is_closing():
            return
        full = self._is_full()
        if full is self._reading and not self._finishing:
            self._reading = not full
            if full and not self._unread:
                self._server.bite("in_flight")
            (stream.pause_reading if full else stream.resume_reading)()
        server = self._server
        if restarted or full or not self._buffer:
            server.partial.leave(self)
        if self._buffer and not full:
            server.partial.enter(self)
        if self._tasks or self._buffer:
            server.idle.leave(self)
        elif self._finishing:
            stream.close()
            server.unread.enter(self)  # what is written must be read in time, or it is cut off
        else:
            if restarted:
                server.idle.leave(self)
            server.idle.enter(self)

    def _serve_whole_messages(self) -> bool:
        """Return whether there was one."""
        buffer = self._buffer
        stream = self._transport
        at = 0
        while stream and not stream.is_closing() and not self._is_full() and len(buffer) - at >= 2:
            size = int.from_bytes(buffer[at : at + 2], "big")
            if size < _HEADER:
                self.hang_up()
                return False
            if len(buffer) - at - 2 < size:
                break
            message = bytes(buffer[at + 2 : at + 2 + size])
            at += 2 + size
            self._serve(message)
        del buffer[:at]
        return at > 0

    def _is_full(self) -> bool:
        return self._unread or len(self._tasks) >= self._server.settings.in_flight

    def _serve(self, message: bytes) -> None:
        if self._client is None:
            return
        serving = self._server.serving
        answer = serving.ask(message, self._client)
        if isinstance(answer, bytes):
            self._write(answer)
        elif answer is not None:
            task = serving.tasks.start(answer, self._finished)
            if task is not None:
                self._tasks.add(task)

    def _finished(self, task: Answer) -> None:
        self._tasks.discard(task)
        answer = task.result
        if answer is not None:
            self._write(answer)
        self._advance()

    def _write(self, answer: bytes) -> None:
        stream = self._transport
        if stream is None or stream.is_closing():
            return
        stream.write(len(answer).to_bytes(2, "big") + answer)
        if stream.get_write_buffer_size() > _HARD_LIMIT:
            stream.abort()
