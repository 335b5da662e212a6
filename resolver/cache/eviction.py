# SPDX-License-Identifier: ISC
"""Which item goes when bytes run out: S3-FIFO (Yang et al., SOSP 2023), accounted in bytes. It never looks at time.

    new ──► small (a tenth) ──used since──► main (the rest) ──used since──► main again
                  │                              │
                  └─not used─► out, name kept    └─not used─► out
                                 │
    new, name still remembered ──┴──► main

A name asked for once leaves through the small queue and cannot push out what people use.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, Protocol, TypeVar

_SMALL_PERCENT: Final = 10
# Names remembered after leaving the small queue, as a share of the budget, and what one weighs (dict node and number).
_GHOSTS_PERCENT: Final = 4
GHOST_BYTES: Final = 160
# The paper's two-bit counter.
_MOST_USES: Final = 3
# An item is passed over this often in one search at most: all of main may be in use, and a search must end soon.
_MOST_REPRIEVES: Final = 64


class Item(Protocol):
    """What the queues need of an item: its weight, fixed while queued, and a count of uses that is theirs to keep."""

    size: int
    uses: int
    in_main: bool

    @property
    def name(self) -> Hashable:
        """What the item is about: equal for the next item about the same."""


T = TypeVar("T", bound=Item)


class S3Fifo(Generic[T]):
    """The order in which items go. It decides; whoever owns the items takes them out."""

    __slots__ = ("_budget", "_ghosts", "_main", "_small", "_small_bytes", "size_bytes")

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._small: OrderedDict[T, None] = OrderedDict()
        self._main: OrderedDict[T, None] = OrderedDict()
        self._ghosts: OrderedDict[int, None] = OrderedDict()
        self._small_bytes = 0
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._small) + len(self._main)

    @property
    def over_budget(self) -> bool:
        """Whether something has to go."""
        return self.size_bytes > self._budget

    def add(self, item: T) -> None:
        """Queue a new item."""
        item.uses = 0
        ghost = hash(item.name)
        item.in_main = ghost in self._ghosts
        if item.in_main:
            del self._ghosts[ghost]
            self.size_bytes -= GHOST_BYTES
            self._main[item] = None
        else:
            self._small[item] = None
            self._small_bytes += item.size
        self.size_bytes += item.size

    def remove(self, item: T) -> None:
        """Take an item out, for whatever reason; it must be queued."""
        if item.in_main:
            del self._main[item]
        else:
            del self._small[item]
            self._small_bytes -= item.size
        self.size_bytes -= item.size

    def resize(self, item: T, size: int) -> None:
        """Give a queued item another weight; it keeps its place and its uses."""
        if not item.in_main:
            self._small_bytes += size - item.size
        self.size_bytes += size - item.size
        item.size = size

    @staticmethod
    def use(item: T) -> None:
        """Note that somebody asked for the item."""
        if item.uses < _MOST_USES:
            item.uses += 1

    def pick(self) -> T:
        """Take out and return the item to evict. Raises KeyError when there is none."""
        for _ in range(_MOST_REPRIEVES):
            item = self._oldest()
            if item.uses == 0:
                break
            self._reprieve(item)
        else:
            item = self._oldest()
        self.remove(item)
        if not item.in_main:
            self._remember(item)
        return item

    def clear(self) -> None:
        """Forget all items and all names."""
        for queue in (self._small, self._main, self._ghosts):
            queue.clear()
        self._small_bytes = self.size_bytes = 0

    def _oldest(self) -> T:
        """The next candidate: from the small queue while that is above its share."""
        from_small = self._small_bytes * 100 > self._budget * _SMALL_PERCENT and len(self._small) > 1
        queue = self._small if (from_small or not self._main) else self._main
        for item in queue:
            return item
        raise KeyError("nothing is queued")

    def _reprieve(self, item: T) -> None:
        """Used since it was last looked at: to the end of main. What enters main has to be used there to stay."""
        if item.in_main:
            item.uses -= 1
            self._main.move_to_end(item)
        else:
            del self._small[item]
            self._small_bytes -= item.size
            item.uses = 0
            item.in_main = True
            self._main[item] = None

    def _remember(self, item: T) -> None:
        """Keep the name of what left the small queue: should it come back soon, it was not a one-time name."""
        self._ghosts[hash(item.name)] = None
        self.size_bytes += GHOST_BYTES
        while len(self._ghosts) * GHOST_BYTES * 100 > self._budget * _GHOSTS_PERCENT:
            self._ghosts.popitem(last=False)
            self.size_bytes -= GHOST_BYTES
