# SPDX-License-Identifier: ISC
"""A trampoline for coroutines in virtual time: a heap of what will happen, a queue of who may go on.

No network and no real clock lives here, and asyncio has no part in it: coroutines are stepped by hand.

    run(coro) ──► ready queue ──► step ──► the coroutine waits (a timer, a wake-up)
                      ▲                                │
                      └──── heap: (tick, order, act) ◄─┘
"""

from __future__ import annotations

import heapq
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar, cast

from resolver.errors import ResolverError

__all__ = ["Stuck", "Trampoline", "VirtualJob", "suspend"]

T = TypeVar("T")


class Stuck(ResolverError):
    """A coroutine waits, and nothing is on the heap that could ever wake it: a deadlock in what was run."""


@types.coroutine
def suspend() -> Generator[None, None, None]:
    """Give control back to the trampoline; whoever suspends has said before what shall wake it."""
    yield


class Trampoline:
    """Steps jobs and lets virtual time pass. Ties go by the order of asking: every run is the same."""

    def __init__(self, start_at: float) -> None:
        self.tick = start_at
        self.open_jobs = 0
        self.current: VirtualJob[Any] | None = None
        self.ready: deque[VirtualJob[Any]] = deque()
        self._heap: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._pushed = 0

    def push(self, tick: float, act: Callable[[Any], None], argument: Any) -> None:
        """Have `act(argument)` called at the instant `tick`, or as soon as possible after it."""
        self._pushed += 1
        heapq.heappush(self._heap, (tick, self._pushed, act, argument))

    def running(self) -> VirtualJob[Any]:
        """The job that is being stepped; RuntimeError outside of one."""
        if self.current is None:
            raise RuntimeError("this waits: run it with VirtualWorld.run or as a Job")
        return self.current

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Drive `work` to its end and return its result; other jobs stand still where they then are.

        Raises what `work` raises, and Stuck when it waits for what can never happen.
        """
        job = VirtualJob(self, work, heard=True)
        self._drain(job)
        while not job.done:
            if not self._heap:
                job.end()
                raise Stuck("the coroutine waits and nothing is left to happen")
            self._fire(job)
        return job.value()

    def run_until(self, tick: float) -> None:
        """Let time pass up to and including the instant `tick`, and everything happen that falls into it."""
        self._drain(None)
        while self._heap and self._heap[0][0] <= tick:
            self._fire(None)
        self.tick = max(self.tick, tick)

    def step(self, until: float) -> bool:
        """Let the next thing happen, if that is at the instant `until` or before; else False, and no time passes."""
        self._drain(None)
        if not self._heap or self._heap[0][0] > until:
            return False
        self._fire(None)
        return True

    def settle(self, busy: Callable[[], bool]) -> None:
        """Let time pass as long as something is left to happen and `busy` says so."""
        self._drain(None)
        while self._heap and busy():
            self._fire(None)

    def _fire(self, stop_at: VirtualJob[Any] | None) -> None:
        """Make the next thing on the heap happen, then run whoever it woke."""
        tick, _, act, argument = heapq.heappop(self._heap)
        if tick > self.tick:
            self.tick = tick
        act(argument)
        if self.ready:
            self._drain(stop_at)

    def _drain(self, stop_at: VirtualJob[Any] | None) -> None:
        """Step every ready job in order, until none is ready or `stop_at` is done."""
        if self.current is not None:
            raise RuntimeError("a job cannot let time pass: it awaits")
        ready = self.ready
        try:
            while ready and not (stop_at is not None and stop_at.done):
                self.current = job = ready.popleft()
                if not job.done:
                    job.step()
        finally:
            self.current = None


class VirtualJob(Generic[T]):
    """A coroutine under the trampoline. A token tells a wake-up that is due from one that came too late."""

    __slots__ = ("_ended", "_error", "_heard", "_joiners", "_result", "_trampoline", "_work", "done", "token")

    def __init__(
        self,
        trampoline: Trampoline,
        work: Coroutine[Any, Any, T],
        ended: Callable[[T | None], object] | None = None,
        *,
        heard: bool = False,
    ) -> None:
        self.done = False
        self.token = 0
        self._trampoline = trampoline
        self._work = work
        self._ended = ended
        self._heard = heard
        self._result: T | None = None
        self._error: Exception | None = None
        self._joiners: list[tuple[VirtualJob[Any], int]] = []
        trampoline.open_jobs += 1
        trampoline.ready.append(self)

    async def join(self, until: float | None = None) -> T | None:
        """Its result; None at the tick `until` or when ended at its deadline; raises what the work raised."""
        trampoline = self._trampoline
        if not self.done and (until is None or trampoline.tick < until):
            waiter = trampoline.running()
            self._joiners.append((waiter, waiter.token))
            if until is not None:
                trampoline.push(until, waiter.wake, waiter.token)
            await suspend()
        return self.value() if self.done else None

    def value(self) -> T:
        """The result of work that is done, None if it was ended; raises what it raised."""
        if self._error is not None:
            raise self._error
        return cast(T, self._result)

    def wake(self, token: int) -> None:
        """Make it ready to go on, if it still waits for what `token` was given to."""
        if token == self.token and not self.done:
            self.token += 1
            self._trampoline.ready.append(self)

    def step(self) -> None:
        """Run to the next wait. An error that no one waits for ends the whole run: here no bug is silent."""
        try:
            self._work.send(None)
        except StopIteration as stop:
            self._result = stop.value
            self._finish()
        except Exception as error:  # whatever it is, those who joined hear it
            self._error = error
            heard = self._heard or bool(self._joiners)
            self._finish()
            if not heard:
                raise

    def end(self, _: object = None) -> None:
        """Close the coroutine where it stands: its deadline has come."""
        if not self.done:
            self._work.close()
            self._finish()

    def _finish(self) -> None:
        self.done = True
        self._trampoline.open_jobs -= 1
        for waiter, token in self._joiners:
            waiter.wake(token)
        self._joiners.clear()
        ended, self._ended = self._ended, None  # who hears mostly holds us too: no cycles for the collector
        if ended is not None:
            ended(self._result)
