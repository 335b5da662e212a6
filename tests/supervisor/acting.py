# SPDX-License-Identifier: ISC
"""Workers that only pretend: a real channel, no process, and a script that says what comes of each order."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable
from typing import Any

from resolver.control.commands import CacheStatistics, Flush, Trace
from resolver.errors import ResolverError
from resolver.runtime.workers import Channel
from resolver.supervisor.messages import (
    Answer,
    Do,
    Look,
    PassOn,
    Seen,
    Start,
    Stop,
    encode,
    read_order,
)

SILENCE = object()  # a script's answer that never comes
DEATH = object()  # … and one that ends the process
Script = Callable[[Do], Any]


class Crash(ResolverError):
    """What a script raises for a bug in the worker."""


def well_behaved(do: Do) -> Any:
    """What a worker does to whom nothing happens."""
    match do:
        case Look():
            return Seen({"questions_in_flight": 1}, [("dns_requests_total", ("udp", "ipv4", "A"), 5.0)])
        case Flush():
            return {"flushed": 3, "dry_run": do.dry_run}
        case CacheStatistics():
            return {"records": {"entries": 2, "bytes": 100}}
        case Trace():
            return {"steps": []}
        case Stop():
            return DEATH
    return None


class ActedProcess:
    """Has the face of a `WorkerProcess`. `heard` are the orders it got."""

    _pids = itertools.count(1000)

    def __init__(self, channel: Channel, other: Channel, script: Script) -> None:
        self.channel = channel
        self.pid = next(self._pids)
        self.heard: list[Do] = []
        self.is_running = True
        self.code = 0
        self._other = other
        self._script = script
        self._acting = asyncio.create_task(self._act())

    @classmethod
    async def begin(cls, script: Script = well_behaved) -> ActedProcess:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(await Channel.over(ours), await Channel.over(theirs), script)

    @property
    def started_with(self) -> Start:
        first = self.heard[0]
        assert isinstance(first, Start)
        return first

    def say(self, message: PassOn) -> None:
        """Something that it was not asked."""
        self._other.send(encode(message))

    def kill(self) -> None:
        if self.is_running:
            self._end(-9)

    async def ended(self) -> int:
        await asyncio.wait((self._acting,))
        self.channel.close()
        return self.code

    async def _act(self) -> None:
        while (message := await self._other.receive()) is not None:
            order = read_order(message)
            self.heard.append(order.do)
            try:
                value = self._script(order.do)
            except ResolverError as error:
                crashed = isinstance(error, Crash)
                self._other.send(encode(Answer(order.id, error=str(error), crashed=crashed)))
                continue
            if value is DEATH:
                return self._end(0)
            if value is not SILENCE:
                self._other.send(encode(Answer(order.id, value)))
        self._end(self.code)

    def _end(self, code: int) -> None:
        self.is_running, self.code = False, code
        self._other.close()


class Said:
    """A log that remembers its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, level: int, kind: str, text: str, **fields: object) -> None:
        self.lines.append(f"{logging.getLevelName(level).lower()} {kind}: {text}")

    def info(self, kind: str, text: str, **fields: object) -> None:
        self.say(logging.INFO, kind, text, **fields)

    def warning(self, kind: str, text: str, **fields: object) -> None:
        self.say(logging.WARNING, kind, text, **fields)

    def error(self, kind: str, text: str, **fields: object) -> None:
        self.say(logging.ERROR, kind, text, **fields)


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until it holds; a test that waits in vain ends with TimeoutError."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for is in objects that know of no event
            await asyncio.sleep(0.001)
