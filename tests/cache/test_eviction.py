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
    """An item of a size, about a number, for the oracle; and what ours says of it."""

    def __init__(self, name: int, size: int) -> None:
        self.name = name
        self.size = size


class Queue(S3Fifo):
    """The queues with the names and sizes of what they hold."""

    def __init__(self, budget: int) -> None:
        super().__init__(budget, lambda slot: self.things[slot].name)
        self.things: dict[int, Thing] = {}

    def enter(self, name: int, size: int) -> int:
        slot = self.add(name, size)
        assert slot not in self.things or self.things[slot] is GONE
        self.things[slot] = Thing(name, size)
        return slot

    def evict(self) -> int:
        """The name of what has to go."""
        slot = self.pick()
        name = self.things[slot].name
        self.things[slot] = GONE
        return name

    def is_in_main(self, slot: int) -> bool:
        return self._marks[slot] >= 4

    def uses(self, slot: int) -> int:
        return self._marks[slot] & 3


GONE = Thing(-1, 0)


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
        self._slots: dict[int, int] = {}
        self._queue = Queue(budget)

    def get(self, name: int) -> Thing | None:
        slot = self._slots.get(name)
        if slot is None:
            return None
        self._queue.use(slot)
        return self._queue.things[slot]

    def put(self, name: int, size: int) -> None:
        if size > self._budget:
            self.remove(name)
            return
        slot = self._slots.get(name)
        if slot is None:
            self._slots[name] = self._queue.enter(name, size)
        else:
            self._queue.resize(slot, size)
            self._queue.things[slot].size = size
        while self._queue.over_budget:
            del self._slots[self._queue.evict()]

    def remove(self, name: int) -> None:
        slot = self._slots.pop(name, None)
        if slot is not None:
            self._queue.remove(slot)
            self._queue.things[slot] = GONE

    def names(self) -> set[int]:
        assert len(self._queue) == len(self._slots)
        return set(self._slots)

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
    queue = Queue(BUDGET)
    queue.enter(1, 100)
    assert queue.evict() == 1
    assert queue.size_bytes == GHOST_BYTES
    again = queue.enter(1, 100)
    assert queue.is_in_main(again)
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
    queue = Queue(BUDGET)
    for name in (1, 2):
        queue.enter(name, 100)
        queue.evict()  # remembered, so that the next of the name goes to main
    slots = {}
    for name, uses in ((1, 3), (2, 1)):
        slots[name] = queue.enter(name, 100)
        for _ in range(uses):
            queue.use(slots[name])
    assert queue.evict() == 2
    assert queue.uses(slots[1]) == 1


def test_the_small_queue_knows_its_weight() -> None:
    queue, draw = Queue(BUDGET), random.Random(5)
    held: dict[int, int] = {}
    for number in range(2000):
        size = draw.randrange(1, 300)
        held[queue.enter(number % 150, size)] = size
        queue.use(draw.choice(list(held)))
        if draw.random() < 0.2:
            slot = draw.choice(list(held))
            held[slot] = draw.randrange(1, 300)
            queue.resize(slot, held[slot])
        while queue.over_budget:
            del held[queue.pick()]
        queue.things = {slot: queue.things[slot] for slot in held}
        assert queue._small_bytes == sum(size for slot, size in held.items() if not queue.is_in_main(slot))


def test_slots_are_used_again_and_never_twice_at_once() -> None:
    queue, draw = Queue(1 << 30), random.Random(11)
    held: set[int] = set()
    for name in range(3000):
        if held and draw.random() < 0.45:
            slot = draw.choice(sorted(held))
            held.remove(slot)
            queue.remove(slot)
            queue.things[slot] = GONE
        else:
            slot = queue.enter(name, 1)
            assert slot not in held
            held.add(slot)
    assert max(held) < 1000
    assert {queue.pick() for _ in range(len(held))} == held
    assert (len(queue), queue.size_bytes - len(queue._ghosts) * GHOST_BYTES) == (0, 0)


def test_names_remembered_are_bounded_and_weighed() -> None:
    queue = Queue(100_000)
    for name in range(1000):
        queue.enter(name, 100)
        queue.evict()
    assert 0 < queue.size_bytes <= 4_000


def test_picking_ends_soon_when_all_are_in_use() -> None:
    queue = Queue(10**6)
    slots = [queue.enter(name, 100) for name in range(5000)]
    for slot in slots:
        for _ in range(5):
            queue.use(slot)
    queue.pick()
    assert sum(queue.is_in_main(slot) or queue.uses(slot) < 3 for slot in slots) <= 65


def test_picking_from_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Queue(BUDGET).pick()


def test_clear_forgets_all() -> None:
    queue = Queue(BUDGET)
    for name in range(5):
        queue.enter(name, 100)
    queue.evict()
    queue.clear()
    assert (len(queue), queue.size_bytes) == (0, 0)
    queue.things.clear()
    queue.enter(1, 100)
    assert queue.evict() == 1
