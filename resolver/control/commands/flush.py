# SPDX-License-Identifier: ISC
"""Forgetting parts of the cache, or all of it; and to say beforehand what would go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

from resolver.cache import NXDOMAIN_TYPE, flushes
from resolver.control.commands.command import Command, Inside, Spread, View
from resolver.control.commands.turns import slices
from resolver.control.parameters import (
    BadRequest,
    Parameters,
    given_name,
    given_type,
    read_address,
    read_flag,
    read_seconds,
    read_text,
)
from resolver.wire import to_text
from resolver.wire.codes import type_to_text

_SHOWN: Final = 20  # names of what goes, for whoever wants to see what a flush means


class Flush(Command, frozen=True, tag="flush"):
    """What to flush: whatever fits all that is given. `name` is a name in wire form, None for any.

    `subtree` takes all below it too; `glob` is a pattern of names. `negative` takes negative answers alone, `stale`
    what is past its TTL, `server` what came from that address, `older_than` what was stored more seconds ago.
    `failures` takes remembered failures alone.
    """

    path: ClassVar[str] = "cache/flush"
    keys: ClassVar[tuple[str, ...]] = (
        "name", "type", "exact", "glob", "negative", "failures", "stale", "server", "older_than", "all", "dry_run",
    )  # fmt: skip
    writes: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    name: bytes | None = None
    rtype: int | None = None
    subtree: bool = True
    negative: bool = False
    failures: bool = False
    dry_run: bool = False
    glob: str | None = None
    stale: bool = False
    server: str | None = None
    older_than: float | None = None

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read what is to go. Raises BadRequest when nothing is named, and on contradictions."""
        exact, dry_run = read_flag(given, "exact"), read_flag(given, "dry_run")
        asked = cls(
            given_name(given),
            given_type(given),
            not exact,
            read_flag(given, "negative"),
            read_flag(given, "failures"),
            dry_run,
            read_text(given, "glob"),
            read_flag(given, "stale"),
            read_address(given, "server"),
            read_seconds(given, "older_than"),
        )
        is_everything = asked == cls(subtree=not exact, dry_run=dry_run)
        if is_everything and not read_flag(given, "all"):
            raise BadRequest("nothing to flush; give a name or a filter, or all")
        if not is_everything and read_flag(given, "all"):
            raise BadRequest("all contradicts whatever narrows it; give one of them")
        if asked.failures and not asked._is_of_failures:
            raise BadRequest("failures have but a name and a type; flush them by themselves")
        return asked

    @property
    def _is_of_failures(self) -> bool:
        return not (self.negative or self.stale) and self.server is None and self.older_than is None

    @property
    def spread(self) -> Spread:
        """All have to have done it; to count, it is enough to ask."""
        return Spread.EACH if self.dry_run else Spread.ALL

    async def run(self, inside: Inside) -> View:
        """Flush. What is of some kind of answer leaves delegations and failures alone, `failures` all else.

        From the first moment nothing covered comes in that was asked for before; what is here goes in turns. Work that
        is begun between two turns may still build on what is about to go, so at the end it counts as asked before, too.
        """
        caches, now = inside.caches, inside.world.now()
        flush = self._flush(now)
        counts = {"records": 0, "delegations": 0, "failures": 0}
        shown: list[str] = []
        self._draw_a_line(inside, flush)
        if not self.failures and flush.is_by_name_alone:
            counts["delegations"] = caches.delegations.sweep(flush, dry_run=self.dry_run)
        if self.failures or (flush.is_by_name_alone and flush.stored_before is None):
            counts["failures"] = caches.failures.sweep(flush, dry_run=self.dry_run)
        if not self.failures:
            async for start, stop in slices(inside.world, caches.records):
                gone = caches.records.sweep(flush, start, stop, now, dry_run=self.dry_run)
                counts["records"] += len(gone)
                shown += [_spell(*each) for each in gone[: _SHOWN - len(shown)]]
                if self._is_one_name:
                    break
            else:
                self._draw_a_line(inside, flush)
        return {"flushed": sum(counts.values()), "of": counts, "such_as": shown, "dry_run": self.dry_run}

    def _draw_a_line(self, inside: Inside, flush: flushes.Flush) -> None:
        """From here on nobody joins what was asked before, and nothing of that which the flush covers is stored.

        A flush of stale data, or of what is older than an instant, covers nothing that is still to come.
        """
        if self.dry_run or flush.stale or flush.stored_before is not None:
            return
        inside.service().flights.begin_anew()
        if not self.failures:
            inside.caches.records.fence(flush)

    @property
    def _is_one_name(self) -> bool:
        return self.name is not None and not self.subtree

    def _flush(self, now: float) -> flushes.Flush:
        stored_before = None if self.older_than is None else now - self.older_than
        return flushes.Flush(
            None if self.name is None else self.name.lower(),
            self.rtype,
            self.subtree,
            self.negative,
            self.glob,
            self.server,
            stored_before,
            self.stale,
        )

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Add up."""
        views = [view for _, view in answers]
        counts = {
            key: sum(view["of"][key] for view in views) for key in ("records", "delegations", "failures")
        }
        shown = list(dict.fromkeys(name for view in views for name in view["such_as"]))[:_SHOWN]
        return {"flushed": sum(counts.values()), "of": counts, "such_as": shown, "dry_run": self.dry_run}


def _spell(key: bytes, rtype: int) -> str:
    return f"{to_text(key)} {'*' if rtype == NXDOMAIN_TYPE else type_to_text(rtype)}"
