# SPDX-License-Identifier: ISC
"""The listener of WatchedLru; the rest of its contract is in test_eviction."""

from resolver.cache.lru import WatchedLru


def test_it_tells_of_each_item_that_leaves_exactly_once() -> None:
    gone: list[tuple[str, int]] = []
    cache: WatchedLru[str, int] = WatchedLru(
        10, lambda size: size, lambda key, size: gone.append((key, size))
    )
    assert cache.put("a", 4)
    assert cache.put("b", 4)
    assert cache.put("c", 5)  # evicts a
    assert cache.put("b", 5)  # replaces b
    assert cache.pop("c") == 5
    assert not cache.put("b", 11)  # b leaves all the same
    assert gone == [("a", 4), ("b", 4), ("c", 5), ("b", 5)]
    assert (len(cache), cache.currsize) == (0, 0)
