# SPDX-License-Identifier: ISC
"""The orders of eviction over arrays by RRset: two rings, uses, names that left, and a heap of deaths.

`eviction` is the same in plain Python. Nothing here knows an instant but the deaths it is told. What leaves before it
is dead stays in the heap until its time comes or the heap is full: most never cost a search.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolver.cache.eviction import GHOST_BYTES
from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.machine import kernel

# Rings begin and end at slots that hold nothing; RRset n has slot n + RRSETS.
_SMALL: Final = 0
_MAIN: Final = 1
_GHOSTS: Final = 2
RRSETS: Final = 3
# The numbers of cache.eviction, which keeps them to itself; the test holds every decision against it.
_MOST_USES: Final = 3
_IN_MAIN: Final = 4
_MOST_REPRIEVES: Final = 64
_SMALL_PERCENT: Final = 10
_GHOSTS_PERCENT: Final = 4
_S3FIFO: Final = int(Eviction.S3FIFO)
_LRU: Final = int(Eviction.LRU)
_ITEM: Final = ITEM_BYTES
_GHOST: Final = GHOST_BYTES

# The columns of `tally`.
HELD: Final = 0
SMALL_BYTES: Final = 1
BYTES: Final = 2
GHOSTS: Final = 3
DEATHS: Final = 4
_TALLIES: Final = 5
# The heap holds so many deaths for each item there is room for; beyond, those that no longer hold are dropped.
_DEATHS_AN_ITEM: Final = 4


class Rings(NamedTuple):
    """One cache's order. `deaths` with `dying` is the heap: instants, and the slots they are of."""

    following: NDArray[np.int32]
    previous: NDArray[np.int32]
    marks: NDArray[np.uint8]
    is_ghost: NDArray[np.bool_]
    held: NDArray[np.bool_]
    deaths: NDArray[np.float64]
    dying: NDArray[np.int32]
    ends: NDArray[np.float64]
    tally: NDArray[np.int64]
    how: int
    budget: int


def rings(budget_bytes: int, eviction: Eviction, rrsets: int) -> Rings:
    """An empty order for RRsets 0 to `rrsets` - 1."""
    slots = rrsets + RRSETS
    deaths = _DEATHS_AN_ITEM * min(slots, budget_bytes // ITEM_BYTES + 2)
    links = np.arange(slots, dtype=np.int32)
    return Rings(
        links,
        links.copy(),
        np.zeros(slots, np.uint8),
        np.zeros(slots, np.bool_),
        np.zeros(slots, np.bool_),
        np.zeros(deaths),
        np.zeros(deaths, np.int32),
        np.zeros(slots),
        np.zeros(_TALLIES, np.int64),
        int(eviction),
        budget_bytes,
    )


def with_more(of: Rings, rrsets: int) -> Rings:
    """The same order with room for more RRsets."""
    larger = rings(of.budget, Eviction(of.how), rrsets)
    larger.following[: len(of.following)] = of.following
    larger.previous[: len(of.previous)] = of.previous
    larger.marks[: len(of.marks)] = of.marks
    larger.is_ghost[: len(of.is_ghost)] = of.is_ghost
    larger.held[: len(of.held)] = of.held
    larger.deaths[: len(of.deaths)] = of.deaths
    larger.dying[: len(of.dying)] = of.dying
    larger.ends[: len(of.ends)] = of.ends
    return larger._replace(tally=of.tally)


@kernel
def is_held(of: Rings, slot: int) -> bool:
    """Whether the slot is in the cache."""
    return bool(of.held[slot])


@kernel
def over_budget(of: Rings) -> bool:
    """Whether one has to go."""
    if of.how == _S3FIFO:
        return bool(of.tally[BYTES] > of.budget)
    return bool(of.tally[HELD] > of.budget // _ITEM)


@kernel
def add(of: Rings, slot: int, end: float) -> None:
    """Take a new one in, dead from `end` on."""
    of.marks[slot] = 0
    if of.is_ghost[slot]:
        _unlink(of, slot)
        of.is_ghost[slot] = False
        of.tally[GHOSTS] -= 1
        of.tally[BYTES] -= _GHOST
        of.marks[slot] = _IN_MAIN
        _link(of, slot, _MAIN)
    else:
        of.tally[SMALL_BYTES] += _ITEM
        _link(of, slot, _SMALL)
    of.tally[BYTES] += _ITEM
    of.tally[HELD] += 1
    of.held[slot] = True
    renew(of, slot, end)


@kernel
def renew(of: Rings, slot: int, end: float) -> None:
    """It is dead later, or sooner, than was said."""
    of.ends[slot] = end
    if of.tally[DEATHS] == len(of.deaths):
        _drop_what_no_longer_holds(of)
    of.tally[DEATHS] += 1
    _rise(of, end, slot, of.tally[DEATHS] - 1)


@kernel
def use(of: Rings, slot: int) -> None:
    """It was asked for."""
    if of.how == _S3FIFO:
        if of.marks[slot] & _MOST_USES != _MOST_USES:
            of.marks[slot] += 1
    elif of.how == _LRU:
        _unlink(of, slot)
        _link(of, slot, _SMALL)


@kernel
def remove(of: Rings, slot: int) -> None:
    """It goes, for whatever reason."""
    if of.marks[slot] < _IN_MAIN:
        of.tally[SMALL_BYTES] -= _ITEM
    of.tally[BYTES] -= _ITEM
    of.tally[HELD] -= 1
    of.held[slot] = False
    _unlink(of, slot)


@kernel
def pick(of: Rings, now: float) -> int:
    """Take one out: the one longest dead, else as the order says."""
    while of.tally[DEATHS] and of.deaths[0] <= now:
        end, slot = of.deaths[0], int(of.dying[0])
        of.tally[DEATHS] -= 1
        last = of.tally[DEATHS]
        _sink(of, of.deaths[last], of.dying[last], 0)
        if of.held[slot] and of.ends[slot] == end:
            remove(of, slot)
            return slot
    if of.how != _S3FIFO:
        slot = int(of.following[_SMALL])
        remove(of, slot)
        return slot
    slot = _oldest(of)
    for _ in range(_MOST_REPRIEVES):
        if not of.marks[slot] & _MOST_USES:
            break
        _reprieve(of, slot)
        slot = _oldest(of)
    in_small = of.marks[slot] < _IN_MAIN
    if in_small:
        of.tally[BYTES] += _GHOST
        of.tally[GHOSTS] += 1
    remove(of, slot)
    if in_small:
        of.is_ghost[slot] = True
        _link(of, slot, _GHOSTS)
        while of.tally[GHOSTS] * _GHOST * 100 > of.budget * _GHOSTS_PERCENT:
            gone = of.following[_GHOSTS]
            _unlink(of, gone)
            of.is_ghost[gone] = False
            of.tally[GHOSTS] -= 1
            of.tally[BYTES] -= _GHOST
    return slot


@kernel
def _oldest(of: Rings) -> int:
    small, main = int(of.following[_SMALL]), int(of.following[_MAIN])
    has_several = small != _SMALL and of.following[small] != _SMALL
    if main == _MAIN or (has_several and of.tally[SMALL_BYTES] * 100 > of.budget * _SMALL_PERCENT):
        return small
    return main


@kernel
def _reprieve(of: Rings, slot: int) -> None:
    _unlink(of, slot)
    if of.marks[slot] & _IN_MAIN:
        of.marks[slot] -= 1
    else:
        of.tally[SMALL_BYTES] -= _ITEM
        of.marks[slot] = _IN_MAIN
    _link(of, slot, _MAIN)


@kernel
def _link(of: Rings, slot: int, ring: int) -> None:
    last = of.previous[ring]
    of.following[last] = slot
    of.previous[ring] = slot
    of.previous[slot] = last
    of.following[slot] = ring


@kernel
def _unlink(of: Rings, slot: int) -> None:
    following, previous = of.following[slot], of.previous[slot]
    of.following[previous] = following
    of.previous[following] = previous


@kernel
def _drop_what_no_longer_holds(of: Rings) -> None:
    """Leave one death for each item that is held, in a heap again."""
    kept = 0
    for at in range(of.tally[DEATHS]):
        slot = of.dying[at]
        if of.held[slot] and of.ends[slot] == of.deaths[at]:
            of.deaths[kept], of.dying[kept] = of.deaths[at], slot
            kept += 1
    of.tally[DEATHS] = kept
    for at in range(kept // 2 - 1, -1, -1):
        _sink(of, of.deaths[at], of.dying[at], at)


@kernel
def _rise(of: Rings, end: float, slot: int, at: int) -> None:
    """Put a death into the heap at an index or above it."""
    while at > 0:
        above = (at - 1) // 2
        if of.deaths[above] < end or (of.deaths[above] == end and of.dying[above] <= slot):
            break
        of.deaths[at], of.dying[at] = of.deaths[above], of.dying[above]
        at = above
    of.deaths[at], of.dying[at] = end, slot


@kernel
def _sink(of: Rings, end: float, slot: int, at: int) -> None:
    """Put a death into the heap at an index or below it."""
    length = of.tally[DEATHS]
    while 2 * at + 1 < length:
        below = 2 * at + 1
        after = below + 1
        if after < length and (
            of.deaths[after] < of.deaths[below]
            or (of.deaths[after] == of.deaths[below] and of.dying[after] < of.dying[below])
        ):
            below = after
        if of.deaths[below] > end or (of.deaths[below] == end and of.dying[below] >= slot):
            break
        of.deaths[at], of.dying[at] = of.deaths[below], of.dying[below]
        at = below
    of.deaths[at], of.dying[at] = end, slot
