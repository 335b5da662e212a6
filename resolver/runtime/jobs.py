# SPDX-License-Identifier: ISC
"""Jobs: work that belongs to the world, with strong references, absolute deadlines and a bounded table.

What the work is, and who is answered with its result, is not known here.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from resolver.events import Crashed, Tell
from resolver.runtime.clocks import ticks
from resolver.runtime.deadlines import Deadlines
from resolver.runtime.strands import Pause, Strand, Strands

T = TypeVar("T")


class AioJob(Generic[T]):
    """Work that ends at its deadline whatever it does. Who waits may give up; the work goes on."""

    __slots__ = ("_deadline", "_ended", "_result", "_strand", "_table", "_waiters", "done")

    def __init__(
        self,
        table: JobTable,
        work: Coroutine[Any, Any, T],
        deadline: float,
        ended: Callable[[T | None], object] | None,
    ) -> None:
        self.done = False
        self._table = table
        self._ended = ended
        self._result: T | None = None
        self._waiters: list[Pause] = []
        self._strand = table.strands.begin(work, self._finished)
        self._deadline = table.deadlines.call_at(deadline, self.end)

    async def join(self, until: float | None = None) -> T | None:
        """Return its result; None when `until` (a tick) came first, or the job was ended or crashed."""
        if self.done or (until is not None and until <= ticks()):
            return self._result
        table, waiters = self._table, self._waiters
        pause = Pause(table.strands)
        deadline = None if until is None else table.deadlines.call_at(until, pause.end)
        waiters.append(pause)
        table.waiting += 1
        try:
            await pause
        finally:
            table.waiting -= 1
            waiters.remove(pause)
            if deadline is not None:
                deadline.cancel()
        return self._result

    def end(self) -> None:
        """Stop the work and let everybody who waits go with None."""
        self._settle(None)
        self._strand.cancel()

    def _finished(self, strand: Strand[T]) -> None:
        self._table.jobs.discard(self)
        if strand.error is not None:
            self._table.crashed(strand.error)
        self._settle(strand.result)

    def _settle(self, result: T | None) -> None:
        """End, unless that was before: whatever the work has done, or will do yet, nobody waits for it any more."""
        if self.done:
            return
        self.done = True
        self._result = result
        self._deadline.cancel()
        for waiter in self._waiters:
            waiter.end()
        ended, self._ended = self._ended, None  # who hears mostly holds us too: no cycles for the collector
        if ended is not None:
            try:
                ended(result)
            except Exception as error:  # noqa: BLE001 - a bug of who hears; other jobs end at the same deadline
                self._table.crashed(error)


class JobTable:
    """All jobs of one world; `waiting` counts who is waiting for any of them, and returns to zero."""

    __slots__ = ("_tell", "deadlines", "jobs", "limit", "strands", "waiting")

    def __init__(self, strands: Strands, deadlines: Deadlines, limit: int, tell: Tell) -> None:
        self.strands = strands
        self.deadlines = deadlines
        self.limit = limit
        self.jobs: set[AioJob[Any]] = set()
        self.waiting = 0
        self._tell = tell

    def spawn(
        self,
        work: Coroutine[Any, Any, T],
        deadline: float,
        ended: Callable[[T | None], object] | None = None,
    ) -> AioJob[T] | None:
        """Begin `work` as a job, whose end `ended` hears; None, and `work` closed, when the table is full."""
        if len(self.jobs) >= self.limit:
            work.close()
            return None
        job = AioJob(self, work, deadline, ended)
        self.jobs.add(job)
        return job

    def crashed(self, error: Exception) -> None:
        """Tell of a bug of ours; the process lives on."""
        self._tell(Crashed(ticks(), "job", "".join(traceback.format_exception(error))))
