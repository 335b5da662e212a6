# SPDX-License-Identifier: ISC
"""One contract for every store bounded in bytes: cachetools.LRUCache is the oracle, S3-FIFO keeps it too."""

from __future__ import annotations

import bisect
import itertools
import random
from typing import Protocol

import pytest
from cachetools import LRUCache

from resolver.cache.eviction import GHOST_BYTES, S3Fifo
from resolver.cache.lru import WatchedLru

BUDGET = 10_000


class Thing:
    """An item of a size, about a number."""

    def __init__(self, name: int, size: int) -> None:
        self.name = name
        self.size = size
        self.uses = 0
        self.in_main = False


class Store(Protocol):
    """What every store is held to here."""

    def get(self, name: int) -> Thing | None: ...
    def put(self, name: int, size: int) -> None: ...
    def remove(self, name: int) -> None: ...
    def names(self) -> set[int]: ...
    @property
    def size_bytes(self) -> int: ...


class S3Store:
    """The queues, driven as the record cache drives them."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._things: dict[int, Thing] = {}
        self._queue: S3Fifo[Thing] = S3Fifo(budget)

    def get(self, name: int) -> Thing | None:
        thing = self._things.get(name)
        if thing is not None:
            self._queue.use(thing)
        return thing

    def put(self, name: int, size: int) -> None:
        if size > self._budget:
            self.remove(name)
            return
        thing = self._things.get(name)
        if thing is None:
            thing = self._things[name] = Thing(name, size)
            self._queue.add(thing)
        else:
            self._queue.resize(thing, size)
        while self._queue.over_budget:
            del self._things[self._queue.pick().name]

    def remove(self, name: int) -> None:
        thing = self._things.pop(name, None)
        if thing is not None:
            self._queue.remove(thing)

    def names(self) -> set[int]:
        return set(self._things)

    @property
    def size_bytes(self) -> int:
        return self._queue.size_bytes


class LruStore:
    """The oracle."""

    def __init__(self, budget: int) -> None:
        self._things: LRUCache[int, Thing] = LRUCache(budget, getsizeof=lambda thing: thing.size)

    def get(self, name: int) -> Thing | None:
        return self._things.get(name)

    def put(self, name: int, size: int) -> None:
        try:
            self._things[name] = Thing(name, size)
        except ValueError:
            self._things.pop(name, None)

    def remove(self, name: int) -> None:
        self._things.pop(name, None)

    def names(self) -> set[int]:
        return set(self._things)

    @property
    def size_bytes(self) -> int:
        return int(self._things.currsize)


class WatchedStore(LruStore):
    """Our subclass of the oracle, whose listener has to know at all times what is in it."""

    def __init__(self, budget: int) -> None:
        self._held: set[int] = set()
        self._things = WatchedLru(
            budget, lambda thing: thing.size, lambda name, thing: self._held.remove(name)
        )

    def put(self, name: int, size: int) -> None:
        if self._things.put(name, Thing(name, size)):
            self._held.add(name)

    def names(self) -> set[int]:
        assert self._held == set(self._things)
        return self._held


@pytest.mark.parametrize("kind", [S3Store, LruStore, WatchedStore])
class TestContract:
    def test_what_was_put_is_got_while_there_is_room(self, kind: type[Store]) -> None:
        store = kind(BUDGET)
        for name in range(10):
            store.put(name, 100 + name)
        assert [store.get(name).size for name in range(10)] == list(range(100, 110))
        assert store.size_bytes == sum(range(100, 110))

    def test_putting_again_replaces(self, kind: type[Store]) -> None:
        store = kind(BUDGET)
        store.put(1, 100)
        store.put(1, 300)
        assert (store.names(), store.size_bytes) == ({1}, 300)

    def test_removing_gives_the_bytes_back(self, kind: type[Store]) -> None:
        store = kind(BUDGET)
        store.put(1, 100)
        store.remove(1)
        store.remove(1)
        assert (store.names(), store.size_bytes, store.get(1)) == (set(), 0, None)

    def test_an_item_over_the_whole_budget_is_refused(self, kind: type[Store]) -> None:
        store = kind(BUDGET)
        store.put(1, 100)
        store.put(2, 100)
        store.put(1, BUDGET + 1)
        assert store.names() == {2}

    def test_an_item_of_the_whole_budget_is_not_an_error(self, kind: type[Store]) -> None:
        store = kind(BUDGET)
        for name in range(50):
            store.put(name, 400)
        store.put(99, BUDGET)
        assert store.size_bytes <= BUDGET

    @pytest.mark.parametrize("seed", range(5))
    def test_the_budget_holds_after_every_step(self, kind: type[Store], seed: int) -> None:
        draw, store = random.Random(seed), kind(BUDGET)
        for _ in range(3000):
            name = draw.randrange(60)
            match draw.randrange(8):
                case 0:
                    store.remove(name)
                    assert name not in store.names()
                case 1 | 2 | 3:
                    thing = store.get(name)
                    assert (thing is not None) is (name in store.names())
                case _:
                    store.put(name, draw.choice((1, 50, 700, 4000, BUDGET, BUDGET + 1)))
            assert store.size_bytes <= BUDGET


def test_without_pressure_it_holds_what_the_oracle_holds() -> None:
    ours, oracle, draw = S3Store(1 << 30), LruStore(1 << 30), random.Random(7)
    for _ in range(5000):
        name, size = draw.randrange(300), draw.randrange(1, 500)
        if draw.random() < 0.3:
            ours.remove(name)
            oracle.remove(name)
        else:
            ours.put(name, size)
            oracle.put(name, size)
        assert ours.size_bytes == oracle.size_bytes
    assert ours.names() == oracle.names()


def _hit_ratio(store: Store, questions: list[int]) -> float:
    hits = 0
    for name in questions:
        if store.get(name) is None:
            store.put(name, 100)
        else:
            hits += 1
    return hits / len(questions)


def _zipf(seed: int, count: int, names: int = 2000, skew: float = 0.9) -> list[int]:
    draw = random.Random(seed)
    weights = list(itertools.accumulate(rank**-skew for rank in range(1, names + 1)))
    return [bisect.bisect(weights, draw.random() * weights[-1]) for _ in range(count)]


def test_on_popular_names_it_is_no_worse_than_the_oracle() -> None:
    questions = _zipf(1, 30_000)
    assert _hit_ratio(S3Store(20_000), questions) >= _hit_ratio(LruStore(20_000), questions)


def test_a_scan_of_one_time_names_ruins_the_oracle_and_not_ours() -> None:
    # Every other question is for a name that never comes back.
    popular = _zipf(2, 20_000, names=150)
    questions = [name for pair in zip(popular, itertools.count(10**6), strict=False) for name in pair]
    ours, oracle = _hit_ratio(S3Store(10_000), questions), _hit_ratio(LruStore(10_000), questions)
    assert ours > oracle + 0.05


def test_a_name_that_comes_back_soon_goes_to_main() -> None:
    queue: S3Fifo[Thing] = S3Fifo(BUDGET)
    first = Thing(1, 100)
    queue.add(first)
    assert queue.pick() is first
    assert queue.size_bytes == GHOST_BYTES
    again = Thing(1, 100)
    queue.add(again)
    assert again.in_main
    assert queue.size_bytes == 100


def test_what_was_used_once_long_ago_leaves_before_what_is_used_all_the_time() -> None:
    store = S3Store(BUDGET)
    for name in range(80):
        store.put(name, 100)
        store.get(name)
    for name in range(1000, 1300):
        store.put(name, 100)
        store.get(name)
        store.get(7)
    assert 7 in store.names()
    assert len(store.names() & set(range(80))) < 20


def test_each_reprieve_in_main_costs_a_use() -> None:
    queue: S3Fifo[Thing] = S3Fifo(BUDGET)
    often, once = Thing(1, 100), Thing(2, 100)
    for thing in (Thing(1, 100), Thing(2, 100)):
        queue.add(thing)
        queue.pick()  # remembered, so that the next of the name goes to main
    for thing, uses in ((often, 3), (once, 1)):
        queue.add(thing)
        for _ in range(uses):
            queue.use(thing)
    assert queue.pick() is once
    assert often.uses == 1


def test_the_small_queue_knows_its_weight() -> None:
    queue, draw, held = S3Fifo[Thing](BUDGET), random.Random(5), []
    for name in range(2000):
        thing = Thing(name % 150, draw.randrange(1, 300))
        queue.add(thing)
        held.append(thing)
        queue.use(draw.choice(held))
        if draw.random() < 0.2:
            queue.resize(draw.choice(held), draw.randrange(1, 300))
        while queue.over_budget:
            held.remove(queue.pick())
        assert queue._small_bytes == sum(thing.size for thing in held if not thing.in_main)


def test_names_remembered_are_bounded_and_weighed() -> None:
    queue: S3Fifo[Thing] = S3Fifo(100_000)
    for name in range(1000):
        queue.add(Thing(name, 100))
        queue.pick()
    assert 0 < queue.size_bytes <= 4_000


def test_picking_ends_soon_when_all_are_in_use() -> None:
    queue: S3Fifo[Thing] = S3Fifo(10**6)
    things = [Thing(name, 100) for name in range(5000)]
    for thing in things:
        queue.add(thing)
        for _ in range(5):
            queue.use(thing)
    queue.pick()
    assert sum(thing.in_main or thing.uses < 3 for thing in things) <= 65


def test_picking_from_nothing_is_an_error() -> None:
    queue: S3Fifo[Thing] = S3Fifo(BUDGET)
    with pytest.raises(KeyError):
        queue.pick()


def test_clear_forgets_all() -> None:
    queue: S3Fifo[Thing] = S3Fifo(BUDGET)
    for name in range(5):
        queue.add(Thing(name, 100))
    queue.pick()
    queue.clear()
    assert (len(queue), queue.size_bytes) == (0, 0)
