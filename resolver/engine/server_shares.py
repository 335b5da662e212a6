# SPDX-License-Identifier: ISC
"""How many queries each server address has not answered yet, and whether it may be sent more. Pure: counts alone.

Nothing is remembered of a server here that outlives its queries: one that is full is not slow, not lame and not down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

KEY: Final = "admission.fetches_per_server"  # the limit's name

K = TypeVar("K")


def one_less(counts: dict[K, int], key: K) -> int:
    """Count one less; what is left. Zero is not stored, so a table is empty when nobody holds anything."""
    left = counts.get(key, 0) - 1
    if left > 0:
        counts[key] = left
        return left
    counts.pop(key, None)
    return 0


class ServerShares:
    """Open queries by server address, at most `most` of them each (BIND fetches-per-server).

    `bites(key)` is told each time a server is found full, and says whether that is to have consequences.
    """

    __slots__ = ("_bites", "_most", "_open")

    def __init__(self, most: int, bites: Callable[[str], bool]) -> None:
        self._most = most
        self._bites = bites
        self._open: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def has_room(self, address: str) -> bool:
        """Whether the server may be sent one more: asked before every query, so nothing else is done here."""
        return self._open.get(address, 0) < self._most

    def turns_away(self, address: str) -> bool:
        """Whether a question that has not asked this server yet must go by it; told of when it is full."""
        return not self.has_room(address) and self._bites(KEY)

    def enter(self, address: str) -> None:
        """A query goes out."""
        self._open[address] = self._open.get(address, 0) + 1

    def leave(self, address: str) -> None:
        """One was answered or given up."""
        one_less(self._open, address)


def unbounded() -> ServerShares:
    """For an engine without a service: counts, and finds no server full."""
    return ServerShares(1 << 62, lambda limit: False)
