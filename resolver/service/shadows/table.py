# SPDX-License-Identifier: ISC
"""The rows, bounded in bytes, the least recently asked out first: what was fetched enters here, and what policies take.

Nothing is counted here, and no question is answered: `answers` reads what this holds.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import inf
from typing import NamedTuple

from resolver.cache.entry import Entry
from resolver.cache.lru import WatchedLru
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import ENFORCED, SUPERSEDED, Key, Row, seen_of


class Fetch(NamedTuple):
    """What one policy had fetched: from when to when, before anybody had to wait or not, and what came outranked."""

    began_at: float
    ended_at: float
    is_prefetch: bool
    outranked: Container[Key] = ()


class Table:
    """Rows by name and type, for `judges`, of which the first is the policy in force."""

    def __init__(self, judges: Sequence[Judge], max_bytes: int) -> None:
        self._judges = judges
        self._rows: WatchedLru[Key, Row] = WatchedLru(max_bytes, lambda row: row.weight, _gone)

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
        try:
            return self._rows[key]  # half the time of `get`
        except KeyError:
            return None

    def is_alike(self, row: Row, now: float) -> bool:
        """Whether all policies answer alike from what they hold, truly, within the owner's TTL, and want nothing."""
        if now >= row.alike_until:
            return False
        links = row.alike_links
        changes = links[0].changes if len(links) == 1 else sum([link.changes for link in links])
        return changes == row.alike_changes

    def compare(self, row: Row) -> None:
        """Find out up to when they will answer alike."""
        row.alike_until = -inf
        links = [link for link in self.links(row, ENFORCED) if link is not None and link.seen is not None]
        if len(links) != max(1, len(row.chains[ENFORCED])) or any(
            c != row.chains[ENFORCED] for c in row.chains
        ):
            return
        until = inf
        for link in links:
            for held in link.held:
                if held is None or link.seen is None or held.tag != link.seen.tag:
                    return
                until = min(until, held.fresh_until, held.prefetch_at, held.owner_until)
        row.alike_until, row.alike_links = until, tuple(links)
        row.alike_changes = sum([link.changes for link in links])

    def links(self, row: Row, number: int) -> list[Row | None]:
        """The links of the answer that a policy holds; None for one that had to make room."""
        chain = row.chains[number]
        return [self._rows.get(key) for key in chain] if chain else [row]

    def row(self, key: Key) -> Row | None:
        """The row of a name and type, made if there is none; None when it weighs more than all that fits."""
        row = self._rows.get(key)
        if row is None:
            row = Row(key, len(self._judges))
            try:
                self._rows[key] = row
            except ValueError:
                return None
        return row

    def observe(self, key: Key, entries: Sequence[Entry], held: Sequence[bool | None]) -> Row | None:
        """Note what the cache says of the question `key`: `entries`, each `held` or not, or (None) not news.

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
            row.alike_until = -inf
        return row

    def known(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of the entries that are links of answers in the table."""
        return [each for each in entries if not each.synthesized and (each.key, each.rtype) in self._rows]

    def hear(self, entries: Sequence[Entry], held: Sequence[bool | None]) -> None:
        """Note what was fetched for a question outside the sample; the entries are `known`."""
        for entry, is_held in zip(entries, held, strict=True):
            self._learn((entry.key, entry.rtype), entry, is_held)

    def adopt(self, key: Key, entries: Sequence[Entry]) -> Row | None:
        """A question seen for the first time, or again after its row made room: all policies fetched it together."""
        row = self.observe(key, entries, [True] * len(entries))
        if row is not None:
            for number in range(ENFORCED + 1, len(self._judges)):
                row.chains[number] = row.chains[ENFORCED]
                for link in self.links(row, number):
                    if link is not None and link.seen is not None and link.held[number] is None:
                        link.held[number] = self._judges[number].hold(link.seen, link.seen.lifetime.stored_at)
                        link.changes += 1
        return row

    def take(self, number: int, row: Row, fetch: Fetch) -> None:
        """A policy has the answer fetched: it holds anew what came, and what it wanted and nobody else had to ask for.

        What really came was stored then; the rest is taken to come when the fetch ends, as last seen. What came
        outranked replaces nothing that is fresh.
        """
        row.chains[number] = row.chains[ENFORCED]
        links = [link for link in self.links(row, number) if link is not None and link.seen is not None]
        horizon = fetch.began_at
        if (
            fetch.is_prefetch
        ):  # as the engine does it: what ends before the last of those due is asked for again
            due = [
                held for link in links if (held := link.held[number]) and fetch.began_at >= held.prefetch_at
            ]
            horizon = max((held.fresh_until for held in due), default=horizon)
        for link in links:
            assert link.seen is not None
            held, stored_at = link.held[number], link.seen.lifetime.stored_at
            if fetch.began_at <= stored_at <= fetch.ended_at:
                if number != ENFORCED:  # that one holds what the cache holds already
                    link.held[number] = self._judges[number].hold(link.seen, stored_at)
                    link.changes += 1
            elif held is None or (
                held.fresh_until <= horizon
                and (held.fresh_until <= fetch.began_at or link.key not in fetch.outranked)
            ):
                link.held[number] = self._judges[number].hold(link.seen, fetch.ended_at)
                link.changes += 1

    def forget(self, row: Row) -> None:
        """Somebody had the answer flushed: no policy holds it any more."""
        for number in range(len(self._judges)):
            for link in self.links(row, number):
                if link is not None:
                    link.held[number] = None
                    link.changes += 1

    def _learn(self, key: Key, entry: Entry, is_held: bool | None) -> None:
        """The newest of one link, if it is news."""
        row = self.row(key)
        if (
            row is None
            or is_held is None
            or (row.seen and row.seen.lifetime.stored_at >= entry.lifetime.stored_at)
        ):
            return
        row.seen = seen_of(entry, row.seen, held=is_held)
        row.held[ENFORCED] = self._judges[ENFORCED].held(row.seen, entry.lifetime)
        row.changes += 1

    def _supersede(self, before: Sequence[Key], chain: Sequence[Key]) -> None:
        """Where another answer is now at a name, what was there is not true any more."""
        for old, new in zip(before, chain, strict=False):
            if old == new:
                continue
            row, news = self._rows.get(old), self._rows.get(new)
            if old[0] == new[0] and row is not None and row.seen is not None and news and news.seen:
                since = news.seen.lifetime.stored_at
                row.seen = row.seen._replace(tag=SUPERSEDED, changed_at=since)
                row.changes += 1
            return


def _gone(key: Key, row: Row) -> None:
    """What had to make room is no link of anything any more."""
    row.changes += 1
