# SPDX-License-Identifier: ISC
"""Which item goes when bytes run out: S3-FIFO (Yang et al., SOSP 2023), accounted in bytes. It never looks at time.

    new ──► small (a tenth) ──used since──► main (the rest) ──used since──► main again
                  │                              │
                  └─not used─► out, name kept    └─not used─► out
                                 │
    new, name still remembered ──┴──► main

A name asked for once leaves through the small queue and cannot push out what people use. An item is a number, its
*slot*, and each queue a ring of slots: thirteen bytes an item in all, none of them an object.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

_SMALL_PERCENT: Final = 10
# Names remembered after leaving the small queue, as a share of the budget, and what one weighs (dict node and number).
_GHOSTS_PERCENT: Final = 4
GHOST_BYTES: Final = 160
# The paper's two-bit counter, and where it is said that an item is in main.
_MOST_USES: Final = 3
_IN_MAIN: Final = 4
# An item is passed over this often in one search at most: all of main may be in use, and a search must end soon.
_MOST_REPRIEVES: Final = 64
# The rings begin and end at slots that hold nothing.
_SMALL: Final = 0
_MAIN: Final = 1


class S3Fifo:
    """The order in which slots are vacated. It numbers and decides; whoever owns the items takes them out.

    `name_of` tells what the item in a slot is about: equal for the next item about the same.
    """

    __slots__ = (
        "_budget",
        "_count",
        "_free",
        "_ghosts",
        "_marks",
        "_name_of",
        "_next",
        "_previous",
        "_sizes",
        "_small_bytes",
        "size_bytes",
    )

    def __init__(self, budget_bytes: int, name_of: Callable[[int], Hashable]) -> None:
        self._budget = budget_bytes
        self._name_of = name_of
        self._ghosts: OrderedDict[int, None] = OrderedDict()
        self._next = array("I")
        self._previous = array("I")
        self._sizes = array("I")
        self._marks = bytearray()
        self._free = self._count = self._small_bytes = self.size_bytes = 0
        self.clear()

    def __len__(self) -> int:
        return self._count

    @property
    def over_budget(self) -> bool:
        """Whether something has to go."""
        return self.size_bytes > self._budget

    def add(self, name: Hashable, size: int) -> int:
        """Queue a new item; its slot is one that is free."""
        slot = self._free
        if slot:
            self._free = self._next[slot]
            self._sizes[slot] = size
            self._marks[slot] = 0
        else:
            slot = len(self._next)
            self._next.append(0)
            self._previous.append(0)
            self._sizes.append(size)
            self._marks.append(0)
        ghost = hash(name)
        if ghost in self._ghosts:
            del self._ghosts[ghost]
            self.size_bytes -= GHOST_BYTES
            self._marks[slot] = _IN_MAIN
            self._link(slot, _MAIN)
        else:
            self._small_bytes += size
            self._link(slot, _SMALL)
        self._count += 1
        self.size_bytes += size
        return slot

    def remove(self, slot: int) -> None:
        """Vacate a slot, for whatever reason; it must be taken. Its number may be used again from now on."""
        size = self._sizes[slot]
        if self._marks[slot] < _IN_MAIN:
            self._small_bytes -= size
        self.size_bytes -= size
        self._count -= 1
        self._unlink(slot)
        self._next[slot] = self._free
        self._free = slot

    def resize(self, slot: int, size: int) -> None:
        """Give an item another weight; it keeps its place and its uses."""
        change = size - self._sizes[slot]
        if self._marks[slot] < _IN_MAIN:
            self._small_bytes += change
        self.size_bytes += change
        self._sizes[slot] = size

    def size_of(self, slot: int) -> int:
        """The weight of an item."""
        return self._sizes[slot]

    def use(self, slot: int) -> None:
        """Note that somebody asked for the item."""
        if self._marks[slot] & _MOST_USES != _MOST_USES:
            self._marks[slot] += 1

    def pick(self) -> int:
        """Vacate a slot and return it: its item is the one to evict. Raises KeyError when there is none."""
        for _ in range(_MOST_REPRIEVES):
            slot = self._oldest()
            if not self._marks[slot] & _MOST_USES:
                break
            self._reprieve(slot)
        else:
            slot = self._oldest()
        if self._marks[slot] < _IN_MAIN:
            self._remember(slot)
        self.remove(slot)
        return slot

    def clear(self) -> None:
        """Forget all items and all names."""
        for links in (self._next, self._previous):
            links[:] = array("I", (_SMALL, _MAIN))
        self._sizes[:] = array("I", (0, 0))
        self._marks[:] = bytes(2)
        self._ghosts.clear()
        self._free = self._count = self._small_bytes = self.size_bytes = 0

    def _oldest(self) -> int:
        """The next candidate: from the small queue while that is above its share."""
        small, main = self._next[_SMALL], self._next[_MAIN]
        has_several = small != _SMALL and self._next[small] != _SMALL
        if main == _MAIN or (has_several and self._small_bytes * 100 > self._budget * _SMALL_PERCENT):
            if small == _SMALL:
                raise KeyError("nothing is queued")
            return small
        return main

    def _reprieve(self, slot: int) -> None:
        """Used since it was last looked at: to the end of main. What enters main has to be used there to stay."""
        self._unlink(slot)
        if self._marks[slot] & _IN_MAIN:
            self._marks[slot] -= 1
        else:
            self._small_bytes -= self._sizes[slot]
            self._marks[slot] = _IN_MAIN
        self._link(slot, _MAIN)

    def _remember(self, slot: int) -> None:
        """Keep the name of what left the small queue: should it come back soon, it was not a one-time name."""
        self._ghosts[hash(self._name_of(slot))] = None
        self.size_bytes += GHOST_BYTES
        while len(self._ghosts) * GHOST_BYTES * 100 > self._budget * _GHOSTS_PERCENT:
            self._ghosts.popitem(last=False)
            self.size_bytes -= GHOST_BYTES

    def _link(self, slot: int, ring: int) -> None:
        """Put a slot at the end of a ring."""
        following, previous = self._next, self._previous
        last = previous[ring]
        following[last] = previous[ring] = slot
        previous[slot] = last
        following[slot] = ring

    def _unlink(self, slot: int) -> None:
        """Take a slot out of its ring."""
        following, previous = self._next[slot], self._previous[slot]
        self._next[previous] = following
        self._previous[following] = previous
