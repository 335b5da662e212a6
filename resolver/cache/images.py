# SPDX-License-Identifier: ISC
"""Finished answers in wire form, so that a hit builds no message. An image is never better than the records it shows.

    request (transport, listener class, bytes after the ID) ──► Image ──► TTLs aged, at most once a second ──► bytes

An image dies when the first of its records ceases to be fresh; it is void as soon as one of them is replaced,
denied, flushed or evicted, and when its epoch (configuration and policy) has passed. It must carry nothing that is
one client's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from itertools import islice
from math import inf
from struct import Struct
from typing import Final

from resolver.cache.budget import bytes_weight
from resolver.cache.chain import Link
from resolver.cache.records import RecordCache
from resolver.wire.patch import read_ttls, ttl_offsets

# An image, its place in the table of requests, and an instant.
_IMAGE: Final = 80 + 48 + 32
# Its place in the index of records: eight octets, or its part of a tuple or of a set.
_LINK: Final = 40
# Most records have one image, and few more than four: a set would weigh more than they do.
_FEW: Final = 4
# How many images that were used an eviction may pass over before it takes one all the same.
_REPRIEVES: Final = 64
# How many of the oldest are looked up at once: a table emptied from the front is searched from where that once was.
_OLDEST: Final = 256
# Labels are few, and shared; whoever makes ever new ones does not have them kept.
_LABELS: Final = 1024

# What an image keeps packed: flags, how many TTLs, from when to prefetch; for each TTL its offset, the most it may
# show and when its record ceases to be fresh; the slots of its records; and a bound of its own if it has one.
_FIXED: Final = Struct("<BHd")
_TTL: Final = Struct("<HId")
_SLOT: Final = Struct("<I")
_BOUND: Final = Struct("<d")
_SHOWN: Final = Struct("!I")
_ONE_TTL: Final = Struct("<BHdHId")  # an image of one TTL, but for its slot
_ONE_SIZE: Final = _ONE_TTL.size + _SLOT.size
_USED: Final = 1
_FELL_THROUGH: Final = 2
_BOUNDED: Final = 4

Hits = Callable[["Image", int, float], None]


class Image:
    """One answer: `body` is what follows the ID, with the TTLs as last written.

    `good_until` is the instant up to which it may be sent as it is; from then on `ImageCache.renew` decides. `hits`
    counts what was sent and not told of yet. `labels` belong to whoever stored the image. All else is packed: it is
    looked at once a second at most.
    """

    __slots__ = ("_packed", "body", "good_until", "hits", "key", "labels")

    def __init__(
        self,
        message: bytes,
        untils: Sequence[float],
        slots: Sequence[int],
        fresh_until: float,
        prefetch_at: float,
        key: bytes = b"",
        labels: Hashable = None,
    ) -> None:
        offsets = ttl_offsets(message)
        if len(offsets) != len(untils) or not untils:
            raise ValueError("an image needs one instant for each TTL, and at least one")
        is_bounded = fresh_until < min(untils)
        parts = [_FIXED.pack(_BOUNDED if is_bounded else 0, len(untils), prefetch_at)]
        most = read_ttls(message, offsets)  # a clock that jumps back raises no TTL
        parts += [_TTL.pack(at - 2, *rest) for at, *rest in zip(offsets, most, untils, strict=True)]
        parts += map(_SLOT.pack, slots)
        if is_bounded:
            parts.append(_BOUND.pack(fresh_until))
        self._packed = b"".join(parts)
        self.body = message[2:]
        self.key = key
        self.labels = labels
        self.good_until = -inf
        self.hits = 0

    @property
    def fresh_until(self) -> float:
        """From this instant on it is no answer: one of its records is no longer fresh, or its bound is reached."""
        packed = self._packed
        if packed[0] & _BOUNDED:
            bound: float = _BOUND.unpack_from(packed, len(packed) - _BOUND.size)[0]
            return bound
        return self._lead()

    @property
    def prefetch_at(self) -> float:
        """From this instant on one caller is sent the slow way."""
        at: float = _FIXED.unpack_from(self._packed)[2]
        return at

    @property
    def fell_through(self) -> bool:
        """Whether that caller was sent."""
        return self._packed[0] & _FELL_THROUGH != 0

    @property
    def used(self) -> bool:
        """Whether it was hit since this was last set to false."""
        return self._packed[0] & _USED != 0

    @property
    def slots(self) -> list[int]:
        """Where the record cache keeps the entries it was made from."""
        packed = self._packed
        end = len(packed) - (_BOUND.size if packed[0] & _BOUNDED else 0)
        start = _FIXED.size + _TTL.size * self._count()
        return [slot for (slot,) in _SLOT.iter_unpack(packed[start:end])]

    @property
    def first_slot(self) -> int:
        """Where the record cache keeps the entry of an image of one TTL."""
        slot: int = _SLOT.unpack_from(self._packed, _ONE_TTL.size)[0]
        return slot

    @property
    def weight(self) -> int:
        """Its bytes in memory, with its places in the tables; the same all its life."""
        links = _LINK * len(self.slots)
        return _IMAGE + links + sum(map(bytes_weight, map(len, (self.key, self.body, self._packed))))

    @property
    def left(self) -> float:
        """Seconds that the record which expires first had left when the TTLs were last written."""
        return min(read_ttls(self.body, [offset for offset, _, _ in self._ttls()]))

    def mark(self, *, used: bool | None = None, fell_through: bool | None = None) -> None:
        """Set what is given."""
        flags = self._packed[0]
        for flag, value in ((_USED, used), (_FELL_THROUGH, fell_through)):
            if value is not None:
                flags = flags | flag if value else flags & ~flag
        if flags != self._packed[0]:
            self._packed = bytes((flags,)) + self._packed[1:]

    def age_one(self, now: float) -> bool:
        """Bring an image of one TTL and one record to `now` by the short way; False: it takes the long one.

        This is what a name asked once a second pays instead of a hit, so nothing is looked up twice here.
        """
        packed = self._packed
        if len(packed) != _ONE_SIZE or packed[1] != 1:
            return False
        flags, _, prefetch_at, offset, most, lead = _ONE_TTL.unpack_from(packed)
        next_turn = lead if flags & _FELL_THROUGH else min(lead, prefetch_at)
        if now >= next_turn or now < self.good_until:
            return False
        left = int(lead - now)
        body = self.body
        self.body = body[:offset] + _SHOWN.pack(max(1, min(most, left))) + body[offset + 4 :]
        self.good_until = min(lead - left, next_turn)
        if not flags & _USED:
            self._packed = bytes((flags | _USED,)) + packed[1:]
        return True

    def age(self, now: float) -> bool:
        """Bring the TTLs to `now`, which must be before `fresh_until`; True when that took writing, once a second.

        The record that expires first shows what `shown_ttl` says; others no more than that, and at most a second less.
        """
        if now < self.good_until:
            return False
        lead = self._lead()
        until = lead - int(lead - now)  # past this the first to expire shows one less
        octets = bytearray(self.body)
        for offset, most, end in self._ttls():
            _SHOWN.pack_into(octets, offset, max(1, min(most, int(end - until))))
        is_first = self.good_until == -inf
        next_turn = self.fresh_until if self.fell_through else min(self.fresh_until, self.prefetch_at)
        self.good_until = min(until, next_turn)
        if octets == self.body:
            return is_first
        self.body = bytes(octets)
        return True

    def _count(self) -> int:
        return self._packed[1] | self._packed[2] << 8

    def _lead(self) -> float:
        """When the first of its records ceases to be fresh."""
        until: float
        if self._count() == 1:
            until = _TTL.unpack_from(self._packed, _FIXED.size)[2]
        else:
            until = min([end for _, _, end in self._ttls()])
        return until

    def _ttls(self) -> list[tuple[int, int, float]]:
        """Of each TTL: offset, the most it may show, and when its record ceases to be fresh."""
        return list(_TTL.iter_unpack(self._packed[_FIXED.size : _FIXED.size + _TTL.size * self._count()]))

    def answer(self, id_bytes: bytes) -> bytes:
        """The answer as last aged, under the two bytes of a request's ID."""
        return id_bytes + self.body


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
        self._by_slot: list[
            Image | tuple[Image, ...] | set[Image] | None
        ] = []  # which images an entry's end voids
        self._oldest: deque[Image] = deque()
        self._labels: dict[Hashable, Hashable] = {}
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
        for image in tuple(self._images.values()):
            self._drop(image)

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
        if image.age_one(now):
            self._records.use_slot(image.first_slot)
            return True
        self._count(image, now)
        if now >= image.fresh_until:
            self._drop(image)
            return False
        if now >= image.prefetch_at and not image.fell_through:
            image.mark(fell_through=True)
            return False
        if image.age(now):
            # Hits on an image are uses of its records, or the store would evict just what is asked most.
            for slot in image.slots:
                self._records.use_slot(slot)
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
        labels: Hashable = None,
    ) -> bool:
        """Keep an answer; True when it is held afterwards.

        `untils` is for each TTL of the message, in order and without OPT, the instant at which its record ceases to be
        fresh; `links` are the records it was made from (a chain's `sources`), `fresh_until` bounds its life further.
        It is not held when a link is no longer what it was, when `epoch` (that of its making) has passed, when it is
        not fresh, or when it weighs more than the cache. ValueError when `untils` and the message do not fit.
        """
        slots = [self._records.slot(link.key, link.rtype, link.generation) for link in links]
        known = [slot for slot in slots if slot is not None]
        image = Image(message, untils, known, fresh_until, prefetch_at, request_key, self._shared(labels))
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

    def _shared(self, labels: Hashable) -> Hashable:
        """The same labels, one object for all who have them."""
        if len(self._labels) >= _LABELS:
            self._labels.clear()
        return self._labels.setdefault(labels, labels)

    def _make_room(self) -> None:
        """Evict the oldest; what was used since it last was the oldest counts as new instead."""
        reprieves = _REPRIEVES
        while self._size > self._max_bytes:
            if not self._oldest:
                self._oldest.extend(islice(self._images.values(), _OLDEST))
            image = self._oldest.popleft()
            if self._images.get(image.key) is not image:
                continue  # gone meanwhile
            self._count(image, image.good_until)
            if image.used and reprieves:
                reprieves -= 1
                image.mark(used=False)
                self._images[image.key] = self._images.pop(image.key)
            else:
                self._drop(image)

    def _count(self, image: Image, now: float) -> None:
        hits = image.hits
        if hits:
            image.hits = 0
            image.mark(used=True)
            self.on_hits(image, hits, now)

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
        self._count(image, image.good_until)
        image.good_until = -inf  # whoever still holds it finds out
        self._size -= image.weight
        for slot in dict.fromkeys(image.slots):
            self._unindex(slot, image)

    def _index(self, slot: int, image: Image) -> None:
        short = slot + 1 - len(self._by_slot)
        if short > 0:
            self._by_slot.extend([None] * short)
        match self._by_slot[slot]:
            case None:
                self._by_slot[slot] = image
            case Image() as other:
                self._by_slot[slot] = (other, image)
            case set() as many:
                many.add(image)
            case few:
                self._by_slot[slot] = (*few, image) if len(few) < _FEW else {*few, image}

    def _unindex(self, slot: int, image: Image) -> None:
        match self._by_slot[slot]:
            case tuple() as few:
                rest = tuple(other for other in few if other is not image)
                self._by_slot[slot] = rest if len(rest) > 1 else rest[0]
            case set() as many:
                many.remove(image)
                if not many:
                    self._by_slot[slot] = None
            case _:
                self._by_slot[slot] = None
