# SPDX-License-Identifier: ISC
"""What became of entries that are no longer here: a bounded memory, so that "not cached" can be explained.

    entry leaves ──► note: hash of name and type ──► its place ──► 40 octets, over whatever was there

No name is kept, only the hash that Python keys anew in each process: nobody can aim at a place. A newer life takes the
place of an older one that hashes there. It decides nothing and knows no entry.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

# Hash, first stored, ended, published TTL, hits, times fetched anew, how it ended.
_LIFE: Final = Struct("<qddIIHH")
LIFE_BYTES: Final = _LIFE.size
_MOST_REFRESHES: Final = 0xFFFF


class End(IntEnum):
    """How an entry left, or why it never came in."""

    EXPIRED = 1  # past its time, stale time included, and its room was wanted
    EVICTED = 2  # its room was wanted while it could still have answered
    FLUSHED = 3
    DENIED = 4  # a later answer said that there is no such name, or that there is one after all
    ZERO_TTL = 5  # the latest answer may not be kept (RFC 1035 section 3.2.1)
    TOO_LARGE = 6  # the latest answer weighs more than all of the cache


# The label of a miss, by how the last life ended. What was denied is asked for as if it never had been here.
_CAUSES: Final = {End.EXPIRED: "expired", End.EVICTED: "evicted", End.FLUSHED: "flushed"}


class PastLife(NamedTuple):
    """One life that is over: from `since` to `ended_at`, both instants of `now`.

    `hits` and `refreshes` are what it saw in that time, `published_ttl` is the last TTL, in seconds.
    """

    end: End
    since: float
    ended_at: float
    published_ttl: int
    hits: int
    refreshes: int


class Lives:
    """Past lives by name and type, in `max_bytes` octets that are taken once; none when that is not enough for one."""

    __slots__ = ("_octets", "_places")

    def __init__(self, max_bytes: int) -> None:
        self._places = max_bytes // LIFE_BYTES
        self._octets = bytearray(self._places * LIFE_BYTES)  # zeros cost no memory before they are written to

    @property
    def size_bytes(self) -> int:
        """What it weighs, full or empty."""
        return len(self._octets)

    def note(self, key: bytes, rtype: int, life: PastLife) -> None:
        """Remember how the entry of a folded name and type ended."""
        if self._places:
            end, since, ended_at, ttl, hits, refreshes = life
            tag = hash((key, rtype))
            refreshes = min(refreshes, _MOST_REFRESHES)
            at = tag % self._places * LIFE_BYTES
            _LIFE.pack_into(self._octets, at, tag, since, ended_at, ttl, hits, refreshes, end)

    def last(self, key: bytes, rtype: int) -> PastLife | None:
        """How the entry of that name and type ended when it last did, if that is still remembered."""
        if not self._places:
            return None
        tag = hash((key, rtype))
        at = tag % self._places * LIFE_BYTES
        found, since, ended_at, ttl, hits, refreshes, end = _LIFE.unpack_from(self._octets, at)
        return PastLife(End(end), since, ended_at, ttl, hits, refreshes) if found == tag and end else None


def cause_of(life: PastLife | None) -> str:
    """The label of a miss for something that is not here: cold, expired, evicted or flushed."""
    return "cold" if life is None else _CAUSES.get(life.end, "cold")
