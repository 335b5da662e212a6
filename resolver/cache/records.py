# SPDX-License-Identifier: ISC
"""The record cache: one entry per owner name and type, ranked after RFC 2181, bounded in bytes.

It compares ranks and instants and never judges what an answer means: walking aliases is `chain`'s business. Expiry
removes nothing; space does, taking what is dead first (`eviction` orders the rest without looking at time).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from resolver.cache.budget import SLOT, entry_bytes
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.cache.eviction import S3Fifo
from resolver.cache.flushes import Flush, FlushLog
from resolver.events import Evicted, Tell
from resolver.policy.lifetime import Freshness, freshness
from resolver.wire import names

# Told with the folded owner, the type, and why: replaced, denied (by a contradicting answer), flushed, dead, space.
OnGone = Callable[[bytes, int, str], None]

# Types held at one name (BIND max-types-per-name; CVE-2024-1737): whatever concerns a whole name stays cheap.
_MOST_TYPES: Final = 100


class _Slot:
    """The place of one owner and type; entries come and go in it while it keeps its standing in the queues."""

    __slots__ = ("end_noted", "entry", "generation", "held", "in_main", "key", "rtype", "size", "uses")

    def __init__(self, key: bytes, entry: Entry, size: int, generation: int) -> None:
        self.key = key
        self.rtype = entry.rtype
        self.entry = entry
        self.size = size
        self.generation = generation
        self.uses = 0
        self.in_main = False
        self.held = True
        self.end_noted = 0.0

    @property
    def name(self) -> tuple[bytes, int]:
        return self.key, self.rtype


class RecordCache:
    """RRsets and denials. `budget_bytes` bounds `size_bytes` after every call, whatever is stored."""

    def __init__(self, budget_bytes: int, tell: Tell, flushes: FlushLog | None = None) -> None:
        self._budget = budget_bytes
        self._tell = tell
        self._flushes = flushes if flushes is not None else FlushLog()
        self._names: dict[bytes, dict[int, _Slot]] = {}
        self._queue: S3Fifo[_Slot] = S3Fifo(budget_bytes)
        self._ends: list[tuple[float, int, _Slot]] = []  # a heap: what is dead is found without a search
        self._counts = dict.fromkeys(Kind, 0)
        self._serial = count(1)
        self._on_gone: OnGone | None = None

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def size_bytes(self) -> int:
        """What is held weighs this much, overhead and remembered names included."""
        return self._queue.size_bytes

    @property
    def epoch(self) -> int:
        """How many flushes there have been; a fetch hands the epoch of its beginning to `store`."""
        return self._flushes.epoch

    def counts(self) -> dict[Kind, int]:
        """Entries by kind."""
        return dict(self._counts)

    def set_listener(self, on_gone: OnGone) -> None:
        """Have `on_gone` told of each entry that is replaced, denied, flushed or evicted. ValueError if one is."""
        if self._on_gone is not None:
            raise ValueError("the record cache has its listener")
        self._on_gone = on_gone

    def get(self, key: bytes, rtype: int) -> Entry | None:
        """The entry, of whatever age; this counts as a use of it."""
        slot = self._slot(key, rtype)
        if slot is None:
            return None
        self._queue.use(slot)
        return slot.entry

    def peek(self, key: bytes, rtype: int) -> Entry | None:
        """The entry, of whatever age; nobody uses it."""
        slot = self._slot(key, rtype)
        return None if slot is None else slot.entry

    def use(self, key: bytes, rtype: int) -> None:
        """Count a use of the entry, if it is here: somebody got its data by another way than `get`."""
        slot = self._slot(key, rtype)
        if slot is not None:
            self._queue.use(slot)

    def generation(self, key: bytes, rtype: int) -> int:
        """A number that no other entry has or had; 0 when there is no entry."""
        slot = self._slot(key, rtype)
        return 0 if slot is None else slot.generation

    def at_or_below(self, key: bytes) -> Iterator[Entry]:
        """All entries whose owner is `key` or below it. Reads every name held: for operators, not for answers."""
        for held in list(self._names):
            if names.is_at_or_below(held, key):
                for slot in list(self._names.get(held, {}).values()):
                    yield slot.entry

    def store(self, entry: Entry, now: float, epoch: int | None = None) -> bool:
        """Take an entry in; True when it is held afterwards.

        Not held is: what was asked for before a flush that covers it (`epoch`); what is of lower rank than something
        fresh that it would replace (RFC 2181 section 5.4.1); what has no life (TTL 0, RFC 1035 section 3.2.1) or
        weighs more than the budget. The last two are news all the same, and remove what they would have replaced.
        """
        key, rtype, denies = entry.key, entry.rtype, entry.kind is not Kind.POSITIVE
        if (rtype == NXDOMAIN_TYPE) is not (entry.kind is Kind.NXDOMAIN):
            return False  # TYPE0 is reserved (RFC 6895 section 3.1): an answer for it has no place
        if self._flushes.fenced(epoch, key, rtype, denies) or self._is_outranked(key, entry, now):
            return False
        self._remove_contradicted(key, entry, now)
        size = entry_bytes(entry) + SLOT
        if freshness(entry.lifetime, now) is Freshness.DEAD or size > self._budget:
            self._remove(key, rtype, "replaced")
            return False
        slot = self._put(key, entry, size)
        self._make_room(now)
        return slot.held

    def flush(
        self,
        name: bytes | None = None,
        rtype: int | None = None,
        subtree: bool = False,
        negative: bool = False,
        dry_run: bool = False,
        *,
        only_stale: bool = False,
        now: float = 0.0,
    ) -> int:
        """Remove entries and return how many: of all names, of one name or of its subtree; of one type or of all.

        `negative` spares the positive ones, `only_stale` those fresh at `now`. What is still being fetched and covered
        is not stored when it comes in (except with `only_stale`). `dry_run` only counts.
        """
        flush = Flush(None if name is None else name.lower(), rtype, subtree, negative)
        gone = [
            slot
            for slot in self._candidates(flush)
            if flush.covers(slot.key, slot.rtype, slot.entry.kind is not Kind.POSITIVE)
            and not (only_stale and freshness(slot.entry.lifetime, now) is Freshness.FRESH)
        ]
        if dry_run:
            return len(gone)
        if not only_stale:
            self._flushes.note(flush)
        for slot in gone:
            self._drop(slot, "flushed")
        if gone:
            self._tell(Evicted(now, "records", "flushed", len(gone)))
        return len(gone)

    def _slot(self, key: bytes, rtype: int) -> _Slot | None:
        here = self._names.get(key)
        return None if here is None else here.get(rtype)

    def _candidates(self, flush: Flush) -> list[_Slot]:
        """The slots a flush may cover, without a walk through all when it names one name."""
        if flush.name is None or flush.subtree:
            return [slot for here in self._names.values() for slot in here.values()]
        found = list(self._names.get(flush.name, {}).values())
        found += [
            s
            for above in names.ancestors(flush.name)
            if (s := self._slot(above, NXDOMAIN_TYPE)) and s not in found
        ]
        return found

    def _is_outranked(self, key: bytes, entry: Entry, now: float) -> bool:
        """Whether something at the name outranks the entry and would have to go for it."""
        here = self._names.get(key)
        if here is None:
            return False
        rivals = (
            here.values() if entry.kind is Kind.NXDOMAIN else (here.get(entry.rtype), here.get(NXDOMAIN_TYPE))
        )
        return any(slot is not None and _outranks(slot.entry, entry, now) for slot in rivals)

    def _remove_contradicted(self, key: bytes, entry: Entry, now: float) -> None:
        """NXDOMAIN leaves nothing else at its name; anything else at a name leaves no NXDOMAIN at it and above."""
        if entry.kind is Kind.NXDOMAIN:
            for slot in list(self._names.get(key, {}).values()):
                if slot.rtype != NXDOMAIN_TYPE:
                    self._drop(slot, "denied")
            return
        for above in names.ancestors(key):
            denial = self._slot(above, NXDOMAIN_TYPE)
            if denial is not None and not _outranks(denial.entry, entry, now):
                self._drop(denial, "denied")

    def _put(self, key: bytes, entry: Entry, size: int) -> _Slot:
        here = self._names.setdefault(key, {})
        slot = here.get(entry.rtype)
        if slot is None:
            if len(here) >= _MOST_TYPES:
                self._drop(next(iter(here.values())), "space")
            slot = here[entry.rtype] = _Slot(key, entry, size, next(self._serial))
            self._queue.add(slot)
            self._counts[entry.kind] += 1
            self._note_end(slot)
            return slot
        self._counts[slot.entry.kind] -= 1
        self._counts[entry.kind] += 1
        self._queue.resize(slot, size)
        slot.entry, slot.generation = entry, next(self._serial)
        if entry.lifetime.stale_until < slot.end_noted:
            self._note_end(slot)
        if self._on_gone is not None:
            self._on_gone(key, entry.rtype, "replaced")
        return slot

    def _note_end(self, slot: _Slot) -> None:
        """Remember when the slot will be dead; when that moves on, the note is corrected as it comes up."""
        slot.end_noted = slot.entry.lifetime.stale_until
        heapq.heappush(self._ends, (slot.end_noted, next(self._serial), slot))
        if len(self._ends) > len(self._queue) * 5 // 4 + 64:
            self._ends = [note for note in self._ends if note[2].held and note[0] == note[2].end_noted]
            heapq.heapify(self._ends)

    def _make_room(self, now: float) -> None:
        gone = {"dead": 0, "space": 0}
        while self._queue.over_budget:
            slot, reason = self._pop_dead(now), "dead"
            if slot is None:
                slot, reason = self._queue.pick(), "space"
                self._unlink(slot, reason)
            else:
                self._drop(slot, reason)
            gone[reason] += 1
        for reason, number in gone.items():
            if number:
                self._tell(Evicted(now, "records", reason, number))

    def _pop_dead(self, now: float) -> _Slot | None:
        """Some slot whose entry is past its stale window, or None if there is none."""
        while self._ends and self._ends[0][0] <= now:
            end, _, slot = heapq.heappop(self._ends)
            if not slot.held or end != slot.end_noted:
                continue
            if freshness(slot.entry.lifetime, now) is Freshness.DEAD:
                return slot
            self._note_end(slot)
        return None

    def _remove(self, key: bytes, rtype: int, reason: str) -> None:
        slot = self._slot(key, rtype)
        if slot is not None:
            self._drop(slot, reason)

    def _drop(self, slot: _Slot, reason: str) -> None:
        self._queue.remove(slot)
        self._unlink(slot, reason)

    def _unlink(self, slot: _Slot, reason: str) -> None:
        """Take a slot that left the queue out of the index."""
        slot.held = False
        rtype = slot.rtype
        here = self._names[slot.key]
        del here[rtype]
        if not here:
            del self._names[slot.key]
        self._counts[slot.entry.kind] -= 1
        del slot.entry  # a note of its end may outlive the slot, and must not keep the data in memory
        if self._on_gone is not None:
            self._on_gone(slot.key, rtype, reason)


def _outranks(old: Entry, new: Entry, now: float) -> bool:
    """Whether `old` keeps its place: while fresh; against glue, which answers nobody, until it is dead."""
    if old.rank <= new.rank:
        return False
    age = freshness(old.lifetime, now)
    return age is Freshness.FRESH or (new.rank is Rank.GLUE and age is Freshness.STALE)
