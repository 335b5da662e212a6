# SPDX-License-Identifier: ISC
"""From a trace to what replays ask: which RRset, what would be answered, when that changes, and whether servers are up.

    Trace.blocks ──► class of answer ───────────┐
                     TTL: told, seen or assumed ─┼──► Questions, in blocks, the same for all policies
                     changes: data or a rate ────┤
                     outages ────────────────────┘

An RRset is a name and a type; a name that does not exist is one for all types (RFC 2308 section 5). That it begins to
exist, or ceases to, is seen at once: the two are not the same RRset here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.changes import ChangeLog, Changes, ChangesByRate, NoChanges, grown
from resolver.lab.replay.interning import Interner
from resolver.lab.replay.subjects import (
    ANY_OWNER,
    FAILURE,
    NODATA,
    NXDOMAIN,
    POSITIVE,
    Codes,
    codes_of,
    subject_of,
)
from resolver.lab.traces.chance import unit
from resolver.lab.traces.rows import EMPTY, UNKNOWN, Columns, Trace
from resolver.lab.traces.synthetic import Synthetic
from resolver.lab.traces.ttl_law import ttl_law
from resolver.policy import Subject
from resolver.wire import Rcode

# Rows replayed at once: enough that an RRset's state is worth fetching, few enough that a block stays near.
BLOCK: Final = 1 << 21
_TTL_TRAIT: Final = 32  # tells these draws from those of the trace's own generator


@dataclass(frozen=True, slots=True)
class World:
    """What a trace does not tell, or what is to be otherwise than it tells.

    `outages` are instants (from, until) in seconds after the first question, in which no server answers.
    `change_s` is the mean time between changes of an RRset's data; None: as the trace shows, 0: never. `missing_ttl`
    names the law for TTLs that nothing tells (`traces.ttl_law`).
    """

    outages: tuple[tuple[float, float], ...] = ()
    change_s: float | None = None
    missing_ttl: str = "mix"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Questions:
    """Consecutive questions. `rrset`, `subject` and `named_subject` number what `Preparation` keeps.

    Instants are seconds since the first question. `down`: the servers would not answer, or with a failure.

    `subject` is any owner's (class, type, TTL); `named_subject` is this owner's, or empty when no policy asks for it.
    """

    time: NDArray[np.float64]
    rrset: NDArray[np.int32]
    subject: NDArray[np.int32]
    named_subject: NDArray[np.int32]
    changes_at: NDArray[np.float64]
    down: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time)


@runtime_checkable
class Derived(Protocol):
    """A trace that was made from another: sampled, fragmented …"""

    made_from: Trace


def origin_of(trace: Trace) -> Trace:
    """The trace that `trace` was made from in the end."""
    while isinstance(trace, Derived):
        trace = trace.made_from
    return trace


class Preparation:
    """Prepares a trace once, for any number of policies; `by_name` when one of them has rules for names.

    While blocks are drawn, `rrsets` counts RRsets, `subjects` and `named_subjects` grow, and `ttl_sources` counts rows
    whose TTL was told, seen at another question for the RRset, or assumed.
    """

    def __init__(self, trace: Trace, world: World, *, by_name: bool = False) -> None:
        self.trace = trace
        self.world = world
        self.subjects: list[Subject] = []
        self.named_subjects: list[Subject] = []
        self.ttl_sources = {"told": 0, "seen": 0, "assumed": 0}
        self.started_at: float | None = None
        self._by_name = by_name
        self._ttls_are_owners = isinstance(origin_of(trace), Synthetic)
        self._rrsets = Interner()
        self._codes = Interner()
        self._named = Interner()
        self._ttl_seen = np.zeros(0, np.int32)
        self._assumed = ttl_law(world.missing_ttl)
        self._changes = self._survey()

    @property
    def rrsets(self) -> int:
        """How many RRsets there have been."""
        return len(self._rrsets)

    @property
    def codes(self) -> Codes:
        """The `subjects` again, as codes (`replay.subjects`)."""
        return self._codes.keys

    def number(self, names: NDArray[np.int32], rtype: int) -> NDArray[np.int32]:
        """The numbers of RRsets, given before the trace asks for them: for caches that are not empty at the start."""
        return self._rrsets.numbers(_rrset_key(names, np.full(len(names), rtype)))

    def number_answers(self, rtype: int, ttls: NDArray[np.integer]) -> NDArray[np.int32]:
        """The numbers of subjects, given beforehand likewise: positive answers of a type with these TTLs."""
        shape = np.ones(len(ttls), np.int64)
        return self._subjects_of(POSITIVE * shape, rtype * shape, ttls)

    def blocks(self) -> Iterator[Questions]:
        """Yield all questions, some BLOCK at a time. Once: blocks have a memory of those before."""
        waiting: list[Columns] = []
        rows = 0
        for columns in self.trace.blocks():
            waiting.append(columns)
            rows += len(columns)
            if rows >= BLOCK:
                yield self._prepare(waiting)
                waiting, rows = [], 0
        if rows:
            yield self._prepare(waiting)

    def _survey(self) -> Changes:
        """What must be known before the first question: this reads a trace once, unless nothing has to be looked for.

        Clients see TTLs count down, so of a recorded trace the largest one seen counts as the owner's.
        """
        mean, shows = self.world.change_s, _shows_changes(self.trace)
        if self._ttls_are_owners and (mean is not None or not shows):
            return self._by_rate(mean or 0.0)
        log = ChangeLog()
        for columns in self.trace.blocks():
            answer = _classes(columns.rcode, columns.rdata_hash)
            rrset = self._rrset(columns, answer)
            log.note(
                self._since_start(columns.time),
                rrset,
                np.where(answer == POSITIVE, columns.rdata_hash, UNKNOWN),
            )
            if not self._ttls_are_owners:
                self._ttl_seen = grown(self._ttl_seen, self.rrsets, UNKNOWN)
                np.maximum.at(self._ttl_seen, rrset, columns.ttl)
        return log.changes() if mean is None else self._by_rate(mean)

    def _by_rate(self, mean_s: float) -> Changes:
        return ChangesByRate(mean_s, self.world.seed) if mean_s > 0 else NoChanges()

    def _prepare(self, waiting: list[Columns]) -> Questions:
        name, rtype, ttl, rcode, data = (
            np.concatenate([getattr(columns, field) for columns in waiting])
            for field in ("name", "rtype", "ttl", "rcode", "rdata_hash")
        )
        time = self._since_start(np.concatenate([columns.time for columns in waiting]))
        answer = _classes(rcode, data)
        rtype = np.where(answer == NXDOMAIN, 0, rtype)
        rrset = self._rrsets.numbers(_rrset_key(name, rtype))
        ttl = np.where(answer == FAILURE, 0, self._owners_ttl(ttl, rrset, answer))
        subject = self._subjects_of(answer, rtype, ttl)
        named = np.zeros(0, np.int32)
        if self._by_name:
            named = self._named.numbers((subject.astype(np.int64) << 32) | name)
            for key in self._named.keys[len(self.named_subjects) :].tolist():
                owner = self.trace.names[key & 0xFFFFFFFF]
                self.named_subjects.append(self.subjects[key >> 32]._replace(owner=owner))
        return Questions(
            time,
            rrset,
            subject,
            named,
            self._changes.next_after(time, rrset),
            self._down(time) | (answer == FAILURE),
        )

    def _subjects_of(
        self, answer: NDArray[np.integer], rtype: NDArray[np.integer], ttl: NDArray[np.integer]
    ) -> NDArray[np.int32]:
        found = self._codes.numbers(codes_of(answer, rtype, ttl))
        for code in self._codes.keys[len(self.subjects) :].tolist():
            self.subjects.append(subject_of(code, ANY_OWNER))
        return found

    def _since_start(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.started_at is None:
            self.started_at = float(time[0]) if len(time) else None
        return time - (self.started_at or 0.0)

    def _rrset(self, columns: Columns, answer: NDArray[np.int8]) -> NDArray[np.int32]:
        return self._rrsets.numbers(_rrset_key(columns.name, np.where(answer == NXDOMAIN, 0, columns.rtype)))

    def _owners_ttl(
        self, ttl: NDArray[np.int32], rrset: NDArray[np.int32], answer: NDArray[np.int8]
    ) -> NDArray[np.int32]:
        """The TTL that each answer's owner published: told, else seen at another question, else assumed."""
        asked = answer != FAILURE
        told = asked & (ttl != UNKNOWN)
        if not self._ttls_are_owners:
            ttl = self._ttl_seen[rrset]
        known = asked & (ttl != UNKNOWN)
        unknown = asked & ~known
        if unknown.any():
            ttl = ttl.copy()
            ttl[unknown] = self._assumed.of(
                unit(rrset[unknown].astype(np.int64), self.world.seed, _TTL_TRAIT)
            )
        self.ttl_sources["told"] += int(told.sum())
        self.ttl_sources["seen"] += int(known.sum()) - int((told & known).sum())
        self.ttl_sources["assumed"] += int(unknown.sum())
        return ttl

    def _down(self, time: NDArray[np.float64]) -> NDArray[np.bool_]:
        down = np.zeros(len(time), np.bool_)
        for begins, ends in self.world.outages:
            down |= (time >= begins) & (time < ends)
        return down


def _shows_changes(trace: Trace) -> bool:
    """Whether a trace may show that data change: every recorded one may."""
    origin = origin_of(trace)
    return not isinstance(origin, Synthetic) or bool(origin.spec.change or origin.spec.move_share)


def _classes(rcode: NDArray[np.int16], data: NDArray[np.int64]) -> NDArray[np.int8]:
    """The class of each answer, as an index of CLASSES; positive where nothing is told."""
    answer = np.full(len(rcode), FAILURE, np.int8)
    answer[(rcode == int(Rcode.NOERROR)) | (rcode == UNKNOWN)] = POSITIVE
    answer[(rcode == int(Rcode.NOERROR)) & (data == EMPTY)] = NODATA
    answer[rcode == int(Rcode.NXDOMAIN)] = NXDOMAIN
    return answer


def _rrset_key(name: NDArray[np.int32], rtype: NDArray[np.generic]) -> NDArray[np.int64]:
    return (name.astype(np.int64) << 16) | rtype.astype(np.int64)
