# SPDX-License-Identifier: ISC
"""From a question to its answer through the record cache: aliases, denials above, DNAME. A pure walk; nothing is asked.

What to do about a stale or a broken chain is decided by `policy.stale` and the engine, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Final, NamedTuple, TypeGuard

from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.cache.records import RecordCache
from resolver.policy.lifetime import Freshness, freshness
from resolver.wire import FormatError, Record, Rtype, names
from resolver.wire.records import first_name

_CNAME: Final = int(Rtype.CNAME)
_DNAME: Final = int(Rtype.DNAME)
_DS: Final = int(Rtype.DS)
# A CNAME does not stand for these at its own name (RFC 1034 section 3.6.2, RFC 4034 sections 3 and 4).
_NOT_ALIASED: Final = frozenset({_CNAME, int(Rtype.RRSIG), int(Rtype.NSEC), int(Rtype.ANY)})


class ChainState(Enum):
    """A chain is as fresh as its worst link; MISSING when it breaks off."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


class Stop(Enum):
    """Why a chain cannot go on, where it is not for want of an entry."""

    LOOP = "loop"
    TOO_LONG = "too long"
    OVERFLOW = "overflow"  # the name made by a DNAME is over 255 octets: YXDOMAIN (RFC 6672 section 2.2)


class Link(NamedTuple):
    """Where in the record cache a link of a chain came from."""

    key: bytes
    rtype: int
    generation: int


class Chain(NamedTuple):
    """The entries from the question on: aliases, then its end if the chain has one.

    `next_name` is where it breaks off when MISSING (spelled as the alias has it), else the name of its end.
    `sources` are the places of the entries, without the CNAMEs made from a DNAME.
    """

    entries: tuple[Entry, ...]
    state: ChainState
    next_name: bytes
    stop: Stop | None = None
    sources: tuple[Link, ...] = ()

    @property
    def freshness(self) -> Freshness:
        """The state as `policy.stale.plan` wants it: DEAD when a link is missing."""
        if self.state is ChainState.MISSING:
            return Freshness.DEAD
        return Freshness.FRESH if self.state is ChainState.FRESH else Freshness.STALE

    @property
    def fresh_until(self) -> float:
        """The instant at which its shortest link ceases to be fresh; infinity for a chain without links."""
        return min((entry.lifetime.fresh_until for entry in self.entries), default=float("inf"))

    @property
    def overflow(self) -> bool:
        """Whether a DNAME made a name too long; the answer is then YXDOMAIN with the entries so far."""
        return self.stop is Stop.OVERFLOW


def follow(
    records: RecordCache,
    question_key: bytes,
    rtype: int,
    now: float,
    max_links: int,
    *,
    fresh_only: bool = False,
    mark_use: bool = True,
) -> Chain:
    """Walk from the name and type asked to an answer or a denial, over at most `max_links` aliases.

    At each name the nearest thing wins: the type itself, a CNAME, NXDOMAIN at the name, then NXDOMAIN or DNAME above it
    (RFC 8020, RFC 6672); fresh before stale. Glue answers nobody. `fresh_only` takes stale for missing; without
    `mark_use` the walk does not count as a use of the entries.
    """
    if not records.held_names(question_key.lower()):
        return Chain((), ChainState.MISSING, question_key)
    walk = _Walk(records, now, fresh_only, mark_use)
    name, seen, links = question_key, {question_key.lower()}, 0
    while True:
        found = walk.best(name, rtype)
        if found is None:
            return walk.chain(ChainState.MISSING, name)
        entry, is_alias = found
        walk.take(entry)
        if not is_alias:
            return walk.end(_presented(entry, name), name)
        target = _target(entry, name)
        if target is None:
            walk.entries.append(entry)
            return walk.chain(ChainState.MISSING, name, Stop.OVERFLOW)
        walk.entries.append(entry)
        if entry.rtype == _DNAME:
            made = synthesized(entry, name, target)
            if rtype in _NOT_ALIASED:
                return walk.end(made, name)
            walk.entries.append(made)
        name, links = target, links + 1
        key = target.lower()
        if key in seen:
            return walk.chain(ChainState.MISSING, name, Stop.LOOP)
        if links > max_links:
            return walk.chain(ChainState.MISSING, name, Stop.TOO_LONG)
        seen.add(key)


def _leads_on(entry: Entry | None) -> TypeGuard[Entry]:
    """Whether what is held under an alias type is an alias that may answer."""
    return entry is not None and entry.kind is Kind.POSITIVE and entry.rank is not Rank.GLUE


def _is_other_side(alias: Entry, key: bytes, rtype: int) -> bool:
    """Whether a CNAME at a zone's apex, which should not be there, stands before the DS that the parent holds."""
    return rtype == _DS and alias.zone == key


class _Walk:
    """The state of one walk."""

    __slots__ = ("_fresh_only", "_mark_use", "_now", "_records", "_sources", "_stale", "entries")

    def __init__(self, records: RecordCache, now: float, fresh_only: bool, mark_use: bool) -> None:
        self.entries: list[Entry] = []
        self._records = records
        self._now = now
        self._fresh_only = fresh_only
        self._mark_use = mark_use
        self._sources: list[Link] = []
        self._stale = False

    def best(self, name: bytes, rtype: int) -> tuple[Entry, bool] | None:
        """The first fresh thing that says what `rtype` at `name` is, else the first stale; and: is it an alias?"""
        stale = None
        for entry, is_alias in self._candidates(name.lower(), rtype):
            age = freshness(entry.lifetime, self._now)
            if age is Freshness.FRESH:
                return entry, is_alias
            if age is Freshness.STALE and stale is None and not self._fresh_only:
                stale = entry, is_alias
        return stale

    def _candidates(self, key: bytes, rtype: int) -> Iterator[tuple[Entry, bool]]:
        peek, held = self._records.peek, self._records.held_names(key)
        if held and len(held[0]) == len(key):
            entry = peek(key, rtype)
            if entry is not None and entry.rank is not Rank.GLUE:
                yield entry, False
            if rtype not in _NOT_ALIASED:
                entry = peek(key, _CNAME)
                if _leads_on(entry) and not _is_other_side(entry, key, rtype):
                    yield entry, True
        for above in held:
            entry = peek(above, NXDOMAIN_TYPE)
            if entry is not None:
                yield entry, False
            entry = peek(above, _DNAME) if len(above) < len(key) else None
            if _leads_on(entry):
                yield entry, True

    def take(self, entry: Entry) -> None:
        """Note that the entry is a link: its place, its use, its age."""
        key, rtype = entry.key, entry.rtype
        generation = self._records.generation(key, rtype, mark_use=self._mark_use)
        self._sources.append(Link(key, rtype, generation))
        self._stale = self._stale or freshness(entry.lifetime, self._now) is not Freshness.FRESH

    def end(self, entry: Entry, name: bytes) -> Chain:
        """The whole chain, of which `entry` is the end."""
        self.entries.append(entry)
        return self.chain(ChainState.STALE if self._stale else ChainState.FRESH, name)

    def chain(self, state: ChainState, name: bytes, stop: Stop | None = None) -> Chain:
        """The chain as far as the walk came."""
        return Chain(tuple(self.entries), state, name, stop, tuple(self._sources))


def _presented(entry: Entry, name: bytes) -> Entry:
    """An NXDOMAIN above denies the name asked as well: the client is told about that name (RFC 8020 section 2)."""
    if entry.kind is Kind.NXDOMAIN and len(entry.owner) != len(name):
        return replace(entry, owner=name)
    return entry


def _target(entry: Entry, name: bytes) -> bytes | None:
    """Where the alias leads from `name`; None when a DNAME makes a name that is too long."""
    target = first_name(entry.records[0].rdata)
    if entry.rtype != _DNAME:
        return target
    try:
        return names.replace_suffix(name, len(entry.owner), target)
    except FormatError:
        return None


def synthesized(dname: Entry, name: bytes, target: bytes) -> Entry:
    """The CNAME that a DNAME implies for `name` (RFC 6672 section 3.1): its TTL and life are the DNAME's."""
    record = Record(name, _CNAME, dname.records[0].rclass, dname.records[0].ttl, target)
    return replace(dname, owner=name, rtype=_CNAME, records=(record,), signatures=(), synthesized=True)
