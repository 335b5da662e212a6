# SPDX-License-Identifier: ISC
"""What services counted that a reload has replaced: what they count goes on for a while, then its sum is kept.

Nobody is told when the last question of an old service has ended, so it is given time. No clock is read here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from resolver.service.counters import ServiceCounters
from resolver.telemetry.counters import Sample
from resolver.telemetry.sources import service_samples
from resolver.telemetry.transfer import Kept


class Retired:
    """However many there were, what is held is one sum and those that may still count."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._counting: deque[tuple[ServiceCounters, float]] = deque()

    def __len__(self) -> int:
        """How many may still count, as far as is known."""
        return len(self._counting)

    def add(self, counters: ServiceCounters, until: float, now: float) -> None:
        """Take over the counters of a service that counts no more from the instant `until` on."""
        self._counting.append((counters, until))
        self._settle(now)

    def samples(self, now: float) -> Iterator[Sample]:
        """All that they counted, to be read before what counts now.

        Sums of fractions depend on their order. It is the same before and after one is kept, so that none ever goes
        back by a last digit: Prometheus would take that for a restart.
        """
        self._settle(now)
        yield from self._kept.samples()
        for counters, _ in self._counting:
            yield from service_samples(counters)

    def _settle(self, now: float) -> None:
        while self._counting and self._counting[0][1] <= now:
            self._kept.keep(service_samples(self._counting.popleft()[0]))
