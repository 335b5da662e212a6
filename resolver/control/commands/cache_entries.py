# SPDX-License-Identifier: ISC
"""Entries of the cache, each with the audit of its lifetime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Self

from resolver.cache.entry import Kind
from resolver.control.commands.command import Command, Inside, View
from resolver.control.commands.turns import everything
from resolver.control.parameters import Parameters, given_name, given_type, read_count, read_flag
from resolver.control.views import entry_view
from resolver.policy import Freshness, freshness
from resolver.wire import ROOT

ENTRIES_MAX: Final = 10_000  # entries in one reply
_ENTRIES_DEFAULT: Final = 1000


class CacheEntries(Command, frozen=True, tag="cache_entries"):
    """Entries at or below `name` (all when None), of `rtype`, only stale ones with `stale`; at most `limit`."""

    path: ClassVar[str] = "cache/entries"
    keys: ClassVar[tuple[str, ...]] = ("name", "type", "stale", "limit")
    shows_names: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    name: bytes | None = None
    rtype: int | None = None
    stale: bool = False
    limit: int = _ENTRIES_DEFAULT

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read the filters."""
        limit = read_count(given, "limit", _ENTRIES_DEFAULT, ENTRIES_MAX)
        return cls(given_name(given), given_type(given), read_flag(given, "stale"), limit)

    async def run(self, inside: Inside) -> View:
        """Collect them; dead ones are not shown."""
        records, now = inside.caches.records, inside.world.now()
        shown: list[View] = []
        truncated = False
        async for held in everything(inside.world, records, (self.name or ROOT).lower()):
            if self.rtype is not None and held.rtype != self.rtype and held.kind is not Kind.NXDOMAIN:
                continue
            entry = records.peek(held.key, held.rtype)
            state = Freshness.DEAD if entry is None else freshness(entry.lifetime, now)
            if entry is None or state is Freshness.DEAD or (self.stale and state is not Freshness.STALE):
                continue
            if len(shown) >= self.limit:
                truncated = True
                break
            shown.append(entry_view(entry, now))
        return {"entries": shown, "truncated": truncated}

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Put the entries of all workers into one list, each with the worker's number."""
        shown: list[View] = []
        truncated = False
        for worker, view in answers:
            room = self.limit - len(shown)
            truncated = truncated or view["truncated"] or len(view["entries"]) > room
            shown += [entry | {"worker": worker} for entry in view["entries"][:room]]
        return {"entries": shown, "truncated": truncated}
