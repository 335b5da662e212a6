# SPDX-License-Identifier: ISC
"""The cache out of the process and back in, page by page: whoever asks turns the pages, so no turn takes long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import msgspec

from resolver.control.commands.command import Command, Inside, Spread, View
from resolver.control.commands.turns import turn
from resolver.control.parameters import BadRequest, Parameters, read_count, read_seconds
from resolver.persistence.admission import Admitted, admit
from resolver.persistence.form import BadForm, EntryForm, entry_of, form_of
from resolver.persistence.lines import ForeignFile, elapsed
from resolver.policy import Freshness, freshness

PAGE: Final = 256  # places of a page: a few milliseconds' work
_PLACES_MAX: Final = 1 << 32
_ENTRIES_MAX: Final = 1000  # of one load
_LOADED_AT_ONCE: Final = 16  # between two turns: a millisecond or two


class CacheDump(Command, frozen=True, tag="cache_dump"):
    """The entries in the places from `start` on, one page. `next` in the view is where the next begins, or null.

    Each entry is an `EntryForm`, at the instant `wall` of its page.
    """

    path: ClassVar[str] = "cache/dump"
    keys: ClassVar[tuple[str, ...]] = ("start",)
    shows_names: ClassVar[bool] = True

    start: int = 0

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read where the page begins."""
        return cls(read_count(given, "start", 0, _PLACES_MAX))

    async def run(self, inside: Inside) -> View:
        """Write the page; what is dead is left out."""
        records, now = inside.caches.records, inside.world.now()
        stop = self.start + PAGE
        entries = []
        for held in records.walk(self.start, stop):
            entry = records.peek(held.key, held.rtype)
            if entry is not None and freshness(entry.lifetime, now) is not Freshness.DEAD:
                entries.append(msgspec.to_builtins(form_of(entry, now)))
        following = stop if stop < records.slots else None
        return {"wall": inside.world.wall(), "entries": entries, "next": following}

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Put the same page of all workers into one, each entry with its worker."""
        entries = [{**entry, "worker": worker} for worker, view in answers for entry in view["entries"]]
        following = [view["next"] for _, view in answers if view["next"] is not None]
        wall = min((view["wall"] for _, view in answers), default=0.0)
        return {"wall": wall, "entries": entries, "next": min(following, default=None)}


class CacheLoad(Command, frozen=True, tag="cache_load"):
    """Take `entries` in that were written at the UNIX time `wall`, where nothing newer is known.

    `refused` pairs the line of each that could not be read with why.
    """

    path: ClassVar[str] = "cache/load"
    keys: ClassVar[tuple[str, ...]] = ("wall", "entries")
    writes: ClassVar[bool] = True

    wall: float
    entries: tuple[EntryForm, ...]
    refused: tuple[tuple[int, str], ...] = ()

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read the entries; bad ones do not keep the others out."""
        wall, listed = read_seconds(given, "wall"), given.get("entries")
        if wall is None or not isinstance(listed, list) or len(listed) > _ENTRIES_MAX:
            raise BadRequest(f"give wall, and entries as a list of at most {_ENTRIES_MAX}")
        entries: list[EntryForm] = []
        refused: list[tuple[int, str]] = []
        for value in listed:
            try:
                entries.append(msgspec.convert(value, EntryForm))
            except msgspec.ValidationError as error:
                refused.append((_line_of(value), str(error)))
        return cls(wall, tuple(entries), tuple(refused))

    @property
    def spread(self) -> Spread:
        """All workers get all of it: any of them may be asked for it."""
        return Spread.ALL

    async def run(self, inside: Inside) -> View:
        """Take them in, in turns."""
        world, records = inside.world, inside.caches.records
        counts = dict.fromkeys(map(str, Admitted), 0)
        bad = list(self.refused)
        for number, form in enumerate(self.entries, 1):
            policy, now, wall = inside.policy(), world.now(), world.wall()
            try:
                counts[admit(records, entry_of(form, now, elapsed(self.wall, wall)), policy, now, wall)] += 1
            except (BadForm, ForeignFile) as error:
                bad.append((form.line, str(error)))
            if number % _LOADED_AT_ONCE == 0:
                await turn(world)
        return {**counts, "bad": sorted(bad)}

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """What became of each entry in the worker that took most in: what one knows newer, another may lack."""
        views = [view for _, view in answers]
        best = max(
            views, key=lambda view: view[Admitted.LOADED], default=dict.fromkeys(map(str, Admitted), 0)
        )
        return {**best, "bad": views[0]["bad"] if views else [], "workers": len(views)}


def _line_of(value: Any) -> int:
    line = value.get("line") if isinstance(value, Mapping) else None
    return line if isinstance(line, int) else 0
