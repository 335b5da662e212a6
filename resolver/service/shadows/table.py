# SPDX-License-Identifier: ISC
"""The rows, bounded in bytes, the least recently asked out first: what was fetched enters here, and what policies take.

Nothing is counted here, and no question is answered: `answers` reads what this holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from cachetools import LRUCache

from resolver.cache.entry import Entry
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import ENFORCED, SUPERSEDED, Key, Row, seen_of, weight


class Table:
    """Rows by name and type, for `judges`, of which the first is the policy in force."""

    def __init__(self, judges: Sequence[Judge], max_bytes: int) -> None:
        self._judges = judges
        self._rows: LRUCache[Key, Row] = LRUCache(max_bytes, getsizeof=lambda row: row.weight)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size_bytes(self) -> int:
        """What the rows weigh."""
        return int(self._rows.currsize)

    @property
    def budget_bytes(self) -> int:
        """What they may weigh."""
        return int(self._rows.maxsize)

    def get(self, key: Key) -> Row | None:
        """The row of a name and type, if there is one."""
        return self._rows.get(key)

    def links(self, row: Row, number: int) -> list[Row | None]:
        """The links of the answer that a policy holds; None for one that had to make room."""
        chain = row.chains[number]
        return [self._rows.get(key) for key in chain] if chain else [row]

    def row(self, key: Key) -> Row | None:
        """The row of a name and type, made if there is none; None when it weighs more than all that fits."""
        row = self._rows.get(key)
        if row is None:
            row = Row(len(self._judges), weight(key, len(self._judges)))
            try:
                self._rows[key] = row
            except ValueError:
                return None
        return row

    def observe(self, key: Key, entries: Sequence[Entry], held: Sequence[bool]) -> Row | None:
        """Note what the cache says of the question `key`: `entries`, each `held` by the cache or not.

        The row of the question, None when it weighs too much. The policy in force holds what the cache holds; the
        others hear what is true by now, no more.
        """
        row = self.row(key)
        if row is None:
            return None
        chain = []
        for entry, is_held in zip(entries, held, strict=True):
            if entry.synthesized:
                continue  # it lives as long as the DNAME before it
            chain.append((entry.key, entry.rtype))
            self._learn(chain[-1], entry, is_held)
        told = () if chain == [key] else tuple(chain)
        if told != row.chains[ENFORCED]:
            self._supersede(row.chains[ENFORCED] or (key,), chain)
            row.chains[ENFORCED] = told
        return row

    def hear(self, entries: Sequence[Entry], held: Sequence[bool]) -> None:
        """Note what was fetched for a question outside the sample, where it is a link of one inside."""
        for entry, is_held in zip(entries, held, strict=True):
            key = (entry.key, entry.rtype)
            if key in self._rows and not entry.synthesized:
                self._learn(key, entry, is_held)

    def adopt(self, key: Key, entries: Sequence[Entry]) -> Row | None:
        """A question seen for the first time, or again after its row made room: all policies fetched it together."""
        row = self.observe(key, entries, [True] * len(entries))
        if row is not None:
            for number in range(ENFORCED + 1, len(self._judges)):
                row.chains[number] = row.chains[ENFORCED]
                for link in self.links(row, number):
                    if link is not None and link.seen is not None and link.held[number] is None:
                        link.held[number] = self._judges[number].hold(link.seen, link.seen.lifetime.stored_at)
        return row

    def take(self, number: int, row: Row, asked_at: float, ended_at: float) -> None:
        """A policy has the answer fetched: what it holds of it is renewed where it is due, or no longer fresh.

        What was really fetched since `asked_at` was stored when it came, the rest counts from `ended_at`.
        """
        row.chains[number] = row.chains[ENFORCED]
        for link in self.links(row, number):
            if link is None or link.seen is None:
                continue
            held = link.held[number]
            if held is not None and asked_at < min(held.fresh_until, held.prefetch_at):
                continue
            stored_at = link.seen.lifetime.stored_at
            if number == ENFORCED and asked_at <= stored_at:
                continue  # it holds what the cache holds already
            at = stored_at if asked_at <= stored_at <= ended_at else ended_at
            link.held[number] = self._judges[number].hold(link.seen, at)

    def forget(self, row: Row) -> None:
        """Somebody had the answer flushed: no policy holds it any more."""
        for number in range(len(self._judges)):
            for link in self.links(row, number):
                if link is not None:
                    link.held[number] = None

    def _learn(self, key: Key, entry: Entry, is_held: bool) -> None:
        """The newest of one link, if it is news."""
        row = self.row(key)
        if row is None or (row.seen and row.seen.lifetime.stored_at >= entry.lifetime.stored_at):
            return
        row.seen = seen_of(entry, row.seen, held=is_held)
        row.held[ENFORCED] = self._judges[ENFORCED].held(row.seen, entry.lifetime)

    def _supersede(self, before: Sequence[Key], chain: Sequence[Key]) -> None:
        """Where another answer is now at a name, what was there is not true any more."""
        for old, new in zip(before, chain, strict=False):
            if old == new:
                continue
            row, news = self._rows.get(old), self._rows.get(new)
            if old[0] == new[0] and row is not None and row.seen is not None and news and news.seen:
                since = news.seen.lifetime.stored_at
                row.seen = row.seen._replace(tag=SUPERSEDED, changed_at=since)
            return
