# SPDX-License-Identifier: ISC
"""Forgetting parts of the cache, or all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from resolver.control.commands.command import Command, Inside, Spread, View
from resolver.control.parameters import BadRequest, Parameters, given_name, given_type, read_flag


class Flush(Command, frozen=True, tag="flush"):
    """What to flush. `name` is a name in wire form, None for everything; `subtree` takes all below it too.

    `negative` takes negative answers alone, `failures` remembered failures alone.
    """

    path: ClassVar[str] = "cache/flush"
    keys: ClassVar[tuple[str, ...]] = ("name", "type", "exact", "negative", "failures", "all", "dry_run")
    writes: ClassVar[bool] = True

    name: bytes | None = None
    rtype: int | None = None
    subtree: bool = True
    negative: bool = False
    failures: bool = False
    dry_run: bool = False

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read what is to go. Raises BadRequest when nothing is named, and on contradictions."""
        name, rtype, everything = given_name(given), given_type(given), read_flag(given, "all")
        negative, failures = read_flag(given, "negative"), read_flag(given, "failures")
        if name is None and not (everything or negative or failures):
            raise BadRequest("nothing to flush; give a name, or all, negative or failures")
        if failures and (negative or rtype is not None):
            raise BadRequest("failures have no type and are no negative answers; flush them by themselves")
        if name is not None and everything:
            raise BadRequest("a name and all contradict each other; give one of them")
        exact, dry_run = read_flag(given, "exact"), read_flag(given, "dry_run")
        return cls(name, rtype, not exact, negative, failures, dry_run)

    @property
    def spread(self) -> Spread:
        """All have to have done it; to count, it is enough to ask."""
        return Spread.EACH if self.dry_run else Spread.ALL

    async def run(self, inside: Inside) -> View:
        """Flush; a type or `negative` leaves delegations and failures alone, `failures` all else."""
        return {"flushed": self._flush(inside), "dry_run": self.dry_run}

    def _flush(self, inside: Inside) -> int:
        caches, now = inside.caches, inside.world.now()
        name = None if self.name is None else self.name.lower()
        if self.failures:
            return caches.failures.flush(name, subtree=self.subtree, dry_run=self.dry_run)
        if self.rtype is None and not self.negative:
            return caches.flush(name, subtree=self.subtree, dry_run=self.dry_run, now=now)
        return caches.records.flush(
            name, self.rtype, subtree=self.subtree, negative=self.negative, dry_run=self.dry_run, now=now
        )

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Add up."""
        return {"flushed": sum(view["flushed"] for _, view in answers), "dry_run": self.dry_run}
