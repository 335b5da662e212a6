# SPDX-License-Identifier: ISC
"""How often each entry was of use: hits, refreshes, stale answers. Numbers by slot; no entry and no decision here.

A tally lasts for as long as the name and type are held, over all refreshes of its data.
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

_MOST: Final = 0xFFFFFFFF
_MOST_SMALL: Final = 0x7FFF
_STALE_NOW: Final = 0x8000  # in the number of stale periods: the present one is counted already
TALLY_BYTES: Final = 20  # for each slot


class Tally(NamedTuple):
    """What one entry was good for since it was first stored, at `since`.

    `refreshes` is how often newer data took the place of older; `stale_periods` is how many of its lives ended in
    stale answers, of which there were `stale_answers` in all.
    """

    since: float
    hits: int
    refreshes: int
    stale_answers: int
    stale_periods: int


class Tallies:
    """A tally for each slot: `begin`, then the others."""

    __slots__ = ("_hits", "_periods", "_refreshes", "_since", "_stale")

    def __init__(self) -> None:
        self._since = array("d")
        self._hits = array("I")
        self._stale = array("I")
        self._refreshes = array("H")
        self._periods = array("H")

    def begin(self, slot: int, now: float) -> None:
        """The slot holds another entry from `now` on."""
        short = slot + 1 - len(self._since)
        if short > 0:
            for numbers in (self._since, self._hits, self._stale, self._refreshes, self._periods):
                numbers.frombytes(bytes(short * numbers.itemsize))
        self._since[slot] = now
        self._hits[slot] = self._stale[slot] = self._refreshes[slot] = self._periods[slot] = 0

    def hit(self, slot: int, count: int) -> None:
        """Clients were answered from it while it was fresh."""
        self._hits[slot] = min(self._hits[slot] + count, _MOST)

    def stale(self, slot: int) -> None:
        """A client was answered from it when it was stale."""
        self._stale[slot] = min(self._stale[slot] + 1, _MOST)
        periods = self._periods[slot]
        if periods < _STALE_NOW:
            self._periods[slot] = min(periods + 1, _MOST_SMALL) | _STALE_NOW

    def refreshed(self, slot: int) -> None:
        """Newer data took its place: another period begins."""
        self._refreshes[slot] = min(self._refreshes[slot] + 1, _MOST_SMALL)
        self._periods[slot] &= _MOST_SMALL

    def of(self, slot: int) -> Tally:
        """The tally of the entry in a slot that is taken."""
        return Tally(
            self._since[slot],
            self._hits[slot],
            self._refreshes[slot],
            self._stale[slot],
            self._periods[slot] & _MOST_SMALL,
        )

    def refreshes(self, slot: int) -> int:
        """Its refreshes alone."""
        return self._refreshes[slot]
