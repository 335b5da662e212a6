# SPDX-License-Identifier: ISC
"""How an outage goes by: the share of questions that got data, minute after minute, under each policy.

Counts only. The outage is the experiment's first, or an assumed one in the middle of the trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.comparison.comparing import Experiment
from resolver.lab.replay.outcome import KIND_BITS, Kind
from resolver.lab.replay.questions import Preparation, Questions, World
from resolver.lab.replay.replaying import Progress, replay
from resolver.lab.traces.columns import rows_of
from resolver.lab.traces.opening import open_trace
from resolver.lab.traces.rows import Columns, Row, Trace

_WITHOUT_DATA: Final = (Kind.FAILURE, Kind.FAILED)
_ASSUMED_PART: Final = 24  # an outage that nobody named lasts so small a part of the trace: an hour of a day
_MARGIN: Final = 0.25  # of its length, shown before it and after
_BINS: Final = 48
_IN_A_BIN: Final = 50  # questions that make a share worth showing


@dataclass(frozen=True, slots=True)
class ThroughOutage:
    """Shares that got data, a row for each cell, at `times`: seconds after the outage's begin.

    Times are the middles of equal stretches; one without questions has the share nan.
    """

    begins_at: float
    length_s: float
    assumed: bool
    times: tuple[float, ...]
    served: tuple[tuple[float, ...], ...]


def through_outage(
    experiment: Experiment, span_s: float, questions: int, progress: Progress | None = None
) -> ThroughOutage | None:
    """Replay the first seed until some time after the outage. `span_s` and `questions` are those of the trace.

    None when too little is asked meanwhile for a curve.
    """
    begins, ends = next(iter(experiment.world.outages), (span_s / 2, span_s / 2 + span_s / _ASSUMED_PART))
    length = ends - begins
    low, high = begins - _MARGIN * length, ends + _MARGIN * length
    bins = min(_BINS, int(questions / span_s * (high - low) / _IN_A_BIN)) if span_s else 0
    if bins < _BINS // 6 or begins >= span_s:
        return None
    seed = experiment.seeds[0]
    given = experiment.world
    world = World(given.outages or ((begins, ends),), given.change_s, given.missing_ttl, seed)
    trace = Until(open_trace(experiment.what, seed=seed, format_name=experiment.format_name), high)
    arms = [arm for _, arm in experiment.cells()]
    counting = _Counting(low, (high - low) / bins, bins, len(arms))
    preparation = Preparation(trace, world, by_name=any(arm.policy.by_name for arm in arms))
    replay(preparation, arms, progress=progress, observe=counting.add)
    middles = tuple(low - begins + (number + 0.5) * (high - low) / bins for number in range(bins))
    return ThroughOutage(begins, length, not given.outages, middles, counting.shares())


class _Counting:
    """Counts questions and answers with data in each stretch of time, for each arm."""

    def __init__(self, begins: float, width: float, bins: int, arms: int) -> None:
        self._begins, self._width, self._bins = begins, width, bins
        self._counts = np.zeros((arms, 2, bins), np.int64)

    def add(self, arm: int, block: Questions, outcomes: NDArray[np.uint8]) -> None:
        place = np.floor((block.time - self._begins) / self._width)
        inside = (place >= 0) & (place < self._bins)
        where = place[inside].astype(np.int64)
        served = ~np.isin(outcomes[inside] & KIND_BITS, _WITHOUT_DATA)
        self._counts[arm, 0] += np.bincount(where, minlength=self._bins)
        self._counts[arm, 1] += np.bincount(where[served], minlength=self._bins)

    def shares(self) -> tuple[tuple[float, ...], ...]:
        asked, served = self._counts[:, 0].astype(np.float64), self._counts[:, 1]
        with np.errstate(invalid="ignore"):
            return tuple(map(tuple, (served / asked).tolist()))


class Until:
    """The questions of a trace up to some seconds after its first one."""

    def __init__(self, trace: Trace, seconds: float) -> None:
        self.about = f"{trace.about}, the first {seconds:g} s"
        self.made_from = trace
        self._seconds = seconds

    @property
    def names(self) -> Sequence[bytes]:
        """The names of the trace, by the same numbers."""
        return self.made_from.names

    def client(self, number: int) -> str:
        """Return the client of that number."""
        return self.made_from.client(number)

    def blocks(self) -> Iterator[Columns]:
        """Yield the blocks up to that time, the last one cut."""
        first: float | None = None
        for block in self.made_from.blocks():
            first = float(block.time[0]) if first is None else first
            inside = int(np.searchsorted(block.time, first + self._seconds, side="right"))
            if inside:
                yield Columns(*(getattr(block, each.name)[:inside] for each in fields(Columns)))
            if inside < len(block):
                return

    def rows(self) -> Iterator[Row]:
        """Yield the same questions one by one."""
        for block in self.blocks():
            yield from rows_of(block, self.names, self.client)
