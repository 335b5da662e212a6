# SPDX-License-Identifier: ISC
"""Who serves which zone, as its parent said and for as long as it granted. Never stale, never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cachetools import Cache, LRUCache

from resolver.cache.budget import BYTES, LRU_ITEM, NUMBER, OBJECT
from resolver.cache.flushes import Flush, FlushLog
from resolver.policy.lifetime import Freshness, Lifetime, freshness
from resolver.wire import Rtype, names

_NS: Final = int(Rtype.NS)
_DELEGATION: Final = LRU_ITEM + 2 * OBJECT + 4 * BYTES + 4 * NUMBER + 200
_PAIR: Final = 56 + 2 * BYTES + 30


@dataclass(frozen=True, slots=True)
class Delegation:
    """A zone cut: `zone` (folded), the names of its servers as spelled, and the addresses known for them.

    `addresses` pairs the folded name of a server with the text of one address. `lifetime` is the lease: fresh until its
    end, then dead. `parent` is the zone (folded) whose servers said so.
    """

    zone: bytes
    names: tuple[bytes, ...]
    addresses: tuple[tuple[bytes, str], ...]
    lifetime: Lifetime
    parent: bytes


class DelegationCache:
    """Zone cuts by zone, least recently used out first, bounded in bytes."""

    def __init__(self, max_bytes: int, flushes: FlushLog | None = None) -> None:
        self._cuts: LRUCache[bytes, Delegation] = LRUCache(max_bytes, getsizeof=delegation_bytes)
        self._flushes = flushes if flushes is not None else FlushLog()

    def __len__(self) -> int:
        return len(self._cuts)

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much."""
        return int(self._cuts.currsize)

    def store(self, delegation: Delegation, now: float, epoch: int | None = None) -> bool:
        """Take a cut in, in place of the one known; True when it is held afterwards.

        A lease that is over, a cut asked for before a flush that covers it (`epoch`), and one that weighs more than the
        cache are not held. A lease that is over removes the cut: that is what the parent says now.
        """
        zone = delegation.zone
        if self._flushes.fenced(epoch, zone, _NS, negative=False, stored_at=delegation.lifetime.stored_at):
            return False
        self._cuts.pop(zone, None)
        if freshness(delegation.lifetime, now) is not Freshness.FRESH:
            return False
        try:
            self._cuts[zone] = delegation
        except ValueError:  # cachetools: heavier than the whole cache
            return False
        return True

    def zones(self) -> list[bytes]:
        """The zones whose cuts are known, live or not."""
        return list(self._cuts)

    def get(self, zone: bytes) -> Delegation | None:
        """The cut of exactly this zone, live or not."""
        return self._cuts.get(zone)

    def holds(self, zone: bytes) -> bool:
        """Whether a cut of exactly this zone is known; nobody uses it."""
        return zone in self._cuts

    def deepest(self, key: bytes, now: float, *, strictly_above: bool = False) -> Delegation | None:
        """The live cut nearest to the name `key`, at it or above it (only above it with `strictly_above`)."""
        for zone in names.ancestors(key):
            if strictly_above and len(zone) == len(key):
                continue
            if zone in self._cuts:
                found = self._cuts[zone]
                if freshness(found.lifetime, now) is Freshness.FRESH:
                    return found
        return None

    def remove(self, zone: bytes) -> bool:
        """Forget the cut of this zone; True when there was one."""
        return self._cuts.pop(zone, None) is not None

    def flush(self, name: bytes | None = None, *, subtree: bool = False, dry_run: bool = False) -> int:
        """Remove cuts and return how many: all, that of a zone, or those of it and all below. `dry_run` only counts."""
        flush = Flush(None if name is None else name.lower(), None, subtree)
        if not dry_run:
            self._flushes.note(flush)
        return self.sweep(flush, dry_run=dry_run)

    def sweep(self, flush: Flush, *, dry_run: bool = False) -> int:
        """Remove the cuts that a flush covers, or only count them; how many."""
        gone = [
            zone
            for zone in self._cuts
            if flush.covers(zone, _NS, negative=False, stored_at=_peek(self._cuts, zone).lifetime.stored_at)
        ]
        if not dry_run:
            for zone in gone:
                del self._cuts[zone]
        return len(gone)


def _peek(cuts: LRUCache[bytes, Delegation], zone: bytes) -> Delegation:
    """The cut, without a use of it."""
    found: Delegation = Cache.__getitem__(cuts, zone)
    return found


def delegation_bytes(delegation: Delegation) -> int:
    """The weight of a cut, with all it holds."""
    size = _DELEGATION + len(delegation.zone) * 2 + len(delegation.parent)
    size += sum(BYTES + 8 + len(name) for name in delegation.names)
    return size + sum(_PAIR + len(name) + len(address) for name, address in delegation.addresses)
