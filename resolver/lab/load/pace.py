# SPDX-License-Identifier: ISC
"""How many questions are to have been sent by an instant: at once, at a rate, up a ramp, as in a trace. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import inf, sqrt
from typing import Protocol


class Pace(Protocol):
    """Tells how many questions are due, and when each is: number n (from 0) when n + 1 are."""

    def due(self, elapsed_s: float) -> float:
        """Return how many questions are due `elapsed_s` seconds after the start; infinity for as many as go."""
        ...

    def due_at(self, number: int) -> float:
        """Return when question `number` (from 0) is due, in seconds after the start."""
        ...


@dataclass(frozen=True, slots=True)
class FlatOut:
    """As many as the window lets through."""

    def due(self, elapsed_s: float) -> float:
        """Return infinity."""
        return inf

    def due_at(self, number: int) -> float:
        """Return the start."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Steady:
    """`rate` questions a second."""

    rate: float

    def due(self, elapsed_s: float) -> float:
        """Return the rate times the time."""
        return self.rate * elapsed_s

    def due_at(self, number: int) -> float:
        """Return the time that so many take."""
        return (number + 1) / self.rate


@dataclass(frozen=True, slots=True)
class Ramp:
    """From `first` to `last` questions a second within `seconds`, then at the last rate."""

    first: float
    last: float
    seconds: float

    def due(self, elapsed_s: float) -> float:
        """Return the area under the ramp."""
        on_ramp = min(elapsed_s, self.seconds)
        gain = (self.last - self.first) / self.seconds
        return on_ramp * (self.first + gain * on_ramp / 2) + self.last * (elapsed_s - on_ramp)

    def due_at(self, number: int) -> float:
        """Return where the area is the number: the root of a square equation."""
        wanted, area = number + 1, (self.first + self.last) / 2 * self.seconds
        if wanted >= area:
            return self.seconds + (wanted - area) / self.last if self.last else inf
        gain = (self.last - self.first) / self.seconds
        if not gain:
            return wanted / self.first
        return (sqrt(self.first * self.first + 2 * gain * wanted) - self.first) / gain


@dataclass(frozen=True, slots=True)
class Recorded:
    """The times of a trace, `speed` times as fast; `times` are seconds and never decrease."""

    times: tuple[float, ...]
    speed: float = 1.0

    def due(self, elapsed_s: float) -> float:
        """Return how many times of the trace have passed."""
        if not self.times:
            return 0
        return bisect_right(self.times, self.times[0] + elapsed_s * self.speed)

    def due_at(self, number: int) -> float:
        """Return the time of that question, infinity after the last."""
        if number >= len(self.times):
            return inf
        return (self.times[number] - self.times[0]) / self.speed
