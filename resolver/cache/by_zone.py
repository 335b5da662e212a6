# SPDX-License-Identifier: ISC
"""A least-recently-used cache whose items can also be removed by the zone they wait for. It knows no instants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from resolver.cache.lru import WatchedLru

K = TypeVar("K")
V = TypeVar("V")


class ByZone(Generic[K, V]):
    """Items by key, least recently used out first; the index of zones never holds a key that is not here."""

    def __init__(self, max_bytes: int) -> None:
        self._index: dict[bytes, set[K]] = {}
        self._items: WatchedLru[K, tuple[int, bytes, V]] = WatchedLru(max_bytes, _weight, self._unindex)

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

    def put(self, key: K, value: V, zone: bytes, weight: int) -> bool:
        """Take a value in; False when it weighs more than all that fits. The old value is gone either way."""
        if not self._items.put(key, (weight, zone, value)):
            return False
        self._index.setdefault(zone, set()).add(key)
        return True

    def remove(self, key: K) -> bool:
        """Remove an item, if it is here."""
        return self._items.pop(key, None) is not None

    def remove_zone(self, zone: bytes, wanted: Callable[[V], bool] = lambda value: True) -> None:
        """Remove the items that wait for `zone` and are `wanted`. One look-up when there are none."""
        keys = self._index.get(zone)
        if keys is None:
            return
        for key in list(keys):
            item = self._items.get(key)
            if item is not None and wanted(item[2]):
                self.remove(key)

    def _unindex(self, key: K, item: tuple[int, bytes, V]) -> None:
        zone = item[1]
        keys = self._index[zone]
        keys.discard(key)
        if not keys:
            del self._index[zone]


def _weight(item: tuple[int, bytes, object]) -> int:
    return item[0]
