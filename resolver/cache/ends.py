# SPDX-License-Identifier: ISC
"""When each slot's entry will be dead, and which is dead by now: without a search through all, and in eight bytes each.

    highest  one bound per 16384 slots ──► middle  one per 128 ──► the instants, by slot

A bound is never above an instant it stands for. It may be below, when what it was set for has gone; whoever looks
there corrects it. So noting is three comparisons, and finding reads three short runs of numbers.
"""

from __future__ import annotations

from array import array
from math import inf
from typing import Final

_FAN: Final = 128
_NEVER: Final = array("d", [inf])


class Ends:
    """The instants from which entries are dead, by slot."""

    __slots__ = ("_highest", "_instants", "_middle")

    def __init__(self) -> None:
        self._instants = array("d")
        self._middle = array("d")
        self._highest = array("d")

    def note(self, slot: int, end: float) -> None:
        """The entry in `slot` is dead from `end` on."""
        if slot >= len(self._instants):
            self._grow(slot)
        self._instants[slot] = end
        middle, highest = slot // _FAN, slot // (_FAN * _FAN)
        if end < self._middle[middle]:
            self._middle[middle] = end
            if end < self._highest[highest]:
                self._highest[highest] = end

    def forget(self, slot: int) -> None:
        """Nothing is in `slot` any more."""
        self._instants[slot] = inf

    def dead(self, now: float) -> int | None:
        """A slot whose entry is dead at `now`, or None if there is none."""
        while self._highest:
            least = min(self._highest)
            if least > now:
                return None
            top = self._highest.index(least)
            bounds = self._middle[top * _FAN : (top + 1) * _FAN]
            least = min(bounds)
            if least > now:
                self._highest[top] = least
                continue
            middle = top * _FAN + bounds.index(least)
            instants = self._instants[middle * _FAN : (middle + 1) * _FAN]
            least = min(instants)
            if least <= now:
                return middle * _FAN + instants.index(least)
            self._middle[middle] = least
        return None

    def clear(self) -> None:
        """Forget all."""
        for numbers in (self._instants, self._middle, self._highest):
            del numbers[:]

    def _grow(self, slot: int) -> None:
        self._instants.extend(_NEVER * (slot + 1 - len(self._instants)))
        for bounds, span in ((self._middle, _FAN), (self._highest, _FAN * _FAN)):
            bounds.extend(_NEVER * (slot // span + 1 - len(bounds)))
