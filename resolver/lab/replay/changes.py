# SPDX-License-Identifier: ISC
"""When owners change their data: by a rate that is assumed, or as the trace itself shows.

Both tell, of each question, the instant of the *next* change of its RRset: whatever is fetched by that question is
outdated from then on. The process is the world's, the same for all policies.
"""

from __future__ import annotations

from math import inf
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.machine import compiled
from resolver.lab.traces.rows import UNKNOWN

_CHANGES: Final = 31  # tells this stream of chance from those of the trace's own generator
Times = NDArray[np.float64]
Numbers = NDArray[np.int32]
Number = TypeVar("Number", np.int32, np.int64, np.float64)


class Changes(Protocol):
    """Tells the instant of each question's next change; blocks come in order of time."""

    def next_after(self, time: Times, rrset: Numbers) -> Times:
        """Infinity where there is none."""
        ...


class NoChanges:
    """Nobody changes anything."""

    def next_after(self, time: Times, rrset: Numbers) -> Times:
        """Never, for each question."""
        return np.full(len(time), inf)


class ChangesByRate:
    """Each RRset changes by a Poisson process of its own, `mean_s` seconds between changes in the mean."""

    def __init__(self, mean_s: float, seed: int) -> None:
        self._mean = mean_s
        self._rng = np.random.Generator(np.random.PCG64([seed, _CHANGES]))
        self._at: Times = np.zeros(0)

    def next_after(self, time: Times, rrset: Numbers) -> Times:
        """The next change of each question's RRset. One that nobody asked between does not count: it is not drawn."""
        found = np.empty(len(time))
        if len(time):
            self._at = grown(self._at, int(rrset.max()) + 1, -inf)
            _draw(time, rrset, self._at, self._mean, self._rng, found)
        return found


class ObservedChanges:
    """What `events` say: for each RRset, by number, when questions saw its data change. Seen late, never early."""

    def __init__(self, rrset: Numbers, at: Times) -> None:
        order = np.argsort(rrset, kind="stable")
        self._at = at[order]
        ends = np.cumsum(np.bincount(rrset, minlength=1)) if len(rrset) else np.zeros(1, np.int64)
        self._ends = ends
        self._next = np.concatenate((np.zeros(1, np.int64), ends[:-1]))

    def next_after(self, time: Times, rrset: Numbers) -> Times:
        """The next change that a later question saw; infinity when none did."""
        found = np.empty(len(time))
        _look_up(time, rrset, self._at, self._ends, self._next, found)
        return found


class ChangeLog:
    """Gathers, block by block, the changes that a trace shows."""

    def __init__(self) -> None:
        self._last = np.zeros(0, np.int64)
        self._rrsets: list[Numbers] = []
        self._times: list[Times] = []

    def note(self, time: Times, rrset: Numbers, data: NDArray[np.int64]) -> None:
        """Take a block in; `data` is a hash of each answer, UNKNOWN where none is told."""
        if len(rrset):
            self._last = grown(self._last, int(rrset.max()) + 1, UNKNOWN)
            seen = _changed(rrset, data, self._last)
            self._rrsets.append(rrset[seen])
            self._times.append(time[seen])

    def changes(self) -> Changes:
        """All that was seen."""
        if not any(map(len, self._rrsets)):
            return NoChanges()
        return ObservedChanges(np.concatenate(self._rrsets), np.concatenate(self._times))


def grown(array: NDArray[Number], length: int, value: float) -> NDArray[Number]:
    """Return `array` with at least `length` places, more of them than asked for; new ones hold `value`."""
    if length <= len(array):
        return array
    larger = np.full(max(length, 2 * len(array)), value, array.dtype)
    larger[: len(array)] = array
    return larger


@compiled
def _draw(
    time: Times, rrset: Numbers, at: Times, mean: float, rng: np.random.Generator, found: Times
) -> None:
    for row in range(len(time)):
        number = rrset[row]
        if (
            at[number] <= time[row]
        ):  # a Poisson process has no memory: the next change is as far as from any instant
            at[number] = time[row] + mean * rng.standard_exponential()
        found[row] = at[number]


@compiled
def _look_up(
    time: Times,
    rrset: Numbers,
    at: Times,
    ends: NDArray[np.int64],
    following: NDArray[np.int64],
    found: Times,
) -> None:
    for row in range(len(time)):
        number = rrset[row]
        found[row] = np.inf
        if number < len(ends):
            while following[number] < ends[number] and at[following[number]] <= time[row]:
                following[number] += 1
            if following[number] < ends[number]:
                found[row] = at[following[number]]


@compiled
def _changed(rrset: Numbers, data: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    seen = np.zeros(len(rrset), np.bool_)
    for row in range(len(rrset)):
        if data[row] != UNKNOWN:
            before = last[rrset[row]]
            seen[row] = before != UNKNOWN and before != data[row]
            last[rrset[row]] = data[row]
    return seen
