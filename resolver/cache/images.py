# SPDX-License-Identifier: ISC
"""Finished answers in wire form, so that a hit builds no message. An image is never better than the records it shows.

    request (transport, listener class, bytes after the ID) ──► Image ──► TTLs aged, at most once a second ──► bytes

An image dies when the first of its records ceases to be fresh; it is void as soon as one of them is replaced,
denied, flushed or evicted, and when its epoch (configuration and policy) has passed. It must carry nothing that is
one client's.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Final

from resolver.cache.budget import BYTES, LRU_ITEM, NUMBER, OBJECT
from resolver.cache.chain import Link
from resolver.cache.lru import WatchedLru
from resolver.cache.records import RecordCache
from resolver.wire.patch import read_ttls, rewrite_ttls, ttl_offsets

_IMAGE: Final = LRU_ITEM + 3 * OBJECT + 3 * BYTES + 4 * NUMBER + 200
_TTL: Final = 2 * (8 + NUMBER)
# A link, its part in the index of records, and the way back.
_LINK: Final = 400


class Image:
    """One answer: `ImageCache.get` hands it out aged, `answer` reads it."""

    __slots__ = (
        "_bytes",
        "_lead",
        "_most",
        "_offsets",
        "_shown_until",
        "_tail",
        "_untils",
        "epoch",
        "fell_through",
        "fresh_until",
        "links",
        "prefetch_at",
        "size",
    )

    def __init__(
        self,
        message: bytes,
        untils: Sequence[float],
        links: tuple[Link, ...],
        epoch: int,
        fresh_until: float,
        prefetch_at: float,
    ) -> None:
        self._bytes = bytearray(message)
        self._offsets = ttl_offsets(message)
        self._most = read_ttls(message, self._offsets)  # a clock that jumps back raises no TTL
        if len(self._offsets) != len(untils) or not untils:
            raise ValueError("an image needs one instant for each TTL, and at least one")
        self._untils = tuple(untils)
        self._lead = min(untils)
        self._shown_until = -inf
        self._tail = message[2:]
        self.epoch = epoch
        self.links = links
        self.fresh_until = min(self._lead, fresh_until)
        self.prefetch_at = prefetch_at
        self.fell_through = False
        names = sum(len(link.key) for link in links)
        self.size = _IMAGE + 2 * (len(message) + BYTES) + _TTL * len(untils) + _LINK * len(links) + names

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
        rewrite_ttls(self._bytes, self._offsets, shown)
        self._tail = bytes(self._bytes[2:])
        return True

    def answer(self, id_bytes: bytes) -> bytes:
        """The answer as last aged, under the two bytes of a request's ID."""
        return id_bytes + self._tail


class ImageCache:
    """Images by request, least recently used out first, bounded in bytes. It listens to `records` for what is gone."""

    def __init__(self, max_bytes: int, records: RecordCache) -> None:
        self._records = records
        self._images: WatchedLru[bytes, Image] = WatchedLru(
            max_bytes, lambda image: image.size, self._unindex
        )
        self._by_record: dict[tuple[bytes, int], set[bytes]] = {}
        self.epoch = 0
        records.set_listener(self._void)

    def __len__(self) -> int:
        return len(self._images)

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much."""
        return int(self._images.currsize)

    def begin_epoch(self) -> None:
        """Configuration or policy changed: no image of before answers any more."""
        self.epoch += 1

    def get(self, request_key: bytes, now: float) -> Image | None:
        """The image that answers the request at `now`, its TTLs aged; None sends the caller the slow way.

        From its prefetch instant on, an image sends one caller the slow way, where the prefetch is started.
        """
        image = self._images.get(request_key)
        if image is None:
            return None
        if now >= image.fresh_until or image.epoch != self.epoch:
            del self._images[request_key]
            return None
        if now >= image.prefetch_at and not image.fell_through:
            image.fell_through = True
            return None
        if image.age(now):
            # Hits on an image are uses of its records, or the store would evict just what is asked most.
            for link in image.links:
                self._records.use(link.key, link.rtype)
        return image

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
    ) -> bool:
        """Keep an answer; True when it is held afterwards.

        `untils` is for each TTL of the message, in order and without OPT, the instant at which its record ceases to be
        fresh; `links` are the records it was made from (a chain's `sources`), `fresh_until` bounds its life further.
        It is not held when a link is no longer what it was, when `epoch` (that of its making) has passed, when it is
        not fresh, or when it weighs more than the cache. ValueError when `untils` and the message do not fit.
        """
        image = Image(
            message, untils, tuple(links), self.epoch if epoch is None else epoch, fresh_until, prefetch_at
        )
        if now >= image.fresh_until or image.epoch != self.epoch:
            return False
        if any(self._records.generation(link.key, link.rtype) != link.generation for link in links):
            return False
        # Made inside the prefetch window: the slow way that made it has seen to the prefetch already.
        image.fell_through = now >= prefetch_at
        if not self._images.put(request_key, image):
            return False
        for link in links:
            self._by_record.setdefault((link.key, link.rtype), set()).add(request_key)
        return True

    def _void(self, key: bytes, rtype: int, reason: str) -> None:
        """A record is gone: so is what was made from it."""
        for request_key in self._by_record.pop((key, rtype), ()):
            self._images.pop(request_key, None)

    def _unindex(self, request_key: bytes, image: Image) -> None:
        for link in image.links:
            requests = self._by_record.get((link.key, link.rtype))
            if requests is not None:
                requests.discard(request_key)
                if not requests:
                    del self._by_record[link.key, link.rtype]
