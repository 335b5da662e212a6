# SPDX-License-Identifier: ISC
"""What one name may hold: so many types, so many bytes; the oldest makes room, denials first. Nothing is dropped here.

Whatever concerns a whole name (a denial, a flush) then stays cheap, and no name pushes out many others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from resolver.cache.entry import Kind
from resolver.cache.packed import kind_of, rtype_of, slot_of
from resolver.events import LimitHit, Tell

TYPES: Final = "cache.types_per_name"
OCTETS: Final = "cache.size_per_name"


class NameShare:
    """At one name at most `types` (BIND max-types-per-name 100, CVE-2024-1737) and `size_bytes`, as weighed here."""

    def __init__(self, tell: Tell, types: int = 100, size_bytes: int = 64 << 10) -> None:
        self._tell = tell
        self._types = types
        self._size_bytes = size_bytes

    def is_exceeded(self, size: int, now: float) -> bool:
        """Whether an entry that weighs `size` is too large for a name to hold, be it alone."""
        if size > self._size_bytes:
            self._tell(LimitHit(now, OCTETS))
            return True
        return False

    def surplus(
        self, here: tuple[bytes, ...], rtype: int, size: int, size_of: Callable[[int], int], now: float
    ) -> Sequence[bytes]:
        """What must go from `here`, all held at a name, before an entry of `rtype` that weighs `size` comes.

        `here` is ordered by age; `size_of(slot)` gives a weight. Denials go first: anybody may ask a name in use for a
        hundred types that it does not have, and its address shall not make room for those.
        """
        if not here:  # most names that are stored at are new
            return ()
        others = [packed for packed in here if rtype_of(packed) != rtype]
        weight, gone = size + sum(size_of(slot_of(packed)) for packed in others), 0
        if len(others) < self._types and weight <= self._size_bytes:
            return ()
        others.sort(key=_has_data)
        while gone < len(others) and (len(others) - gone >= self._types or weight > self._size_bytes):
            self._tell(LimitHit(now, TYPES if len(others) - gone >= self._types else OCTETS))
            weight -= size_of(slot_of(others[gone]))
            gone += 1
        return others[:gone]


def _has_data(packed: bytes) -> bool:
    return kind_of(packed) is Kind.POSITIVE
