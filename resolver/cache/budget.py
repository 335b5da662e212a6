# SPDX-License-Identifier: ISC
"""What things weigh in memory, and how `cache.size` is shared out. Nothing is stored or evicted here.

Weights are estimates of CPython 3.11's real use, on the high side: a test holds them against `tracemalloc`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from resolver.cache.entry import Entry
from resolver.units import Bounded, Bytes, Doc, Settings
from resolver.wire import Record


class CacheSettings(Settings, frozen=True):
    """The block `[cache]`."""

    size: Annotated[
        Bytes, Doc("memory for everything remembered, overhead included"), Bounded(1 << 20, 1 << 40)
    ] = Bytes(128 << 20)
    clock: Annotated[str, Doc("what lifetimes are counted by: boottime; realtime or file:PATH for tests")] = (
        "boottime"
    )
    persist: Annotated[str, Doc("file that keeps the cache over a restart; empty: none (not there yet)")] = ""

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


def shares(size: int) -> Shares:
    """Share `size` bytes out. Records are what all else can be rebuilt from, so they get most."""
    images = size * 20 // 100
    delegations = size * 8 // 100
    failures = size * 4 // 100
    servers = size * 4 // 100
    return Shares(size - images - delegations - failures - servers, images, delegations, failures, servers)


# An object of ours with its collector header; a bytes object without its content; a float or int of its own.
OBJECT: Final = 64
BYTES: Final = 40
NUMBER: Final = 28
# One item of a cachetools.LRUCache: value dict, size dict and order (OrderedDict node) together.
LRU_ITEM: Final = 240
_RECORD: Final = 96 + BYTES + BYTES + NUMBER  # the tuple, owner and rdata (contents apart), TTL
_LIFETIME: Final = 72 + 3 * NUMBER + NUMBER
_REASON: Final = 56 + 2 * NUMBER
_ENTRY: Final = 144 + 3 * 56 + BYTES  # the entry, its tuples, its owner
# The store's own: a slot, its places in the index of its name, in the queue and in the heap of ends.
SLOT: Final = 700


def entry_bytes(entry: Entry) -> int:
    """The weight of an entry, with all it holds."""
    size = _ENTRY + len(entry.owner) + BYTES + len(entry.zone) + len(entry.server)
    size += _LIFETIME + _REASON * len(entry.lifetime.reasons)
    for group in (entry.records, entry.signatures, entry.proofs):
        size += sum(map(record_bytes, group))
    return size if entry.soa is None else size + record_bytes(entry.soa)


def record_bytes(record: Record) -> int:
    """The weight of one record in an entry."""
    return _RECORD + 8 + len(record.owner) + len(record.rdata)
