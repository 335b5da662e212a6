# SPDX-License-Identifier: ISC
"""Which RRset goes when space runs out, in plain Python: one protocol, three orders. `bounded` says the same in arrays.

`S3Fifo` is the server's own (`cache.eviction`). Weights are in bytes; no instant is looked at.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum
from typing import Final, Protocol

from resolver.cache.budget import SLOT, packed_bytes
from resolver.cache.eviction import S3Fifo


class Eviction(IntEnum):
    """The orders there are."""

    S3FIFO = 0
    LRU = 1
    FIFO = 2


# What one RRset weighs in the server's record cache: a name of 20 octets and two addresses of four.
ITEM_BYTES: Final = packed_bytes(20, 60) + SLOT


class Order(Protocol):
    """Who is held, by number of RRset, and who goes next."""

    @property
    def over_budget(self) -> bool:
        """Whether one has to go."""
        ...

    def add(self, rrset: int) -> None:
        """Take a new one in."""
        ...

    def use(self, rrset: int) -> None:
        """Note that it was asked for."""
        ...

    def remove(self, rrset: int) -> None:
        """Take one out, for another reason than space."""
        ...

    def pick(self) -> int:
        """Take the next one out, and name it."""
        ...


class Queue:
    """First in first out, or with `renews` least recently used first out."""

    def __init__(self, budget_bytes: int, *, renews: bool) -> None:
        self._most = budget_bytes // ITEM_BYTES
        self._renews = renews
        self._held: OrderedDict[int, None] = OrderedDict()

    @property
    def over_budget(self) -> bool:
        """Whether one has to go."""
        return len(self._held) > self._most

    def add(self, rrset: int) -> None:
        """A new one, at the end."""
        self._held[rrset] = None

    def use(self, rrset: int) -> None:
        """It was asked for."""
        if self._renews:
            self._held.move_to_end(rrset)

    def remove(self, rrset: int) -> None:
        """It goes, for another reason."""
        del self._held[rrset]

    def pick(self) -> int:
        """The next to go, and it goes."""
        return self._held.popitem(last=False)[0]


class ServersOwn:
    """The server's S3-FIFO, with RRsets for slots."""

    def __init__(self, budget_bytes: int) -> None:
        self._rrset_in: dict[int, int] = {}
        self._slot_of: dict[int, int] = {}
        self._queue = S3Fifo(budget_bytes, self._rrset_in.__getitem__)

    @property
    def over_budget(self) -> bool:
        """Whether one has to go."""
        return self._queue.over_budget

    def add(self, rrset: int) -> None:
        """A new one."""
        slot = self._queue.add(rrset, ITEM_BYTES)
        self._rrset_in[slot] = rrset
        self._slot_of[rrset] = slot

    def use(self, rrset: int) -> None:
        """It was asked for."""
        self._queue.use(self._slot_of[rrset])

    def remove(self, rrset: int) -> None:
        """It goes, for another reason."""
        slot = self._slot_of.pop(rrset)
        self._queue.remove(slot)
        del self._rrset_in[slot]

    def pick(self) -> int:
        """The next to go, and it goes."""
        rrset = self._rrset_in.pop(self._queue.pick())
        del self._slot_of[rrset]
        return rrset


ORDERS: Final[dict[Eviction, Callable[[int], Order]]] = {
    Eviction.S3FIFO: ServersOwn,
    Eviction.LRU: lambda budget: Queue(budget, renews=True),
    Eviction.FIFO: lambda budget: Queue(budget, renews=False),
}
