# SPDX-License-Identifier: ISC
"""Coroutines that we drive ourselves: what is woken goes on within the same turn of the loop, and none needs a task.

    reply read ─► Pause.end ─► ready queue ─► step ─► it waits again (a Pause), or has ended: `ended` hears

A resolution is woken by its socket, wakes the client's question, and that composes the answer: three futures, two tasks
and as many turns of the loop with asyncio, one walk through a queue here. What waits for something of asyncio's is
driven too. No deadline and no table lives here: `deadlines`, `jobs`, `tasks`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, Generic, TypeVar

from resolver.runtime.clocks import ticks

T = TypeVar("T")

_TURN_S: Final = (
    0.005  # what is ready then waits until sockets and timers had their turn; hits are answered by those
)
_UNTIMED: Final = 8  # steps between two looks at the clock
_NOTHING: Final = object()


class Strands:
    """All coroutines driven on one loop. `running` is the one being stepped, None outside of any."""

    __slots__ = ("_fresh", "_is_due", "_ready", "loop", "running")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.running: Strand[Any] | None = None
        self._ready: deque[Strand[Any]] = deque()
        self._fresh: deque[Strand[Any]] = deque()
        self._is_due = False

    def begin(self, work: Coroutine[Any, Any, T], ended: Callable[[Strand[T]], object]) -> Strand[T]:
        """Have `work` run from the next turn on, never within this call; `ended` hears of its end, whatever that is.

        What is cancelled before its first step never runs, and no `finally` in it: put away in `ended` what must be.
        What no other strand begins is new, and waits until nothing else is ready: when there is more to do than time,
        what has been begun is finished, and takes its share of no limit for longer than need be.
        """
        strand = Strand(self, work, ended)
        self._enter(strand, self._fresh if self.running is None else self._ready)
        return strand

    def resume(self, strand: Strand[Any]) -> None:
        """Let a strand go on, in the order of asking."""
        if not strand.is_ready:
            self._enter(strand, self._ready)

    def _enter(self, strand: Strand[Any], queue: deque[Strand[Any]]) -> None:
        strand.is_ready = True
        queue.append(strand)
        if not self._is_due:
            self._is_due = True
            self.loop.call_soon(self._run)

    def run_after(self, work: Callable[[], object]) -> None:
        """Do `work`, then let all that it woke go on at once instead of in the loop's next turn."""
        if self._is_due:
            work()
            return
        self._is_due = True
        try:
            work()
        finally:
            self._run()

    def _run(self) -> None:
        ready, fresh = self._ready, self._fresh
        try:
            if len(ready) + len(fresh) <= _UNTIMED:
                self._step(_UNTIMED)  # as nearly always; the clock is for crowds
            if ready or fresh:
                until = ticks() + _TURN_S
                while (ready or fresh) and ticks() < until:
                    self._step(_UNTIMED)
        finally:
            self._is_due = bool(ready or fresh)
            if self._is_due:
                self.loop.call_soon(self._run)

    def _step(self, count: int) -> None:
        """So many steps, if so many are ready."""
        ready, fresh = self._ready, self._fresh
        for _ in range(count):
            if ready:
                ready.popleft().step()
            elif fresh:
                fresh.popleft().step()
            else:
                return


class Strand(Generic[T]):
    """One coroutine. `result` is None, too, when it was cancelled or crashed; `error` is what it crashed with."""

    __slots__ = (
        "_awaits",
        "_cancelled",
        "_ended",
        "_strands",
        "_work",
        "done",
        "error",
        "is_ready",
        "result",
    )

    def __init__(
        self, strands: Strands, work: Coroutine[Any, Any, T], ended: Callable[[Strand[T]], object]
    ) -> None:
        self._strands = strands
        self._work = work
        self._ended: Callable[[Strand[T]], object] | None = ended
        self._awaits: object = _NOTHING
        self._cancelled = False
        self.is_ready = False
        self.done = False
        self.result: T | None = None
        self.error: Exception | None = None

    def cancel(self) -> None:
        """Raise CancelledError where it waits, soon. Like a task it may catch that, and go on."""
        if not self.done:
            self._cancelled = True
            self._awaits = _NOTHING
            self._strands.resume(self)

    def go_on(self, awaited: object) -> None:
        """What it waited for has come; nothing happens if it waits for something else by now."""
        if self._awaits is awaited:
            self._awaits = _NOTHING
            self._strands.resume(self)

    def step(self) -> None:
        """Run to the next wait, or to the end."""
        self.is_ready = False
        strands = self._strands
        strands.running = self
        try:
            if self._cancelled:
                self._cancelled = False
                awaits = self._work.throw(asyncio.CancelledError())
            else:
                awaits = self._work.send(None)
        except StopIteration as end:
            self.result = end.value
        except asyncio.CancelledError:
            pass  # its result is None
        except Exception as error:  # noqa: BLE001 - whoever began it tells of the bug; the process lives on
            self.error = error
        else:
            self._awaits = awaits
            if type(awaits) is not Pause:
                self._follow(awaits)
            return
        finally:
            strands.running = None
        self.done = True
        ended, self._ended = self._ended, None  # who hears mostly holds us too: no cycles for the collector
        if ended is not None:
            ended(self)

    def _follow(self, awaits: Any) -> None:
        """Wait for what asyncio gives to its tasks: a future, or None for the loop's next turn."""
        if awaits is None:
            self._strands.loop.call_soon(self.go_on, None)
        else:
            awaits._asyncio_future_blocking = False
            awaits.add_done_callback(self.go_on)


class Pause:
    """A wait that all who know of it may `end`, to be awaited once by who made it: a strand, or a task of asyncio's."""

    __slots__ = ("_future", "_strand", "ended")

    def __init__(self, strands: Strands) -> None:
        self._strand = strands.running
        self._future = strands.loop.create_future() if self._strand is None else None
        self.ended = False

    def end(self) -> None:
        """Let who waits go on. Ending it again does nothing."""
        if self.ended:
            return
        self.ended = True
        if self._strand is not None:
            self._strand.go_on(self)
        elif self._future is not None and not self._future.done():
            self._future.set_result(None)

    def __await__(self) -> Generator[Any, None, None]:
        if self._future is not None:
            yield from self._future
        elif not self.ended:
            yield self
