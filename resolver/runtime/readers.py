# SPDX-License-Identifier: ISC
"""Who hears that a socket can be read, for sockets that live for one reply: one system call to begin, none to end.

    sockets ─► an epoll of ours ─► the loop watches that one descriptor ─► every socket with news, in one go

A loop's own table costs a handle and two calls a socket. Where there is no epoll the loop's table is used after all.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Final

from resolver.runtime.strands import Strands

_PER_TURN: Final = 64  # sockets read before the others have their turn


class Readers:
    """Callbacks by descriptor; those who are woken by one turn's callbacks go on when all have been called."""

    __slots__ = ("_callbacks", "_epoll", "_loop", "_strands")

    def __init__(self, strands: Strands) -> None:
        self._strands = strands
        self._loop: asyncio.AbstractEventLoop = strands.loop
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._epoll: select.epoll | None = None

    def add(self, descriptor: int, callback: Callable[[], object]) -> None:
        """Have `callback` called whenever the descriptor can be read or has an error. May raise OSError."""
        if not hasattr(select, "epoll"):
            self._loop.add_reader(descriptor, callback)
            return
        if self._epoll is None:
            self._epoll = select.epoll()
            self._loop.add_reader(self._epoll.fileno(), self._strands.run_after, self._call)
        self._epoll.register(descriptor, select.EPOLLIN)
        self._callbacks[descriptor] = callback

    def remove(self, descriptor: int) -> None:
        """Call no more. The descriptor must be closed next: that is what takes it out of the epoll."""
        if self._callbacks.pop(descriptor, None) is None and not hasattr(select, "epoll"):
            self._loop.remove_reader(descriptor)

    def close(self) -> None:
        """Watch nothing any more; `add` begins anew."""
        epoll, self._epoll = self._epoll, None
        self._callbacks.clear()
        if epoll is not None:
            self._loop.remove_reader(epoll.fileno())
            epoll.close()

    def _call(self) -> None:
        if self._epoll is None:
            return
        callbacks = self._callbacks
        for descriptor, _ in self._epoll.poll(0, _PER_TURN):
            callback = callbacks.get(descriptor)  # None: closed by one that was called before it
            if callback is not None:
                callback()
