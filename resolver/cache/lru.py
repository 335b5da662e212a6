# SPDX-License-Identifier: ISC
"""cachetools.LRUCache with two additions: it tells of each item that leaves, and refuses instead of raising."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cachetools import LRUCache

K = TypeVar("K")
V = TypeVar("V")


class WatchedLru(LRUCache[K, V]):
    """Least recently used out first, bounded by the sum of `getsizeof`; `on_gone` hears of every item that leaves."""

    def __init__(
        self, max_bytes: int, getsizeof: Callable[[V], int], on_gone: Callable[[K, V], None]
    ) -> None:
        super().__init__(max_bytes, getsizeof=getsizeof)
        self._on_gone = on_gone

    def __delitem__(self, key: K) -> None:
        # cachetools evicts, pops and removes by `del`; only `clear` goes another way, and is not used.
        value = self[key]
        super().__delitem__(key)
        self._on_gone(key, value)

    def put(self, key: K, value: V) -> bool:
        """Take an item in; False when it weighs more than all that fits. The old item leaves either way."""
        self.pop(key, None)
        try:
            self[key] = value
        except ValueError:
            return False
        return True
