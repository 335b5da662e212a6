# SPDX-License-Identifier: ISC
"""The questions of clients that are being answered: strong references, a bound, and crashes told instead of lost.

What is asked and how the answer leaves is not known here.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, Final

from resolver.events import Crashed, Tell
from resolver.runtime.clocks import alarm, ticks
from resolver.runtime.strands import Strand, Strands

MAX_TASKS: Final = 16_384  # clients that wait: four for each fetch there may be

Answer = Strand[bytes | None]


class TaskTable:
    """All questions in work. `refused` counts those for which there was no room."""

    __slots__ = ("_empty", "_limit", "_loop", "_strands", "_tell", "refused", "tasks")

    def __init__(self, strands: Strands, tell: Tell, limit: int = MAX_TASKS) -> None:
        self._strands = strands
        self._loop = strands.loop
        self._tell = tell
        self._limit = limit
        self._empty: asyncio.Future[None] | None = None
        self.tasks: set[Answer] = set()
        self.refused = 0

    def start(
        self, work: Coroutine[Any, Any, bytes | None], then: Callable[[Answer], object]
    ) -> Answer | None:
        """Begin `work`, whose end `then` hears; None, and `work` closed, when the table is full.

        The result is None when there is nothing to say, and when the work was cancelled or crashed.
        """
        if len(self.tasks) >= self._limit:
            self.refused += 1
            work.close()
            return None

        def ended(task: Answer) -> None:
            self._ended(task)
            then(task)

        task = self._strands.begin(work, ended)
        self.tasks.add(task)
        return task

    async def drained(self, until: float) -> bool:
        """Wait for the table to be empty, to the tick `until`; whether it is."""
        if self.tasks and until > ticks():
            empty = self._empty = self._loop.create_future()
            timer = alarm(self._loop, until, self._wake)
            try:
                await empty
            finally:
                timer.cancel()
                self._empty = None
        return not self.tasks

    def cancel(self) -> None:
        """End everything."""
        for task in list(self.tasks):
            task.cancel()

    def _ended(self, task: Answer) -> None:
        self.tasks.discard(task)
        if task.error is not None:
            self._tell(Crashed(ticks(), "answer", "".join(traceback.format_exception(task.error))))
        if not self.tasks:
            self._wake()

    def _wake(self) -> None:
        if self._empty is not None and not self._empty.done():
            self._empty.set_result(None)
