# SPDX-License-Identifier: ISC
"""Jobs: work that belongs to the world, with strong references, absolute deadlines and a bounded table.

What the work is, and who is answered with its result, is not known here.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from resolver.events import Crashed, Tell
from resolver.runtime.clocks import alarm, ticks

T = TypeVar("T")


class AioJob(Generic[T]):
    """A task that ends at its deadline whatever it does. Who waits may give up; the work goes on."""

    __slots__ = ("_loop", "_result", "_table", "_task", "_timer", "_waiters", "done")

    def __init__(self, table: JobTable, work: Coroutine[Any, Any, T], deadline: float) -> None:
        self.done = False
        self._loop = table.loop
        self._table = table
        self._result: T | None = None
        self._waiters: set[asyncio.Future[None]] = set()
        self._task = table.loop.create_task(work)
        self._task.add_done_callback(self._finished)
        self._timer = alarm(table.loop, deadline, self.end)

    async def join(self, until: float | None = None) -> T | None:
        """Return its result; None when `until` (a tick) came first, or the job was ended or crashed."""
        if self.done or (until is not None and until <= ticks()):
            return self._result
        waiter = self._loop.create_future()
        timer = None if until is None else alarm(self._loop, until, lambda: _wake(waiter))
        self._waiters.add(waiter)
        self._table.waiting += 1
        try:
            await waiter
        finally:
            self._table.waiting -= 1
            self._waiters.discard(waiter)
            if timer is not None:
                timer.cancel()
        return self._result

    def end(self) -> None:
        """Stop the work and let everybody who waits go with None."""
        self._settle()
        self._task.cancel()

    def _finished(self, task: asyncio.Task[T]) -> None:
        self._table.jobs.discard(self)
        if not task.cancelled():
            if error := task.exception():
                self._table.crashed(error)
            elif not self.done:
                self._result = task.result()
        self._settle()

    def _settle(self) -> None:
        self.done = True
        self._timer.cancel()
        for waiter in self._waiters:
            _wake(waiter)


class JobTable:
    """All jobs of one world; `waiting` counts who is waiting for any of them, and returns to zero."""

    __slots__ = ("_tell", "jobs", "limit", "loop", "waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, tell: Tell) -> None:
        self.loop = loop
        self.limit = limit
        self.jobs: set[AioJob[Any]] = set()
        self.waiting = 0
        self._tell = tell

    def spawn(self, work: Coroutine[Any, Any, T], deadline: float) -> AioJob[T] | None:
        """Begin `work` as a job; None, and `work` closed, when the table is full."""
        if len(self.jobs) >= self.limit:
            work.close()
            return None
        job = AioJob(self, work, deadline)
        self.jobs.add(job)
        return job

    def crashed(self, error: BaseException) -> None:
        """Tell of a bug of ours; the process lives on."""
        self._tell(Crashed(ticks(), "job", "".join(traceback.format_exception(error))))


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
