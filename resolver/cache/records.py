# SPDX-License-Identifier: ISC
"""The record cache: one entry per owner name and type, ranked after RFC 2181, bounded in bytes.

It compares ranks and instants and never judges what an answer means: walking aliases is `chain`'s business. Expiry
removes nothing; space does, taking what is dead first (`eviction` orders the rest without looking at time).

    name ──► packed entry, or several ──slot──► queues (eviction) · instants of death (ends) · the name again
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from itertools import count
from typing import Final

from resolver.cache.budget import SLOT, packed_bytes
from resolver.cache.ends import Ends
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind
from resolver.cache.eviction import S3Fifo
from resolver.cache.flushes import Flush, FlushLog
from resolver.cache.held import Held, glance
from resolver.cache.lives import End, Lives, PastLife, cause_of
from resolver.cache.name_share import NameShare
from resolver.cache.packed import (
    KINDS,
    instants_of,
    kind_index,
    kind_of,
    pack,
    place,
    place_of,
    published_of,
    rtype_of,
    slot_of,
    unpack,
)
from resolver.cache.ranking import is_outranked, outranks
from resolver.cache.tallies import Tallies
from resolver.events import Evicted, Tell
from resolver.policy.lifetime import Freshness, freshness
from resolver.wire import names

# Told with the folded owner, the type, and why: replaced, denied (by a contradicting answer), flushed, dead, space.
OnGone = Callable[[bytes, int, str], None]

# How a life ended, by why its entry left; what was replaced by nothing has no life left or too much weight.
_ENDS: Final = {"dead": End.EXPIRED, "space": End.EVICTED, "flushed": End.FLUSHED, "denied": End.DENIED}
# What a name holds: its packed entry, or several of them. Most names have one type, and most others two.
_Here = bytes | tuple[bytes, ...]


class RecordCache:
    """RRsets and denials. `budget_bytes` bounds `size_bytes` after every call, whatever is stored.

    Entries are kept packed: what `get` and `peek` return is equal to what was stored, and the caller's own. `tallies`
    counts what each was good for, by slot, and `lives` remembers those that left.
    """

    def __init__(
        self,
        budget_bytes: int,
        tell: Tell,
        flushes: FlushLog | None = None,
        lives: Lives | None = None,
        name_share: NameShare | None = None,
    ) -> None:
        self._budget = budget_bytes
        self._name_share = name_share or NameShare(tell)
        self._tell = tell
        self._flushes = flushes if flushes is not None else FlushLog()
        self.lives = lives if lives is not None else Lives(0)
        self.tallies = Tallies()
        self._names: dict[bytes, _Here] = {}
        self._keys: list[bytes] = []  # by slot; the very objects that are the keys of `_names`
        self._queue = S3Fifo(budget_bytes, self._name_of)
        self._ends = Ends()
        self._counts = [0] * len(KINDS)
        self._serial = count(1)
        self._on_gone: OnGone | None = None
        self._read: Callable[[bytes, bytes], Entry] = unpack

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
        return dict(zip(KINDS, self._counts, strict=True))

    def set_listener(self, on_gone: OnGone) -> None:
        """Have `on_gone` told of each entry that is replaced, denied, flushed or evicted. ValueError if one is.

        What it is told of has its place for as long as the call lasts (`slot`).
        """
        if self._on_gone is not None:
            raise ValueError("the record cache has its listener")
        self._on_gone = on_gone

    def get(self, key: bytes, rtype: int) -> Entry | None:
        """The entry, of whatever age; this counts as a use of it."""
        packed = self._find(key, rtype)
        if packed is None:
            return None
        self._queue.use(slot_of(packed))
        return self._read(packed, key)

    def peek(self, key: bytes, rtype: int) -> Entry | None:
        """The entry, of whatever age; nobody uses it."""
        packed = self._find(key, rtype)
        return None if packed is None else self._read(packed, key)

    def held_names(self, key: bytes) -> list[bytes]:
        """The name `key` and those above it at which something is held, nearest first: for most questions, none."""
        held, found, position = self._names, [], 0
        while length := key[position]:
            if (name := key[position:]) in held:
                found.append(name)
            position += length + 1
        if names.ROOT in held:
            found.append(names.ROOT)
        return found

    def generation(self, key: bytes, rtype: int, *, mark_use: bool = False) -> int:
        """A number that no other entry has or had; 0 when there is no entry. With `mark_use` it counts as a use."""
        packed = self._find(key, rtype)
        if packed is None:
            return 0
        slot, generation = place_of(packed)
        if mark_use:
            self._queue.use(slot)
        return generation

    def slot(self, key: bytes, rtype: int, generation: int | None = None) -> int | None:
        """The place of an entry, if it is held (and is of that generation): a number that is its own until it goes."""
        packed = self._find(key, rtype)
        if packed is None:
            return None
        slot, held = place_of(packed)
        return slot if generation is None or generation == held else None

    def use_slot(self, slot: int) -> None:
        """Count a use of the entry in the place, which must be held."""
        self._queue.use(slot)

    def why_missing(self, key: bytes, rtype: int) -> str:
        """The label of a miss for the name and type: cold, expired, evicted or flushed."""
        if self._find(key, rtype) is not None:
            return "expired"
        return cause_of(self.lives.last(key, rtype) or self.lives.last(key, NXDOMAIN_TYPE))

    @property
    def slots(self) -> int:
        """One past the last place that was ever taken: where a `walk` ends."""
        return len(self._keys)

    def walk(self, start: int, stop: int, end: bytes = b"") -> Iterator[Held]:
        """What is held in the places from `start` up to `stop`, at names that end so; it stays there until it goes."""
        for packed in self._between(start, stop, end):
            slot = slot_of(packed)
            yield glance(packed, self._keys[slot], self._queue.size_of(slot), self.tallies.of(slot))

    def at_or_below(self, key: bytes) -> Iterator[Entry]:
        """All entries whose owner is `key` or below it. Reads every name held: for operators, not for answers."""
        for held in list(self._names):
            if names.is_at_or_below(held, key):
                for packed in self._here(held):
                    yield self._read(packed, held)

    def judged_by(self, judged: Callable[[Entry], Entry] | None) -> None:
        """Have every entry pass through `judged` when it is read; None: it is read as it was stored."""
        self._read = unpack if judged is None else lambda packed, key: judged(unpack(packed, key))

    def rewrite(self, start: int, stop: int, judged: Callable[[Entry], Entry], now: float) -> None:
        """Put what `judged` makes of an entry in its stead, in the places from `start` up to `stop`."""
        for packed in self._between(start, stop):
            key = self._key(packed)
            if (new := judged(old := unpack(packed, key))) is not old:
                form = pack(new, key)
                self._put(key, new, form, packed_bytes(len(key), len(form)) + SLOT, now, again=True)
        self._make_room(now)

    def store(self, entry: Entry, now: float, epoch: int | None = None) -> bool:
        """Take an entry in; True when it is held afterwards.

        Not held is: what was asked for before a flush that covers it (`epoch`); what is of lower rank than something
        fresh that it would replace (RFC 2181 section 5.4.1); what has no life (TTL 0, RFC 1035 section 3.2.1) or
        weighs more than the budget. The last two are news all the same, and remove what they would have replaced.
        """
        key, rtype, denies = entry.key, entry.rtype, entry.kind is not Kind.POSITIVE
        if (rtype == NXDOMAIN_TYPE) is not (entry.kind is Kind.NXDOMAIN):
            return False  # TYPE0 is reserved (RFC 6895 section 3.1): an answer for it has no place
        if self._flushes.fenced(
            epoch, key, rtype, denies, entry.server, entry.lifetime.stored_at
        ) or is_outranked(self._here(key), entry, now):
            return False
        self._remove_contradicted(key, entry, now)
        packed = pack(entry, key)
        size = packed_bytes(len(key), len(packed)) + SLOT
        is_too_large = size > self._budget or self._name_share.is_exceeded(size, now)
        if is_too_large or freshness(entry.lifetime, now) is Freshness.DEAD:
            self._not_kept(key, entry, now)
            return False
        for surplus in self._name_share.surplus(self._here(key), rtype, size, self._queue.size_of, now):
            self._drop(surplus, "space", now)
        generation = self._put(key, entry, packed, size, now, again=False)
        if not self._queue.over_budget:
            return True
        self._make_room(now)
        return self.generation(key, rtype) == generation

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
        flush = Flush(None if name is None else name.lower(), rtype, subtree, negative, stale=only_stale)
        if not dry_run:
            self.fence(flush)
        return len(self.sweep(flush, 0, self.slots, now, dry_run=dry_run))

    def fence(self, flush: Flush) -> None:
        """Have nothing stored that was asked for before now and that the flush covers."""
        self._flushes.note(flush)

    def sweep(
        self, flush: Flush, start: int, stop: int, now: float, *, dry_run: bool = False
    ) -> list[tuple[bytes, int]]:
        """Remove what a flush covers in the places from `start` up to `stop`, or only say what: names and types.

        A flush of one name needs no walk: all it covers goes with the first place.
        """
        candidates = self._concerning(flush.name) if flush.name is not None and start == 0 else []
        if flush.name is None or flush.subtree:
            below = self._between(start, stop, flush.name or b"")
            candidates += [packed for packed in below if packed not in candidates]
        covered = [packed for packed in candidates if self._is_covered(packed, flush, now)]
        gone = [(self._key(packed), rtype_of(packed)) for packed in covered]
        if gone and not dry_run:
            for packed in covered:
                self._drop(packed, "flushed", now)
            self._tell(Evicted(now, "records", "flushed", len(gone)))
        return gone

    def _find(self, key: bytes, rtype: int) -> bytes | None:
        here = self._names.get(key)
        if here is None:
            return None
        if isinstance(here, bytes):
            return here if rtype_of(here) == rtype else None
        for packed in here:
            if rtype_of(packed) == rtype:
                return packed
        return None

    def _here(self, key: bytes) -> tuple[bytes, ...]:
        """All that is held at a name, oldest type first."""
        here = self._names.get(key, ())
        return (here,) if isinstance(here, bytes) else here

    def _key(self, packed: bytes) -> bytes:
        return self._keys[slot_of(packed)]

    def _in_slot(self, slot: int) -> bytes:
        """The packed entry in a slot that is taken."""
        here = self._here(self._keys[slot])
        return here[0] if len(here) == 1 else next(packed for packed in here if slot_of(packed) == slot)

    def _name_of(self, slot: int) -> Hashable:
        return self._keys[slot], rtype_of(self._in_slot(slot))

    def _between(self, start: int, stop: int, end: bytes = b"") -> list[bytes]:
        """What is held in a range of places, at names that end in those octets: no other entry is read."""
        held = enumerate(self._keys[start:stop], start)
        return [self._in_slot(slot) for slot, key in held if key and key.endswith(end)]

    def _concerning(self, name: bytes) -> list[bytes]:
        """What is held at a name, and what denies it from above."""
        found = list(self._here(name))
        for above in names.ancestors(name):
            if (denial := self._find(above, NXDOMAIN_TYPE)) is not None and denial not in found:
                found.append(denial)
        return found

    def _is_covered(self, packed: bytes, flush: Flush, now: float) -> bool:
        key, lifetime = self._key(packed), instants_of(packed)
        if flush.stale and freshness(lifetime, now) is Freshness.FRESH:
            return False
        server = "" if flush.server is None else unpack(packed, key).server
        is_negative = kind_of(packed) is not Kind.POSITIVE
        return flush.covers(key, rtype_of(packed), is_negative, server, lifetime.stored_at)

    def _remove_contradicted(self, key: bytes, entry: Entry, now: float) -> None:
        """NXDOMAIN leaves nothing else at its name; anything else at a name leaves no NXDOMAIN at it and above."""
        if entry.kind is Kind.NXDOMAIN:
            for packed in self._here(key):
                if rtype_of(packed) != NXDOMAIN_TYPE:
                    self._drop(packed, "denied", now)
            return
        for above in self.held_names(key):
            if (denial := self._find(above, NXDOMAIN_TYPE)) is not None and not outranks(denial, entry, now):
                self._drop(denial, "denied", now)

    def _put(self, key: bytes, entry: Entry, packed_entry: bytes, size: int, now: float, again: bool) -> int:
        """Put an entry into the slot of its name and type; its generation. `again`: it was not fetched anew."""
        generation, rtype = next(self._serial), entry.rtype
        old = self._find(key, rtype)
        if old is None:
            here = self._here(key)
            slot = self._queue.add((key, rtype), size)
            while slot >= len(self._keys):
                self._keys.append(b"")
            self._keys[slot] = self._key(here[0]) if here else key
            self.tallies.begin(slot, now)
            packed = place(packed_entry, slot, generation)
            self._names[key] = (*here, packed) if here else packed
        else:
            slot = slot_of(old)
            self._queue.resize(slot, size)
            if not again:
                self.tallies.refreshed(slot)
            self._counts[kind_index(old)] -= 1
            packed = place(packed_entry, slot, generation)
            here = self._here(key)
            self._names[key] = packed if len(here) == 1 else tuple(packed if p is old else p for p in here)
        self._counts[kind_index(packed)] += 1
        # From the greater of the two on, the judge says DEAD.
        self._ends.note(slot, max(entry.lifetime.fresh_until, entry.lifetime.stale_until))
        if old is not None and self._on_gone is not None:
            self._on_gone(key, rtype, "replaced")
        return generation

    def _make_room(self, now: float) -> None:
        dead = 0
        lives: list[float] = []
        while self._queue.over_budget:
            slot = self._ends.dead(now)
            if slot is not None:
                self._drop(self._in_slot(slot), "dead", now)
                dead += 1
                continue
            # Its name is read before it is vacated, and its entry taken out after.
            packed = self._in_slot(self._queue.pick())
            lives.append(now - instants_of(packed).stored_at)
            self._unlink(packed, "space", now)
        if dead:
            self._tell(Evicted(now, "records", "dead", dead))
        if lives:
            self._tell(Evicted(now, "records", "space", len(lives), tuple(lives)))

    def _drop(self, packed: bytes, reason: str, now: float) -> None:
        self._queue.remove(slot_of(packed))
        self._unlink(packed, reason, now)

    def _not_kept(self, key: bytes, entry: Entry, now: float) -> None:
        """Remove what it would have replaced, and remember why it is not here instead."""
        packed = self._find(key, entry.rtype)
        if packed is not None:
            self._drop(packed, "replaced", now)
        end = End.TOO_LARGE if entry.lifetime.kept_ttl > 0 else End.ZERO_TTL
        self.lives.note(key, entry.rtype, PastLife(end, now, now, entry.lifetime.published_ttl, 0, 0))

    def _unlink(self, packed: bytes, reason: str, now: float) -> None:
        """Take an entry whose slot left the queue out of the index."""
        slot = slot_of(packed)
        key, rtype = self._keys[slot], rtype_of(packed)
        if self._on_gone is not None:
            self._on_gone(key, rtype, reason)
        if reason in _ENDS:
            since, hits, refreshes, _, _ = self.tallies.of(slot)
            life = PastLife(_ENDS[reason], since, now, published_of(packed), hits, refreshes)
            self.lives.note(key, rtype, life)
        here = self._here(key)
        if len(here) == 1:
            del self._names[key]
        else:
            rest = tuple(other for other in here if other is not packed)
            self._names[key] = rest[0] if len(rest) == 1 else rest
        self._keys[slot] = b""
        self._ends.forget(slot)
        self._counts[kind_index(packed)] -= 1
