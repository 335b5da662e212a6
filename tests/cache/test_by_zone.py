# SPDX-License-Identifier: ISC
"""Items by key that can also be removed by zone: the index never holds a key that is not here."""

import random

from resolver.cache.by_zone import ByZone


def indexed(items: ByZone[int, str]) -> set[int]:
    return {key for keys in items._index.values() for key in keys}


def test_the_index_follows_evictions_replacements_and_removals() -> None:
    items: ByZone[int, str] = ByZone(1000)
    draw = random.Random(3)
    for _ in range(5000):
        key, zone = draw.randrange(40), bytes([draw.randrange(5)])
        match draw.randrange(5):
            case 0:
                items.remove(key)
            case 1:
                items.remove_zone(zone)
                assert zone not in items._index
            case 2:
                items.get(key)
            case _:
                items.put(key, "x", zone, draw.choice((10, 100, 400, 2000)))
        assert indexed(items) == set(items)
        assert items.size_bytes <= 1000
        assert all(items._index.values())


def test_what_waits_for_no_zone_is_neither_removed_nor_looked_at() -> None:
    items: ByZone[int, str] = ByZone(1000)
    for key, zone in enumerate((b"z", None, b"z")):
        assert items.put(key, "x", zone, 10)
    assert indexed(items) == {0, 2}
    items.remove_zone(b"z")
    assert list(items) == [1]
    items.remove_zone(b"other")
    assert items.remove(1)
