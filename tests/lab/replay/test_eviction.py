# SPDX-License-Identifier: ISC
"""The orders of eviction in plain Python; `test_replaying` holds those over arrays against them."""

from __future__ import annotations

import pytest

from resolver.lab.replay.eviction import ITEM_BYTES, ORDERS, Eviction


def gone(eviction: Eviction, asked: str, room: int) -> str:
    """Which items go when these are asked for in turn."""
    order, held, left = ORDERS[eviction](room * ITEM_BYTES), set(), ""
    for item in map(ord, asked):
        if item in held:
            order.use(item)
        else:
            order.add(item)
            held.add(item)
        while order.over_budget:
            held.discard(out := order.pick())
            left += chr(out)
    return left


def test_first_in_first_out() -> None:
    assert gone(Eviction.FIFO, "abcabdae", 3) == "abc"[:2] + "c"


def test_least_recently_used() -> None:
    assert gone(Eviction.LRU, "abcabdae", 3) == "cb"


def test_the_servers_own_keeps_what_is_used() -> None:
    left = gone(Eviction.S3FIFO, "ab" * 5 + "cdefghijklm" + "ab", 8)
    assert "a" not in left
    assert "b" not in left


@pytest.mark.parametrize("eviction", Eviction)
def test_what_is_removed_makes_room(eviction: Eviction) -> None:
    order = ORDERS[eviction](10 * ITEM_BYTES)
    for item in range(10):
        order.add(item)
    order.remove(3)
    order.add(11)
    assert not order.over_budget
    order.add(12)
    assert order.over_budget
    assert order.pick() != 3
