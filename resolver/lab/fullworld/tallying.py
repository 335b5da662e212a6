# SPDX-License-Identifier: ISC
"""Counts what a full-world replay answered, in the shape of cache-level replay; waits are measured, not modelled."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from resolver.lab.comparison.latency import LatencyModel
from resolver.lab.fullworld.replaying import Answered, Replay
from resolver.lab.replay import outcome as out
from resolver.lab.replay.results import Tally
from resolver.lab.replay.step import KEPT_S, OUTDATED_S, PUBLISHED_S, STORES, SUMS


@dataclass(frozen=True, slots=True)
class MeasuredLatency(LatencyModel):
    """The waits of clients as they were. `waits` are those above zero, in order, of one replay."""

    waits: tuple[float, ...] = ()

    @property
    def about(self) -> str:
        """Where they come from."""
        return "measured, in virtual time"

    def mean(self, tally: Tally, stale_wait_s: float) -> float:
        """The mean wait of all questions, in seconds."""
        return sum(self.waits) / max(tally.questions, 1)

    def percentile(self, tally: Tally, stale_wait_s: float, share: float) -> float:
        """The wait that `share` of all questions stay within, in seconds."""
        place = max(ceil(share * tally.questions) - 1, 0) - (tally.questions - len(self.waits))
        return self.waits[place] if 0 <= place < len(self.waits) else 0.0


@dataclass(slots=True)
class Counting:
    """Takes answers in, from the instant `measure_from` on."""

    measure_from: float = 0.0
    last: float = 0.0
    _counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(out.OUTCOMES, np.int64))
    _outdated_s: float = 0.0
    _waits: array[float] = field(default_factory=lambda: array("d"))

    def add(self, answered: Answered) -> None:
        """Count one answer."""
        self.last = answered.asked.time
        if self.last < self.measure_from or answered.outcome is None:
            return
        self._counts[answered.outcome] += 1
        self._outdated_s += answered.outdated_s
        if answered.waited_s > 0:
            self._waits.append(answered.waited_s)

    def tally(self, replay: Replay, rrsets: int) -> Tally:
        """All counts. What was stored and evicted is of the whole replay, before `measure_from` too."""
        sums = np.zeros(SUMS)
        sums[OUTDATED_S] = self._outdated_s
        sums[STORES], sums[KEPT_S], sums[PUBLISHED_S] = replay.stores, replay.kept_s, replay.published_s
        return Tally(self._counts, sums, replay.evicted, self.last - self.measure_from, rrsets)

    def latency(self) -> MeasuredLatency:
        """The waits."""
        return MeasuredLatency(waits=tuple(sorted(self._waits)))
