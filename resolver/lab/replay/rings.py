# SPDX-License-Identifier: ISC
"""The orders of eviction over arrays by RRset: two rings, uses, names that left, and a heap of deaths.

`eviction` is the same in plain Python. Nothing here knows an instant but the deaths it is told.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from resolver.cache.eviction import GHOST_BYTES
from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.machine import compiled

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
_TALLIES: Final = 4

_FREE: Final = -1


class Rings(NamedTuple):
    """One cache's order. `place` is an RRset's index in the heap of deaths, -1 when it is not held."""

    following: NDArray[np.int32]
    previous: NDArray[np.int32]
    marks: NDArray[np.uint8]
    is_ghost: NDArray[np.bool_]
    place: NDArray[np.int32]
    heap: NDArray[np.int32]
    ends: NDArray[np.float64]
    tally: NDArray[np.int64]
    how: int
    budget: int


def rings(budget_bytes: int, eviction: Eviction, rrsets: int) -> Rings:
    """An empty order for RRsets 0 to `rrsets` - 1."""
    slots = rrsets + RRSETS
    links = np.arange(slots, dtype=np.int32)
    return Rings(
        links,
        links.copy(),
        np.zeros(slots, np.uint8),
        np.zeros(slots, np.bool_),
        np.full(slots, _FREE, np.int32),
        np.zeros(min(slots, budget_bytes // ITEM_BYTES + 2), np.int32),
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
    larger.place[: len(of.place)] = of.place
    larger.heap[: len(of.heap)] = of.heap
    larger.ends[: len(of.ends)] = of.ends
    return larger._replace(tally=of.tally)


@compiled
def is_held(of: Rings, slot: int) -> bool:
    """Whether the slot is in the cache."""
    return bool(of.place[slot] >= 0)


@compiled
def over_budget(of: Rings) -> bool:
    """Whether one has to go."""
    if of.how == _S3FIFO:
        return bool(of.tally[BYTES] > of.budget)
    return bool(of.tally[HELD] > of.budget // _ITEM)


@compiled
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
    last = of.tally[HELD]
    of.tally[HELD] += 1
    of.ends[slot] = end
    _rise(of, slot, last)


@compiled
def renew(of: Rings, slot: int, end: float) -> None:
    """It is dead later, or sooner, than was said."""
    of.ends[slot] = end
    _rise(of, slot, of.place[slot])
    _sink(of, slot, of.place[slot])


@compiled
def use(of: Rings, slot: int) -> None:
    """It was asked for."""
    if of.how == _S3FIFO:
        if of.marks[slot] & _MOST_USES != _MOST_USES:
            of.marks[slot] += 1
    elif of.how == _LRU:
        _unlink(of, slot)
        _link(of, slot, _SMALL)


@compiled
def remove(of: Rings, slot: int) -> None:
    """It goes, for whatever reason."""
    if of.marks[slot] < _IN_MAIN:
        of.tally[SMALL_BYTES] -= _ITEM
    of.tally[BYTES] -= _ITEM
    of.tally[HELD] -= 1
    _unlink(of, slot)
    hole, last = of.place[slot], of.heap[of.tally[HELD]]
    of.place[slot] = _FREE
    if last != slot:
        _rise(of, last, hole)
        _sink(of, last, of.place[last])


@compiled
def pick(of: Rings, now: float) -> int:
    """Take one out: the one longest dead, else as the order says."""
    if of.ends[of.heap[0]] <= now:
        slot = int(of.heap[0])
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


@compiled
def _oldest(of: Rings) -> int:
    small, main = int(of.following[_SMALL]), int(of.following[_MAIN])
    has_several = small != _SMALL and of.following[small] != _SMALL
    if main == _MAIN or (has_several and of.tally[SMALL_BYTES] * 100 > of.budget * _SMALL_PERCENT):
        return small
    return main


@compiled
def _reprieve(of: Rings, slot: int) -> None:
    _unlink(of, slot)
    if of.marks[slot] & _IN_MAIN:
        of.marks[slot] -= 1
    else:
        of.tally[SMALL_BYTES] -= _ITEM
        of.marks[slot] = _IN_MAIN
    _link(of, slot, _MAIN)


@compiled
def _link(of: Rings, slot: int, ring: int) -> None:
    last = of.previous[ring]
    of.following[last] = slot
    of.previous[ring] = slot
    of.previous[slot] = last
    of.following[slot] = ring


@compiled
def _unlink(of: Rings, slot: int) -> None:
    following, previous = of.following[slot], of.previous[slot]
    of.following[previous] = following
    of.previous[following] = previous


@compiled
def _is_before(of: Rings, one: int, other: int) -> bool:
    return of.ends[one] < of.ends[other] or (of.ends[one] == of.ends[other] and one < other)


@compiled
def _rise(of: Rings, slot: int, at: int) -> None:
    """Put a slot into the heap at an index or above it."""
    while at > 0:
        above = (at - 1) // 2
        other = of.heap[above]
        if not _is_before(of, slot, other):
            break
        of.heap[at] = other
        of.place[other] = at
        at = above
    of.heap[at] = slot
    of.place[slot] = at


@compiled
def _sink(of: Rings, slot: int, at: int) -> None:
    """Put a slot into the heap at an index or below it."""
    held = of.tally[HELD]
    while 2 * at + 1 < held:
        below = 2 * at + 1
        if below + 1 < held and _is_before(of, of.heap[below + 1], of.heap[below]):
            below += 1
        other = of.heap[below]
        if not _is_before(of, other, slot):
            break
        of.heap[at] = other
        of.place[other] = at
        at = below
    of.heap[at] = slot
    of.place[slot] = at
