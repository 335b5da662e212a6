# SPDX-License-Identifier: ISC
"""How late we are, measured with a timer of its own. What that forbids is the service's word.

timer ─► rings late: the loop was held by one long turn ─► histogram
   └───► a strand behind all that are ready ─► its turn comes late: there is more work than time ─► lag
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from resolver.runtime.clocks import ticks
from resolver.runtime.strands import Strand, Strands
from resolver.service.counters import LAG_EDGES, Histogram

EVERY_S: Final = 0.05
# Readings of which the least counts: one long turn is an accident, a queue that stands is overload (CoDel, RFC 8289).
_STANDING: Final = 4


class LagMeter:
    """Between `start` and `stop` it rings every 50 ms. `histogram` holds how late the loop was each time, in seconds.

    The work of questions is done in slices between which the loop turns, so the loop is in time even when that work is
    far behind. `lag` is about the work: what the loop is late by, and the wait in the queue of what is ready.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.histogram = Histogram(LAG_EDGES)
        self._loop = loop
        self._due_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._readings: deque[float] = deque(maxlen=_STANDING)
        self._strands: Strands | None = None
        self._waits_since: float | None = None  # when the strand was due that waits behind all others

    def start(self, strands: Strands) -> None:
        """Begin to measure; `strands` do the work."""
        self._strands = strands
        self._set()

    def stop(self) -> None:
        """Measure no more; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._strands = None
        self._readings.clear()

    def lag(self) -> float:
        """Seconds that work has been late by at least each of the last times; 0.0 until there were enough of them."""
        readings = self._readings
        return min(readings) if len(readings) == _STANDING else 0.0

    def _set(self) -> None:
        self._due_at = ticks() + EVERY_S
        self._timer = self._loop.call_later(EVERY_S, self._ring)

    def _ring(self) -> None:
        due_at, strands = self._due_at, self._strands
        self.histogram.observe(max(0.0, ticks() - due_at))
        if self._waits_since is not None:
            self._readings.append(ticks() - self._waits_since)
        elif strands is not None:
            self._waits_since = due_at
            strands.begin(self._wait_in_line(), _nothing)
        self._set()

    async def _wait_in_line(self) -> None:
        """What is done as late as everything that was ready before it."""
        since, self._waits_since = self._waits_since, None
        if since is not None and self._strands is not None:
            self._readings.append(max(0.0, ticks() - since))


def _nothing(strand: Strand[None]) -> None:
    """It has read the clock; nobody waits for it."""
