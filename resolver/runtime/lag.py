# SPDX-License-Identifier: ISC
"""How late the event loop is, measured with a timer of its own. What that forbids is the service's word."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from resolver.runtime.clocks import ticks
from resolver.service.counters import LAG_EDGES, Histogram

EVERY_S: Final = 0.05
# Readings of which the least counts: one long turn is an accident, a queue that stands is overload (CoDel, RFC 8289).
_STANDING: Final = 4


class LagMeter:
    """Between `start` and `stop` it rings every 50 ms. `histogram` holds every reading, in seconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.histogram = Histogram(LAG_EDGES)
        self._loop = loop
        self._due_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._readings: deque[float] = deque(maxlen=_STANDING)

    def start(self) -> None:
        """Begin to measure."""
        self._set()

    def stop(self) -> None:
        """Measure no more; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._readings.clear()

    def lag(self) -> float:
        """Seconds by which each of the last turns was late at least; 0.0 until there were enough of them."""
        readings = self._readings
        return min(readings) if len(readings) == _STANDING else 0.0

    def _set(self) -> None:
        self._due_at = ticks() + EVERY_S
        self._timer = self._loop.call_later(EVERY_S, self._ring)

    def _ring(self) -> None:
        late_s = max(0.0, ticks() - self._due_at)
        self._readings.append(late_s)
        self.histogram.observe(late_s)
        self._set()
