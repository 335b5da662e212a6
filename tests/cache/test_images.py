# SPDX-License-Identifier: ISC
"""Finished answers: aged like their records, dead with the first of them, void with any of them."""

from __future__ import annotations

from math import inf

import pytest

from resolver.cache import Image, ImageCache, RecordCache, follow
from resolver.cache.flushes import Flush
from resolver.cache.images import MOST_OF_ONE
from resolver.events import nobody
from resolver.policy import shown_ttl
from resolver.wire import Rtype, parse
from tests.cache.making import HUGE, alias, denial, entry, k, message, store_all

A = Rtype.A
WWW = k("www.example.")


@pytest.fixture
def records() -> RecordCache:
    records = RecordCache(HUGE, nobody)
    store_all(records, alias("www.example.", "b.example.", ttl=300), entry("b.example.", ttl=60))
    return records


@pytest.fixture
def images(records: RecordCache) -> ImageCache:
    return ImageCache(HUGE, records)


def keep(
    images: ImageCache, records: RecordCache, now: float = 0.0, key: bytes = b"request", **more: float
) -> bool:
    chain = follow(records, WWW, A, now, 11, mark_use=False)
    shown = [record for one in chain.entries for record in one.records]
    untils = [one.lifetime.fresh_until for one in chain.entries for _ in one.records]
    return images.store(key, message(*shown), untils, chain.sources, now, **more)


def ttls(image: Image | None) -> list[int]:
    assert image is not None
    return [record.ttl for record in parse(image.answer(b"\x12\x34")).answer]


def indexed(images: ImageCache) -> dict[int, set[bytes]]:
    """The requests whose images each slot voids."""
    return {
        slot: {image.key for image in ((made,) if isinstance(made, Image) else made)}
        for slot, made in enumerate(images._by_slot)
        if made is not None
    }


def test_an_answer_carries_the_id_of_its_request(images: ImageCache, records: RecordCache) -> None:
    assert keep(images, records)
    image = images.get(b"request", 0.0)
    assert image is not None
    assert parse(image.answer(b"\xab\xcd")).id == 0xABCD
    assert images.get(b"other request", 0.0) is None


def test_rfc1035_section3_2_1_ttls_count_down_as_the_judge_says(
    images: ImageCache, records: RecordCache
) -> None:
    keep(images, records)
    first, second = follow(records, WWW, A, 0.0, 11).entries
    for tenth in range(600):
        now = tenth / 10
        shown = ttls(images.get(b"request", now))
        assert shown[1] == shown_ttl(second.lifetime, now, 30)
        assert shown[0] == shown_ttl(first.lifetime, now, 30)


def test_records_of_another_phase_show_a_second_less_at_most(
    images: ImageCache, records: RecordCache
) -> None:
    store_all(records, alias("www.example.", "b.example.", ttl=300, now=0.7), now=0.7)
    keep(images, records, 1.0)
    life = follow(records, WWW, A, 1.0, 11).entries[0].lifetime
    for tenth in range(10, 600):
        shown = ttls(images.get(b"request", tenth / 10))[0]
        assert 0 <= shown_ttl(life, tenth / 10, 30) - shown <= 1


def test_a_clock_that_jumps_back_raises_no_ttl(images: ImageCache, records: RecordCache) -> None:
    keep(images, records)
    first = ttls(images.get(b"request", -3600.0))
    assert first == ttls(images.get(b"request", 0.0))


def test_no_ttl_ever_falls_below_one(images: ImageCache, records: RecordCache) -> None:
    keep(images, records)
    assert ttls(images.get(b"request", 59.99)) == [240, 1]


def test_ttls_are_rewritten_at_most_once_a_second(images: ImageCache, records: RecordCache) -> None:
    keep(images, records)
    image = images.get(b"request", 0.25)
    assert image is not None
    assert sum(image.age(0.25 + step / 100) for step in range(2000)) == 20


def test_it_dies_with_the_first_of_its_records(images: ImageCache, records: RecordCache) -> None:
    keep(images, records)
    assert images.get(b"request", 60.0) is None
    assert (len(images), images.size_bytes) == (0, 0)


def test_its_life_may_be_bounded_further(images: ImageCache, records: RecordCache) -> None:
    keep(images, records, fresh_until=7.0)
    assert images.get(b"request", 6.9) is not None
    assert images.get(b"request", 7.0) is None


class TestPrefetch:
    def test_one_caller_goes_the_slow_way(self, images: ImageCache, records: RecordCache) -> None:
        keep(images, records, prefetch_at=54.0)
        found = [images.get(b"request", at) is not None for at in (53.9, 54.0, 54.0, 59.0)]
        assert found == [True, False, True, True]

    def test_what_the_slow_way_stores_anew_does_not_send_another(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        keep(images, records, prefetch_at=54.0)
        assert images.get(b"request", 55.0) is None
        assert keep(images, records, 55.0, prefetch_at=54.0)
        assert images.get(b"request", 55.1) is not None


class TestVoid:
    @pytest.mark.parametrize("link", ["www.example.", "b.example."])
    def test_a_flushed_record_answers_no_more(
        self, images: ImageCache, records: RecordCache, link: str
    ) -> None:
        keep(images, records)
        records.flush(k(link))
        assert images.get(b"request", 0.0) is None

    def test_a_replaced_record_answers_no_more(self, images: ImageCache, records: RecordCache) -> None:
        keep(images, records)
        store_all(records, entry("b.example.", A, b"\2\2\2\2"))
        assert images.get(b"request", 0.0) is None

    def test_a_record_deleted_by_ttl_zero_answers_no_more(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        keep(images, records)
        records.store(entry("b.example.", ttl=0), 1.0)
        assert images.get(b"request", 1.0) is None

    def test_a_denied_record_answers_no_more(self, images: ImageCache, records: RecordCache) -> None:
        keep(images, records)
        store_all(records, denial("b.example."))
        assert images.get(b"request", 0.0) is None

    def test_an_evicted_record_answers_no_more(self) -> None:
        records = RecordCache(50_000, nobody)
        images = ImageCache(HUGE, records)
        store_all(records, alias("www.example.", "b.example."), entry("b.example."))
        keep(images, records)
        for number in range(300):
            records.store(entry(f"n{number}.example."), 0.0)
        assert records.peek(WWW, Rtype.CNAME) is None
        assert images.get(b"request", 0.0) is None

    def test_a_denial_from_above_that_was_lifted_answers_no_more(self) -> None:
        records = RecordCache(HUGE, nobody)
        images = ImageCache(HUGE, records)
        store_all(records, denial("example.", ttl=300))
        chain = follow(records, WWW, A, 0.0, 11)
        soa = chain.entries[0].soa
        assert soa is not None
        assert images.store(b"request", message(soa), [300.0], chain.sources, 0.0)
        store_all(records, entry("other.example."))
        assert images.get(b"request", 0.0) is None

    def test_a_new_epoch_voids_all(self, images: ImageCache, records: RecordCache) -> None:
        keep(images, records)
        images.begin_epoch()
        assert images.get(b"request", 0.0) is None

    def test_one_record_voids_every_image_made_from_it_and_no_other(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        for number in range(5):
            keep(images, records, key=b"request %d" % number)
        store_all(records, entry("c.example."))
        (link,) = follow(records, k("c.example."), A, 0.0, 11).sources
        assert images.store(b"other", message(*entry("c.example.").records), [300.0], [link], 0.0)
        records.flush(k("b.example."))
        assert len(images) == 1
        assert indexed(images) == {records.slot(k("c.example."), A): {b"other"}}

    def test_whoever_held_on_to_a_void_image_is_told(self, images: ImageCache, records: RecordCache) -> None:
        keep(images, records)
        image = images.get(b"request", 0.0)
        assert image is not None
        records.flush(k("b.example."))
        assert image.good_until == -inf
        assert not images.renew(image, 1.0)
        keep(images, records)
        assert (images.renew(image, 1.0), len(images)) == (False, len(images))

    def test_attack_one_record_has_so_many_images_and_the_oldest_goes(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        """Requests that differ in their EDNS size alone have an image each: one record's end must be a short turn."""
        keep(images, records)
        before = images.size_bytes, indexed(images)
        store_all(records, entry("c.example."))
        (link,) = follow(records, k("c.example."), A, 0.0, 11).sources
        octets = message(*entry("c.example.").records)
        asked = [b"request %05d" % number for number in (*range(5000), 4600, 4700, 5001)]
        for key in asked:
            assert images.store(key, octets, [300.0], [link], 0.0)
        newest = set(list(dict.fromkeys(reversed(asked)))[:MOST_OF_ONE])
        assert images.by_request.keys() == newest | {b"request"}
        assert indexed(images)[records.slot(k("c.example."), A) or 0] == newest
        assert images.size_bytes == sum(image.weight for image in images.by_request.values())
        records.flush(k("c.example."))
        assert (images.size_bytes, indexed(images)) == before

    def test_attack_aliases_of_one_target_share_its_bound(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        store_all(records, entry("b.example."))
        for number in range(MOST_OF_ONE + 100):
            store_all(records, alias(f"n{number}.example.", "b.example."))
            chain = follow(records, k(f"n{number}.example."), A, 0.0, 11)
            shown = message(*(record for one in chain.entries for record in one.records))
            assert images.store(b"%d" % number, shown, [300.0, 300.0], chain.sources, 0.0)
        (target,) = [made for made in indexed(images).values() if len(made) > 1]
        assert target == images.by_request.keys() == {b"%d" % n for n in range(100, MOST_OF_ONE + 100)}
        assert len(indexed(images)) == MOST_OF_ONE + 1
        assert images.size_bytes == sum(image.weight for image in images.by_request.values())
        records.flush(k("b.example."))
        assert (len(images), images.size_bytes, indexed(images)) == (0, 0, {})

    def test_a_place_taken_anew_voids_no_image_of_another(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        keep(images, records)
        records.flush(k("b.example."))
        store_all(records, entry("c.example."), entry("b.example.", ttl=60))
        keep(images, records)
        records.flush(k("c.example."))
        assert images.get(b"request", 0.0) is not None


class TestNotStored:
    def test_an_answer_from_records_that_changed_meanwhile(
        self, images: ImageCache, records: RecordCache
    ) -> None:
        chain = follow(records, WWW, A, 0.0, 11)
        store_all(records, entry("b.example.", A, b"\2\2\2\2"))
        shown = [record for one in chain.entries for record in one.records]
        assert not images.store(b"request", message(*shown), [300.0, 60.0], chain.sources, 0.0)

    def test_an_answer_of_a_past_epoch(self, images: ImageCache, records: RecordCache) -> None:
        epoch = images.epoch
        images.begin_epoch()
        assert not keep(images, records, epoch=epoch)

    def test_an_answer_that_is_not_fresh(self, images: ImageCache, records: RecordCache) -> None:
        assert not keep(images, records, 60.0)

    def test_an_answer_over_the_whole_budget(self, records: RecordCache) -> None:
        images = ImageCache(300, records)
        assert not keep(images, records)
        assert (len(images), images.size_bytes, indexed(images)) == (0, 0, {})

    @pytest.mark.parametrize("untils", [[], [60.0], [60.0, 60.0, 60.0]])
    def test_instants_that_do_not_fit_the_message(
        self, images: ImageCache, records: RecordCache, untils: list[float]
    ) -> None:
        chain = follow(records, WWW, A, 0.0, 11)
        shown = [record for one in chain.entries for record in one.records]
        with pytest.raises(ValueError, match="one instant for each TTL"):
            images.store(b"request", message(*shown), untils, chain.sources, 0.0)


def test_the_budget_holds_and_the_index_follows(records: RecordCache) -> None:
    images = ImageCache(30_000, records)
    for number in range(200):
        assert keep(images, records, key=b"request %d" % number)
        assert images.size_bytes <= 30_000
    (made, again) = indexed(images).values()
    assert made == again == set(images._images)
    assert 0 < len(images) < 80


def test_what_was_evicted_is_let_go_though_nobody_asks_for_the_hits(records: RecordCache) -> None:
    """Hits are settled when somebody reads the metrics: without, images that are gone must not be held for them."""
    images = ImageCache(30_000, records)
    for number in range(20_000):
        keep(images, records, key=b"request %d" % number)
        images.get(b"request %d" % number, 0.5)
    gone = [image for image in images._unsettled if image not in images._images.values()]
    assert len(gone) <= 1024 + len(images) // 4
    assert not any(image.body or image.key for image in gone)


def test_hits_on_an_image_keep_its_records_in_the_store() -> None:
    records = RecordCache(100_000, nobody)
    images = ImageCache(HUGE, records)
    store_all(records, alias("www.example.", "b.example.", ttl=9999), entry("b.example.", ttl=9999))
    keep(images, records, prefetch_at=inf)
    for number in range(2000):
        assert images.get(b"request", number / 20) is not None
        records.store(entry(f"n{number}.example.", ttl=9999), number / 20)


def test_a_second_listener_would_leave_images_unvoided(images: ImageCache, records: RecordCache) -> None:
    """The record cache has one listener: building two image caches over it is a mistake that shows."""
    with pytest.raises(ValueError, match="listener"):
        ImageCache(HUGE, records)


def test_flush_covers_is_what_voids(images: ImageCache, records: RecordCache) -> None:
    keep(images, records)
    flush = Flush(k("example."), subtree=True)
    assert flush.covers(WWW, Rtype.CNAME, negative=False)
    records.flush(flush.name, subtree=True)
    assert len(images) == 0
