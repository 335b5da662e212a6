# SPDX-License-Identifier: ISC
"""Finished answers in wire form, so that a hit builds no message. An image is never better than the records it shows.

    request (transport, listener class, bytes after the ID) ──► Image ──► TTLs aged, at most once a second ──► bytes

An image dies when the first of its records ceases to be fresh; it is void as soon as one of them is replaced,
denied, flushed or evicted, and when its epoch (configuration and policy) has passed. It must carry nothing that is
one client's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Final

from resolver.cache.budget import BYTES, NUMBER, OBJECT
from resolver.cache.chain import Link
from resolver.cache.records import RecordCache
from resolver.wire.patch import read_ttls, rewrite_ttls, ttl_offsets

# An image, its place in the table, its octets and what holds them where they are.
_IMAGE: Final = 4 * OBJECT + 3 * BYTES + 6 * NUMBER + 500
_TTL: Final = 2 * (8 + NUMBER)
# A link, its part in the index of records, and the way back.
_LINK: Final = 400
# How many images that were used an eviction may pass over before it takes one all the same.
_REPRIEVES: Final = 64

Hits = Callable[["Image", int, float], None]


class Image:
    """One answer: `body` is what follows the ID, with the TTLs as last written.

    `good_until` is the instant up to which it may be sent as it is; from then on `ImageCache.renew` decides. `hits`
    counts what was sent since it last did. `labels` belong to whoever stored the image.
    """

    __slots__ = (
        "_lead",
        "_most",
        "_offsets",
        "_shown_until",
        "_untils",
        "body",
        "epoch",
        "fell_through",
        "fresh_until",
        "good_until",
        "hits",
        "key",
        "labels",
        "links",
        "prefetch_at",
        "used",
        "weight",
    )

    def __init__(
        self,
        message: bytes,
        untils: Sequence[float],
        links: tuple[Link, ...],
        epoch: int,
        fresh_until: float,
        prefetch_at: float,
        key: bytes = b"",
        labels: object = None,
    ) -> None:
        offsets = ttl_offsets(message)
        if len(offsets) != len(untils) or not untils:
            raise ValueError("an image needs one instant for each TTL, and at least one")
        self._most = read_ttls(message, offsets)  # a clock that jumps back raises no TTL
        self.body = message[2:]
        self._offsets = tuple(offset - 2 for offset in offsets)
        self._untils = tuple(untils)
        self._lead = min(untils)
        self._shown_until = -inf
        self.epoch = epoch
        self.key = key
        self.labels = labels
        self.links = links
        self.fresh_until = min(self._lead, fresh_until)
        self.prefetch_at = prefetch_at
        self.fell_through = False
        self.good_until = -inf
        self.hits = 0
        self.used = False
        names = sum(len(link.key) for link in links)
        self.weight = _IMAGE + len(key) + len(message) + _TTL * len(untils) + _LINK * len(links) + names

    def age(self, now: float) -> bool:
        """Bring the TTLs to `now`, which must be before `fresh_until`; True when that took writing, once a second.

        The record that expires first shows what `shown_ttl` says; others no more than that, and at most a second less.
        """
        if now <= self._shown_until:
            return False
        left = int(self._lead - now)
        self._shown_until = until = self._lead - left  # past this the first to expire shows one less
        shown = [
            max(1, min(most, int(end - until))) for most, end in zip(self._most, self._untils, strict=True)
        ]
        octets = bytearray(self.body)
        rewrite_ttls(octets, self._offsets, shown)
        self.body = bytes(octets)
        next_turn = self.fresh_until if self.fell_through else min(self.fresh_until, self.prefetch_at)
        self.good_until = min(until, next_turn)
        return True

    def answer(self, id_bytes: bytes) -> bytes:
        """The answer as last aged, under the two bytes of a request's ID."""
        return id_bytes + self.body

    @property
    def left(self) -> float:
        """Seconds that the record which expires first had left when the TTLs were last written."""
        return self._lead - self._shown_until


class ImageCache:
    """Images by request, bounded in bytes; first in, first out, but what was used gets another round (CLOCK).

    It listens to `records` for what is gone. `by_request` is there for a hot loop: an image found in it may be sent
    while `now < good_until`, and its `hits` be raised; else `renew` is asked first. `on_hits` hears of hits in bulk:
    the image, how many, and the instant.
    """

    def __init__(self, max_bytes: int, records: RecordCache) -> None:
        self._max_bytes = max_bytes
        self._records = records
        self._images: dict[bytes, Image] = {}
        self._by_record: dict[tuple[bytes, int], set[bytes]] = {}
        self._size = 0
        self.epoch = 0
        self.on_hits: Hits = lambda image, count, now: None
        records.set_listener(self._void)

    def __len__(self) -> int:
        return len(self._images)

    @property
    def by_request(self) -> dict[bytes, Image]:
        """The table itself, to look up in."""
        return self._images

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much."""
        return self._size

    def begin_epoch(self) -> None:
        """Configuration or policy changed: no image of before answers any more."""
        self.epoch += 1
        for key in tuple(self._images):
            self._drop(key)

    def get(self, request_key: bytes, now: float) -> Image | None:
        """The image that answers the request at `now`, its TTLs aged; None sends the caller the slow way."""
        image = self._images.get(request_key)
        if image is None or (now >= image.good_until and not self.renew(image, now)):
            return None
        image.hits += 1
        return image

    def renew(self, image: Image, now: float) -> bool:
        """Whether an image past its `good_until` may still be sent; its TTLs are then those of `now`.

        From its prefetch instant on, an image sends one caller the slow way, where the prefetch is started.
        """
        self._count(image, now)
        if now >= image.fresh_until:
            self._drop(image.key)
            return False
        if now >= image.prefetch_at and not image.fell_through:
            image.fell_through = True
            return False
        if image.age(now):
            # Hits on an image are uses of its records, or the store would evict just what is asked most.
            for link in image.links:
                self._records.use(link.key, link.rtype)
        return True

    def count_all(self, now: float) -> None:
        """Let `on_hits` hear of all that was hit so far."""
        for image in self._images.values():
            if image.hits:
                self._count(image, now)

    def store(
        self,
        request_key: bytes,
        message: bytes,
        untils: Sequence[float],
        links: Sequence[Link],
        now: float,
        *,
        fresh_until: float = inf,
        prefetch_at: float = inf,
        epoch: int | None = None,
        labels: object = None,
    ) -> bool:
        """Keep an answer; True when it is held afterwards.

        `untils` is for each TTL of the message, in order and without OPT, the instant at which its record ceases to be
        fresh; `links` are the records it was made from (a chain's `sources`), `fresh_until` bounds its life further.
        It is not held when a link is no longer what it was, when `epoch` (that of its making) has passed, when it is
        not fresh, or when it weighs more than the cache. ValueError when `untils` and the message do not fit.
        """
        made_in = self.epoch if epoch is None else epoch
        image = Image(message, untils, tuple(links), made_in, fresh_until, prefetch_at, request_key, labels)
        if now >= image.fresh_until or image.epoch != self.epoch:
            return False
        if any(self._records.generation(link.key, link.rtype) != link.generation for link in links):
            return False
        # Made inside the prefetch window: the slow way that made it has seen to the prefetch already.
        image.fell_through = now >= prefetch_at
        self._drop(request_key)
        if image.weight > self._max_bytes:
            return False
        self._images[request_key] = image
        self._size += image.weight
        for link in links:
            self._by_record.setdefault((link.key, link.rtype), set()).add(request_key)
        self._make_room()
        return True

    def _make_room(self) -> None:
        """Evict from the front of the table; what was used since it last came by goes to the back instead."""
        reprieves = _REPRIEVES
        while self._size > self._max_bytes:
            key = next(iter(self._images))
            image = self._images[key]
            if (image.hits or image.used) and reprieves:
                reprieves -= 1
                self._count(image, image.good_until)
                image.used = False
                self._images[key] = self._images.pop(key)
            else:
                self._drop(key)

    def _count(self, image: Image, now: float) -> None:
        hits = image.hits
        if hits:
            image.hits = 0
            image.used = True
            self.on_hits(image, hits, now)

    def _void(self, key: bytes, rtype: int, reason: str) -> None:
        """A record is gone: so is what was made from it."""
        for request_key in tuple(self._by_record.get((key, rtype), ())):
            self._drop(request_key)

    def _drop(self, request_key: bytes) -> None:
        image = self._images.pop(request_key, None)
        if image is None:
            return
        self._count(image, image.good_until)
        image.good_until = -inf  # whoever still holds it finds out
        self._size -= image.weight
        for link in image.links:
            requests = self._by_record.get((link.key, link.rtype))
            if requests is not None:
                requests.discard(request_key)
                if not requests:
                    del self._by_record[link.key, link.rtype]
