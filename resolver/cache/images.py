# SPDX-License-Identifier: ISC
"""Finished answers in wire form, so that a hit builds no message. An image is never better than the records it shows.

    request (transport, listener class, bytes after the ID) ──► Image ──► TTLs aged, at most once a second ──► bytes

An image dies when the first of its records ceases to be fresh; it is void as soon as one of them is replaced,
denied, flushed or evicted, and when its epoch (configuration and policy) has passed. It must carry nothing that is
one client's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from math import inf
from typing import Final

from resolver.cache.chain import Link
from resolver.cache.image import Account, Image, Watch
from resolver.cache.records import RecordCache

__all__ = ["Image", "ImageCache"]


# Most records have one image, and few more than four: a table would weigh more than they do.
_FEW: Final = 4
# The most of one record: its end voids them in one turn of the loop, at some 3 µs each. One name asked in all EDNS
# sizes, or all names below one that does not exist, could fill the cache with them; many names that are aliases of one
# are honest. The oldest goes and not the newcomer: else few requests would keep those of others out for a TTL.
MOST_OF_ONE: Final = 512
# How many images that were used an eviction may pass over before it takes one all the same.
_REPRIEVES: Final = 64
# How many of the oldest are looked up at once: a table emptied from the front is searched from where that once was.
_OLDEST: Final = 256
# How many images are settled at once: some milliseconds' work.
_SETTLED: Final = 1 << 15
# How many that are gone may stay on the list of the unsettled, beside a quarter of those held: looking for them costs.
_GONE: Final = 1 << 10


class ImageCache:
    """Images by request, bounded in bytes; first in, first out, but what was used gets another round (CLOCK).

    Those of one record are bounded in number too. It listens to `records` for what is gone. `by_request` is there for a
    hot loop: an image found in it may be sent while `now < good_until`, and its `hits` be raised; else `renew` is asked
    first.
    """

    def __init__(self, max_bytes: int, records: RecordCache) -> None:
        self._max_bytes = max_bytes
        self._records = records
        self._images: dict[bytes, Image] = {}
        # Which images an entry's end voids, oldest first.
        self._by_slot: list[Image | tuple[Image, ...] | dict[Image, None] | None] = []
        self._oldest: deque[Image] = deque()
        # What may have been hit without being told of, each once, and some that are gone.
        self._unsettled: list[Image] = []
        self._size = 0
        self.epoch = 0
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
        for image in self._images.values():
            self._settle(image)
            image.good_until = -inf  # whoever still holds it finds out
        for table in (self._images, self._by_slot, self._oldest, self._unsettled):
            table.clear()  # all at once: one after the other, 200,000 would hold the loop for most of a second
        self._size = 0

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
        if self._images.get(image.key) is not image:
            return False  # void, and its caller has held on to it
        hits = image.hits
        slot = image.age_one(now)
        if slot is not None:
            if not image.unsettled:
                self._list(image)
            self._records.use_slot(slot)
            if hits:
                self._records.tallies.hit(slot, hits)
            return True
        self._settle(image)
        if now >= image.fresh_until:
            self._drop(image)
            return False
        if now >= image.prefetch_at and not image.fell_through:
            image.mark(fell_through=True)
            return False
        if not image.unsettled:
            self._list(image)
        if image.watch is not None:
            image.watch.renewed(0, now)
        if image.age(now):
            # Hits on an image are uses of its records, or the store would evict just what is asked most.
            for slot in image.slots:
                self._records.use_slot(slot)
        return True

    def settle(self, now: float) -> None:
        """Bring hits to account: all so far, or of as many images as takes milliseconds, and the rest next time."""
        unsettled = self._unsettled
        some = unsettled[-_SETTLED:]
        del unsettled[-_SETTLED:]
        again = []
        for image in some:
            self._settle(image)
            image.unsettled = now < image.good_until  # hits up to then are told to nobody
            if image.unsettled:
                again.append(image)
        unsettled[:0] = again

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
        stored_at: float | None = None,
        account: Account | None = None,
        watch: Watch | None = None,
    ) -> bool:
        """Keep an answer; True when it is held afterwards.

        `untils` is for each TTL of the message, in order and without OPT, the instant at which its record ceases to be
        fresh; `links` are the records it was made from (a chain's `sources`), the oldest of them stored at `stored_at`
        (or now); `fresh_until` bounds its life further. `account` and `watch` will hear of its hits.
        It is not held when a link is no longer what it was, when `epoch` (that of its making) has passed, when it is
        not fresh, or when it weighs more than the cache. ValueError when `untils` and the message do not fit.
        """
        slots = [self._records.slot(link.key, link.rtype, link.generation) for link in links]
        known = [slot for slot in slots if slot is not None]
        stored_at = now if stored_at is None else stored_at
        image = Image(
            message, untils, known, fresh_until, prefetch_at, request_key, stored_at, account, watch
        )
        if now >= image.fresh_until or (epoch is not None and epoch != self.epoch) or len(known) < len(slots):
            return False
        if now >= prefetch_at:  # the slow way that made it has seen to the prefetch already
            image.mark(fell_through=True)
        old = self._images.get(request_key)
        if old is not None:
            self._drop(old)
        weight = image.weight
        if weight > self._max_bytes:
            return False
        self._images[request_key] = image
        self._size += weight
        for slot in dict.fromkeys(known):
            self._index(slot, image)
        self._make_room()
        return True

    def _make_room(self) -> None:
        """Evict the oldest; what was used since it last was the oldest counts as new instead."""
        reprieves = _REPRIEVES
        while self._size > self._max_bytes:
            if not self._oldest:
                self._oldest.extend(islice(self._images.values(), _OLDEST))
            image = self._oldest.popleft()
            if self._images.get(image.key) is not image:
                continue  # gone meanwhile
            self._settle(image)
            if image.used and reprieves:
                reprieves -= 1
                image.mark(used=False)
                self._images[image.key] = self._images.pop(image.key)
            else:
                self._drop(image)

    def _list(self, image: Image) -> None:
        """Have it settled one day. Those that are gone are taken off when a fifth of the list may be theirs."""
        image.unsettled = True
        self._unsettled.append(image)
        if len(self._unsettled) > _GONE + len(self._images) * 5 // 4:
            self._unsettled = [one for one in self._unsettled if one.unsettled]

    def _settle(self, image: Image) -> None:
        """Bring the hits of one image to account, its records' tallies included."""
        hits = image.settle()
        if hits:
            for slot in image.slots:
                self._records.tallies.hit(slot, hits)

    def _void(self, key: bytes, rtype: int, reason: str) -> None:
        """A record is gone: so is what was made from it."""
        slot = self._records.slot(key, rtype)
        if slot is not None and slot < len(self._by_slot):
            made = self._by_slot[slot]
            if made is not None:
                for image in (made,) if isinstance(made, Image) else tuple(made):
                    self._drop(image)

    def _drop(self, image: Image) -> None:
        del self._images[image.key]
        self._settle(image)
        image.unsettled = False
        image.good_until = -inf  # whoever still holds it finds out
        self._size -= image.weight
        for slot in dict.fromkeys(image.slots):
            self._unindex(slot, image)
        image.key = image.body = b""  # it may be on a list for a while yet, and nobody weighs that

    def made_from(self, slot: int) -> int:
        """How many images there are of an entry, by its place in the record cache. Their hits so far are settled."""
        made = self._by_slot[slot] if slot < len(self._by_slot) else None
        images = () if made is None else (made,) if isinstance(made, Image) else tuple(made)
        for image in images:
            self._settle(image)
        return len(images)

    def _index(self, slot: int, image: Image) -> None:
        short = slot + 1 - len(self._by_slot)
        if short > 0:
            self._by_slot.extend([None] * short)
        match self._by_slot[slot]:
            case None:
                self._by_slot[slot] = image
            case Image() as other:
                self._by_slot[slot] = (other, image)
            case dict() as many:
                if len(many) >= MOST_OF_ONE:
                    self._drop(next(iter(many)))
                many[image] = None
            case few:
                more = (*few, image)
                self._by_slot[slot] = more if len(few) < _FEW else dict.fromkeys(more)

    def _unindex(self, slot: int, image: Image) -> None:
        match self._by_slot[slot]:
            case tuple() as few:
                rest = tuple(other for other in few if other is not image)
                self._by_slot[slot] = rest if len(rest) > 1 else rest[0]
            case dict() as many:
                del many[image]
                if not many:
                    self._by_slot[slot] = None
            case _:
                self._by_slot[slot] = None
