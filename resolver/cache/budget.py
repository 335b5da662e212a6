# SPDX-License-Identifier: ISC
"""What things weigh in memory, and how `cache.size` is shared out. Nothing is stored or evicted here.

Weights are estimates of CPython 3.11's real use, on the high side: tests hold them against `tracemalloc` and against
what the process grows by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from resolver.cache.entry import Entry
from resolver.cache.packed import PLACE_BYTES, pack
from resolver.cache.tallies import TALLY_BYTES
from resolver.units import Bounded, Bytes, Doc, Seconds, Settings


class CacheSettings(Settings, frozen=True):
    """The block `[cache]`."""

    size: Annotated[
        Bytes, Doc("memory for everything remembered, overhead included"), Bounded(1 << 20, 1 << 40)
    ] = Bytes(128 << 20)
    types_per_name: Annotated[
        int,
        Doc("types kept at one name; the oldest makes room (BIND max-types-per-name 100, CVE-2024-1737)"),
        Bounded(10, 65535),
    ] = 100
    size_per_name: Annotated[
        Bytes,
        Doc("memory for what one name holds, overhead included; what is larger alone is not kept"),
        Bounded(4096, 1 << 30),
    ] = Bytes(64 << 10)
    clock: Annotated[str, Doc("what lifetimes are counted by: boottime; realtime or file:PATH for tests")] = (
        "boottime"
    )
    persist: Annotated[
        str,
        Doc("file that keeps the cache over a restart, read at start and written at the end; empty: none"),
    ] = ""
    persist_every: Annotated[
        Seconds, Doc("how often the file is written besides; 0: only at the end"), Bounded(0, 86400)
    ] = Seconds(0)

    def __post_init__(self) -> None:
        if self.clock not in ("boottime", "realtime") and not self.clock.startswith("file:"):
            raise ValueError("clock must be boottime, realtime or file:PATH")


@dataclass(frozen=True, slots=True)
class Shares:
    """How many bytes each cache may fill; together no more than `cache.size`."""

    records: int
    images: int
    delegations: int
    failures: int
    servers: int
    lives: int


def shares(size: int) -> Shares:
    """Share `size` bytes out. Records are what all else can be rebuilt from, so they get most."""
    images = size * 20 // 100
    delegations = size * 8 // 100
    failures = size * 4 // 100
    servers = size * 4 // 100
    lives = size // 100
    records = size - images - delegations - failures - servers - lives
    return Shares(records, images, delegations, failures, servers, lives)


# An object of ours with its collector header; a bytes object without its content; a float or int of its own.
OBJECT: Final = 64
BYTES: Final = 40
NUMBER: Final = 28
# One item of a cachetools.LRUCache: value dict, size dict and order (OrderedDict node) together.
LRU_ITEM: Final = 240
# The record cache's own for one entry: its item in the table of names (24 octets and a share of the index, of which a
# third to two thirds are taken), and by slot the queues' 13, the instant of its death, its name, and its tally.
SLOT: Final = 96 + TALLY_BYTES
_OCTETS: Final = 33  # a bytes object is its content and this


def entry_bytes(entry: Entry) -> int:
    """The weight of an entry, as the record cache keeps it, without `SLOT`."""
    key = entry.key
    return packed_bytes(len(key), len(pack(entry, key)))


def packed_bytes(key_length: int, packed_length: int) -> int:
    """The weight of a key and of what `pack` made of its entry, which is still without its place."""
    both = _OCTETS + 15
    return ((key_length + both) & ~15) + ((packed_length + PLACE_BYTES + both) & ~15)


def bytes_weight(length: int) -> int:
    """What the allocator takes for a bytes object of that length: it gives out multiples of 16."""
    return (length + _OCTETS + 15) & ~15
