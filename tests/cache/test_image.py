# SPDX-License-Identifier: ISC
"""One image: its hits come to account with the TTLs they were shown, and whoever watches hears of each."""

from __future__ import annotations

import pytest

from resolver.cache import ImageCache, RecordCache, follow
from resolver.events import nobody
from resolver.wire import Rtype
from tests.cache.making import HUGE, alias, entry, k, message, store_all


class Account:
    """Writes down what it is told; the watch too."""

    def __init__(self) -> None:
        self.told: list[tuple[int, float, float]] = []
        self.heard: list[tuple[int, float | None]] = []

    def add(self, hits: int, left: float, age: float) -> None:
        self.told.append((hits, round(left, 6), round(age, 6)))

    def renewed(self, hits: int, now: float) -> None:
        self.heard.append((hits, now))

    def settled(self, hits: int) -> None:
        self.heard.append((hits, None))


@pytest.fixture(params=[False, True], ids=["one TTL", "several"])
def scene(request: pytest.FixtureRequest) -> tuple[ImageCache, Account]:
    """An answer stored at 0 that lives to 60, kept as an image at 10."""
    records = RecordCache(HUGE, nobody)
    store_all(records, entry("b.example.", ttl=60))
    if request.param:
        store_all(records, alias("www.example.", "b.example.", ttl=300))
    chain = follow(records, k("www.example." if request.param else "b.example."), Rtype.A, 10.0, 11)
    images, account = ImageCache(HUGE, records), Account()
    shown = [record for one in chain.entries for record in one.records]
    untils = [one.lifetime.fresh_until for one in chain.entries]
    images.store(
        b"request",
        message(*shown),
        untils,
        chain.sources,
        10.0,
        stored_at=0.0,
        account=account,
        watch=account,
    )
    return images, account


def ask(images: ImageCache, now: float, times: int = 1) -> None:
    for _ in range(times):
        assert images.get(b"request", now) is not None


def test_hits_come_to_account_with_the_ttl_they_were_shown(scene: tuple[ImageCache, Account]) -> None:
    images, account = scene
    ask(images, 20.2, 3)
    ask(images, 30.5)
    assert [hits for hits, _, _ in account.told] == [3]
    images.settle(31.5)
    images.settle(32.5)
    assert [hits for hits, _, _ in account.told] == [3, 1]
    for (_, left, age), asked_at in zip(account.told, (20.2, 30.5), strict=True):
        assert 60 - asked_at - 1 <= left <= 60 - asked_at
        assert age == 60 - left  # stored at 0


def test_who_watches_hears_of_every_hit_and_of_the_first_at_its_instant(
    scene: tuple[ImageCache, Account],
) -> None:
    images, account = scene
    ask(images, 20.2, 3)
    ask(images, 30.5)
    images.settle(30.6)
    ask(images, 30.7, 2)  # nobody is told of these when they come
    images.begin_epoch()
    told = [hits for hits, _ in account.heard]
    assert sum(told) == 6
    assert [now for _, now in account.heard if now is not None] == [20.2, 30.5]
    assert told[-2:] == [1, 2]


def test_settling_forgets_what_cannot_be_hit_unheard(scene: tuple[ImageCache, Account]) -> None:
    images, _ = scene
    ask(images, 20.2)
    images.settle(20.3)
    assert len(images._unsettled) == 1  # it may be sent without a word for the rest of its second
    images.settle(25.0)
    assert not images._unsettled
    ask(images, 26.2)
    images.begin_epoch()
    assert not images._unsettled


def test_hits_count_in_the_tallies_of_their_records(scene: tuple[ImageCache, Account]) -> None:
    images, _ = scene
    ask(images, 20.2, 3)
    ask(images, 30.2, 2)
    images.settle(30.3)
    held = list(images._records.walk(0, images._records.slots))
    assert [one.tally.hits for one in held] == [5] * len(held)
