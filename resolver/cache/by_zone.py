# SPDX-License-Identifier: ISC
"""A least-recently-used cache whose items may wait for a zone, and go when that answers. It knows no instants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from resolver.cache.lru import WatchedLru

K = TypeVar("K")
V = TypeVar("V")


class ByZone(Generic[K, V]):
    """Items by key, least recently used out first; the index of zones never holds a key that is not here."""

    def __init__(self, max_bytes: int) -> None:
        self._index: dict[bytes, set[K]] = {}
        self._items: WatchedLru[K, tuple[int, bytes | None, V]] = WatchedLru(
            max_bytes, _weight, self._unindex
        )

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[K]:
        return iter(list(self._items))

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much."""
        return int(self._items.currsize)

    def get(self, key: K) -> V | None:
        """The value, or None."""
        item = self._items.get(key)
        return None if item is None else item[2]

    def put(self, key: K, value: V, zone: bytes | None, weight: int) -> bool:
        """Take a value in, which waits for `zone` or for none; False when it weighs more than all that fits.

        The old value is gone either way.
        """
        if not self._items.put(key, (weight, zone, value)):
            return False
        if zone is not None:
            self._index.setdefault(zone, set()).add(key)
        return True

    def remove(self, key: K) -> bool:
        """Remove an item, if it is here."""
        return self._items.pop(key, None) is not None

    def remove_zone(self, zone: bytes) -> None:
        """Remove the items that wait for `zone`. One look-up when there are none: it runs at every reply."""
        for key in tuple(self._index.get(zone, ())):
            self.remove(key)

    def _unindex(self, key: K, item: tuple[int, bytes | None, V]) -> None:
        zone = item[1]
        if zone is None:
            return
        keys = self._index[zone]
        keys.discard(key)
        if not keys:
            del self._index[zone]


def _weight(item: tuple[int, bytes | None, object]) -> int:
    return item[0]
