# SPDX-License-Identifier: ISC
"""The truth behind a trace: what the owner of each name publishes at an instant, and for how long data have been wrong.

Learnt from the trace's questions as they come, each telling what holds from its time on. No server and no message
lives here: `hierarchy` serves what stands here, `replies` holds answers against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from resolver.cache import NXDOMAIN_TYPE
from resolver.lab.fullworld.questions import Asked
from resolver.policy import AnswerClass
from resolver.wire import Rtype, names


@dataclass(slots=True)
class Owner:
    """What is published for one RRset. `replaced_at[v]` is when data of version v ceased to be right."""

    answer: AnswerClass
    ttl: int
    changes_at: float
    failing: bool = False
    replaced_at: list[float] = field(default_factory=list)

    def version(self, at: float) -> int:
        """The version in force at an instant not before the latest that was asked about."""
        if at >= self.changes_at:
            self.replaced_at.append(self.changes_at)
            self.changes_at = inf
        return len(self.replaced_at)


class Owners:
    """Everybody's data."""

    def __init__(self) -> None:
        self._above: set[bytes] = set()  # names with another below them that exists, the root aside
        self._owners: dict[tuple[bytes, int], Owner] = {}
        self._missing: set[bytes] = set()
        self._appeared_at: dict[bytes, float] = {}  # or disappeared: when a name last did one of the two

    def take(self, asked: Asked) -> None:
        """From `asked.time` on its owner says what the question tells."""
        said, name = asked.said, asked.name
        kind = said.answer
        if kind is AnswerClass.FAILURE:
            owner = self._owners.get((name, asked.rtype))
            if owner is None:
                owner = self._add((name, asked.rtype), Owner(AnswerClass.POSITIVE, 0, asked.changes_at))
            owner.failing = True
            return
        missing = kind is AnswerClass.NXDOMAIN
        if missing is not (name in self._missing):
            self._appear(name, asked.time, missing=missing)
        key = name, NXDOMAIN_TYPE if missing else _fetched_type(asked.rtype)
        owner = self._owners.get(key)
        if owner is None:
            self._add(key, Owner(kind, said.published, asked.changes_at))
            return
        owner.version(asked.time)
        owner.changes_at, owner.ttl, owner.answer, owner.failing = (
            asked.changes_at, said.published, kind, False,
        )  # fmt: skip

    def find(self, name: bytes, rtype: int) -> Owner | None:
        """Who speaks for a name and a type now; None when nobody ever asked about them."""
        return self._owners.get((name, NXDOMAIN_TYPE if name in self._missing else _fetched_type(rtype)))

    def exists(self, name: bytes) -> bool:
        """Whether a name exists: all do but those said not to, and of these the ones with others below them do."""
        return name not in self._missing or name in self._above

    def wrong_for(
        self, name: bytes, rtype: int, answer: AnswerClass, version: int, at: float
    ) -> float | None:
        """For how many seconds data of a class and version have been wrong at an instant; None: they are right."""
        owner = self.find(name, rtype)
        if owner is None:
            return None
        if owner.answer is not answer:
            return at - self._appeared_at.get(name, at)
        current = owner.version(at)
        return at - owner.replaced_at[version] if version < current else None

    def _add(self, key: tuple[bytes, int], owner: Owner) -> Owner:
        self._owners[key] = owner
        name = key[0]
        if owner.answer is not AnswerClass.NXDOMAIN and name != names.ROOT:
            above = names.parent(name)
            while above != names.ROOT and above not in self._above:
                self._above.add(above)
                above = names.parent(above)
        return owner

    def _appear(self, name: bytes, at: float, *, missing: bool) -> None:
        self._appeared_at[name] = at
        if missing:
            self._missing.add(name)
        else:
            self._missing.discard(name)


def _fetched_type(rtype: int) -> int:
    """ANY is never asked upstream: the addresses do (RFC 8482 section 4)."""
    return int(Rtype.A) if rtype == Rtype.ANY else rtype
