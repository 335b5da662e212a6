# SPDX-License-Identifier: ISC
"""One finished answer in wire form, with the TTLs it shows. Which requests it answers is for `images` to know.

    body ─── as last written, good until the next second ─── packed: what it takes to write it anew

Hits on it are counted where it is sent, by an addition, and told to its account when its TTLs are written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from struct import Struct
from typing import Final, Protocol

from resolver.cache.budget import bytes_weight
from resolver.wire.patch import read_ttls, ttl_offsets

# An image, its place in the table of requests and on the list of those not told of, and an instant.
_IMAGE: Final = 104 + 48 + 8 + 32
# Who is told of each of its hits, if anybody is.
_WATCH: Final = 160
# Its place in the index of records: eight octets, or its part of a tuple or of a table.
_LINK: Final = 40

# What an image keeps packed: flags, how many TTLs, from when to prefetch, when the oldest of its records was stored;
# for each TTL its offset, the most it may show and when its record ceases to be fresh; the slots of its records; and a
# bound of its own if it has one.
_FIXED: Final = Struct("<BHdd")
_TTL: Final = Struct("<HId")
_SLOT: Final = Struct("<I")
_BOUND: Final = Struct("<d")
_SHOWN: Final = Struct("!I")
_ONE_TTL: Final = Struct("<BHddHId")  # an image of one TTL, but for its slot
_ONE_SIZE: Final = _ONE_TTL.size + _SLOT.size
_USED: Final = 1
_FELL_THROUGH: Final = 2
_BOUNDED: Final = 4


class Account(Protocol):
    """Where hits are added up; one for many images of the same kind."""

    def add(self, hits: int, left: float, age: float) -> None:
        """So many hits, on an answer with `left` seconds to live whose oldest record was stored `age` seconds ago."""


class Watch(Protocol):
    """Whoever wants to hear of the hits on one image, at their instants."""

    def renewed(self, hits: int, now: float) -> None:
        """A hit comes at `now`; since the last call there were `hits` others, within a second of it."""

    def settled(self, hits: int) -> None:
        """Since the last call there were `hits`, within a second of it."""


class Image:
    """One answer: `body` is what follows the ID, with the TTLs as last written.

    `good_until` is the instant up to which it may be sent as it is; from then on `ImageCache.renew` decides. `hits`
    counts what was sent and not told of yet, `account` and `watch` are told. All else is packed: it is looked at once a
    second at most.
    """

    __slots__ = ("_packed", "account", "body", "good_until", "hits", "key", "unsettled", "watch")

    def __init__(
        self,
        message: bytes,
        untils: Sequence[float],
        slots: Sequence[int],
        fresh_until: float,
        prefetch_at: float,
        key: bytes = b"",
        stored_at: float = 0.0,
        account: Account | None = None,
        watch: Watch | None = None,
    ) -> None:
        offsets = ttl_offsets(message)
        if len(offsets) != len(untils) or not untils:
            raise ValueError("an image needs one instant for each TTL, and at least one")
        is_bounded = fresh_until < min(untils)
        parts = [_FIXED.pack(_BOUNDED if is_bounded else 0, len(untils), prefetch_at, stored_at)]
        most = read_ttls(message, offsets)  # a clock that jumps back raises no TTL
        parts += [_TTL.pack(at - 2, *rest) for at, *rest in zip(offsets, most, untils, strict=True)]
        parts += map(_SLOT.pack, slots)
        if is_bounded:
            parts.append(_BOUND.pack(fresh_until))
        self._packed = b"".join(parts)
        self.body = message[2:]
        self.key = key
        self.account = account
        self.watch = watch
        self.good_until = -inf
        self.hits = 0
        self.unsettled = False  # whether the cache has it on its list of those that may have been hit

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
    def weight(self) -> int:
        """Its bytes in memory, with its places in the tables; the same all its life."""
        links = _LINK * len(self.slots)
        watch = 0 if self.watch is None else _WATCH
        return _IMAGE + watch + links + sum(map(bytes_weight, map(len, (self.key, self.body, self._packed))))

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

    def age_one(self, now: float) -> int | None:
        """Bring an image of one TTL and one record to `now` by the short way, and its hits to account.

        Its slot; None: it takes the long way. This is what a name asked once a second pays instead of a hit, so nothing
        is looked up twice here.
        """
        packed = self._packed
        if len(packed) != _ONE_SIZE or packed[1] != 1:
            return None
        flags, _, prefetch_at, stored_at, offset, most, lead = _ONE_TTL.unpack_from(packed)
        next_turn = lead if flags & _FELL_THROUGH else min(lead, prefetch_at)
        if now >= next_turn or now < self.good_until:
            return None
        hits, account = self.hits, self.account
        if account is not None and hits:
            account.add(hits, lead - self.good_until, self.good_until - stored_at)
        if self.watch is not None:
            self.watch.renewed(hits, now)
        self.hits = 0
        left = int(lead - now)
        body = self.body
        self.body = body[:offset] + _SHOWN.pack(max(1, min(most, left))) + body[offset + 4 :]
        self.good_until = min(lead - left, next_turn)
        if not flags & _USED:
            self._packed = bytes((flags | _USED,)) + packed[1:]
        slot: int = _SLOT.unpack_from(packed, _ONE_TTL.size)[0]
        return slot

    def settle(self) -> int:
        """Bring its hits to account; how many there were. What was hit since its TTLs were written shows those."""
        hits = self.hits
        if hits:
            self.hits = 0
            self.mark(used=True)
            if self.account is not None:
                stored_at: float = _FIXED.unpack_from(self._packed)[3]
                self.account.add(hits, self._lead() - self.good_until, self.good_until - stored_at)
            if self.watch is not None:
                self.watch.settled(hits)
        return hits

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
