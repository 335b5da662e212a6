# SPDX-License-Identifier: ISC
"""Deadlines by the thousand on one timer of the loop: never early, a few milliseconds late.

    call_at ─► the grain of time in which it is due ─► one alarm for the first grain that has any

Nearly all deadlines are called off before they come, so setting and cancelling is what has to be cheap: a look-up each.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Final

from resolver.runtime.clocks import alarm, ticks

_GRAINS_PER_SECOND: Final = 250


class Deadlines:
    """Calls to be made at instants, in ticks."""

    __slots__ = ("_alarm", "_due", "_grains", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._grains: dict[int, dict[Deadline, None]] = {}
        self._due: list[int] = []  # a heap of the grains above
        self._alarm: asyncio.TimerHandle | None = None

    def call_at(self, tick: float, ring: Callable[[], object]) -> Deadline:
        """Have `ring` called at the instant `tick` or soon after it, unless what is returned is cancelled."""
        grain = int(tick * _GRAINS_PER_SECOND) + 1
        members = self._grains.get(grain)
        if members is None:
            members = self._grains[grain] = {}
            heapq.heappush(self._due, grain)
            if self._due[0] == grain:
                self._set_alarm()
        deadline = Deadline(members, ring)
        members[deadline] = None
        return deadline

    def close(self) -> None:
        """Call nobody any more."""
        self._grains.clear()
        self._due.clear()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._due:
            self._alarm = alarm(self._loop, self._due[0] / _GRAINS_PER_SECOND, self._ring)

    def _ring(self) -> None:
        """Call all that is due; what raises does not keep the others from being called, in the next turn."""
        self._alarm = None
        now = ticks() * _GRAINS_PER_SECOND
        try:
            while self._due and self._due[0] <= now:
                grain = self._due[0]
                members = self._grains[grain]
                while members:
                    deadline = next(iter(members))
                    del members[deadline]
                    deadline.ring()
                if (
                    self._due and self._due[0] == grain
                ):  # else what was called has set one that is due even before it
                    del self._grains[heapq.heappop(self._due)]
        finally:
            self._set_alarm()


def _nothing() -> None:
    """What is called when a deadline was called off."""


class Deadline:
    """One call to be made."""

    __slots__ = ("_members", "ring")

    def __init__(self, members: dict[Deadline, None], ring: Callable[[], object]) -> None:
        self._members = members
        self.ring = ring

    def cancel(self) -> None:
        """Do not call; without effect after the call."""
        self._members.pop(self, None)
        self.ring = _nothing  # whose deadline it was holds it: no cycles for the collector
