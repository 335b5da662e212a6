# SPDX-License-Identifier: ISC
"""The bookkeeping: every question that a name of the sample is asked, put to each policy in turn.

What a policy holds is in `table`, how it answers in `answers`, what the numbers say of all names in `estimates`.
Nothing is sent or stored here, and nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from resolver.cache import RecordCache, follow
from resolver.cache.entry import Entry
from resolver.engine.outcome import Resolved
from resolver.policy import AnswerClass, Freshness, Policy
from resolver.service.shadows.answers import Outlook, Want, answer
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import ENFORCED, Row
from resolver.service.shadows.table import Fetch, Table
from resolver.service.shadows.tallies import GROUPS, Judged, Sample, Tally
from resolver.service.single_flight import FlightEnded, FlightKey

_WAITING_MOST: Final = (
    256  # questions told apart while one fetch is under way; the rest count with the last of them
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy to be judged, under its name in tables and metrics."""

    name: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Shadowing:
    """Which policies are judged, over what `part` of all names (0 to 1), in at most how many bytes."""

    candidates: tuple[Candidate, ...] = ()
    part: float = 1.0
    max_bytes: int = 8 << 20


class Shadows:
    """`hit`, `waits`, `waited`, `unanswered` and `ended` are told by the service; `judged` is read by telemetry.

    `enforced` is compared with the candidates of `shadowing`; `key` chooses the sample. In `records` an answer is
    looked up whose row had to make room, over at most `max_links` aliases; `is_under_way` tells whether a question is
    being resolved.
    """

    def __init__(
        self,
        enforced: Policy,
        shadowing: Shadowing,
        key: bytes,
        records: RecordCache,
        max_links: int,
        is_under_way: Callable[[FlightKey], bool],
        now: float,
    ) -> None:
        part = shadowing.part
        self._common = tuple(Tally() for _ in range(GROUPS))
        self._judges = (
            Judge(enforced.name, "enforce", enforced, part, self._common),
            *(Judge(each.name, "shadow", each.policy, part, self._common) for each in shadowing.candidates),
        )
        self.table = Table(self._judges, shadowing.max_bytes)
        self._sample = Sample(part, key)
        self._records = records
        self._max_links = max_links
        self._is_under_way = is_under_way
        self.began_at = now
        self._waiting: dict[FlightKey, list[tuple[float, int]]] = {}

    @property
    def judged(self) -> tuple[Judged, ...]:
        """What was counted of each policy, the one in force first."""
        return tuple(judge.judged for judge in self._judges)

    def watch(self, key: FlightKey) -> Watch | None:
        """Who is to hear of the hits on an image that answers `key`; None when it is not in the sample."""
        group = self._sample.group(key.name)
        return None if group is None else Watch(self, key, group)

    def hit(self, key: FlightKey, now: float, entries: Sequence[Entry]) -> None:
        """A client was answered from `entries`, all of them fresh, the slow way."""
        group = self._sample.group(key.name)
        if group is not None:
            if self.table.get(key[:2]) is None:
                self.table.adopt(key[:2], entries)
            else:
                self.table.observe(key[:2], entries, [True] * len(entries))
            self.hits(key, group, now, 1)

    def hits(self, key: FlightKey, group: int, now: float, count: int) -> None:
        """So many clients are answered at the instant `now`, from what is fresh."""
        row = self.table.get(key[:2]) or self._found(key, now)
        if row is None:
            return
        if self.table.is_alike(row, now):  # the way of most
            tally, last = self._common[group], row.alike_links[-1].seen
            tally.requests += count
            if last is not None and last.subject.answer is AnswerClass.POSITIVE:
                tally.fresh += count
            else:
                tally.negative += count
            return
        if self._is_under_way(key):
            self._wait(key, now, count)
            return
        for number in range(len(self._judges)):
            self._ask(number, row, group, now, count, Outlook.AS_LAST_SEEN)
        self.table.compare(row)

    def waits(self, key: FlightKey, now: float, *, flushed: bool = False) -> None:
        """A client waits for the resolution of `key`. `flushed`: for somebody had the answer forgotten."""
        if self._sample.group(key.name) is not None:
            row = self.table.get(key[:2])
            if flushed and row is not None:
                self.table.forget(row)
            self._wait(key, now, 1)

    def waited(self, key: FlightKey) -> None:
        """A client waits no more. If there was no room to resolve `key` at all, no policy is blamed for that."""
        if key in self._waiting and not self._is_under_way(key):
            del self._waiting[key]

    def unanswered(self, key: FlightKey, now: float) -> None:
        """A client was given stale data at once, or told of a failure that is remembered."""
        group = self._sample.group(key.name)
        row = None if group is None else self.table.get(key[:2])
        if group is None or row is None:
            return
        if self._is_under_way(key):
            self._wait(key, now, 1)
            return
        for number in range(len(self._judges)):
            self._ask(number, row, group, now, 1, Outlook.NOT_TRIED)

    def ended(self, event: FlightEnded, now: float) -> None:
        """A resolution ended at the instant `now`; who waited for it is put to every policy."""
        key, outcome = event.key, event.outcome
        waiting = self._waiting.pop(key, ())
        group = self._sample.group(key.name)
        entries = outcome.chain if isinstance(outcome, Resolved) else ()
        if group is None:
            known = self.table.known(entries)
            self.table.hear(known, [self._is_held(entry) for entry in known])
            return
        held = [self._is_held(entry) for entry in entries]
        row = self.table.row(key[:2])
        if row is None:
            return
        outlook = Outlook.DONE if entries else Outlook.FAILED
        self._replay(ENFORCED, row, group, waiting, now, outlook)  # by what it held until this came
        if entries:
            self.table.observe(key[:2], entries, held)
        outranked = [(e.key, e.rtype) for e, is_held in zip(entries, held, strict=True) if is_held is None]
        for number in range(ENFORCED + 1, len(self._judges)):
            fetch = self._replay(number, row, group, waiting, now, outlook)
            if fetch is not None and entries:
                self.table.take(number, row, fetch._replace(outranked=outranked))

    def _ask(self, number: int, row: Row, group: int, now: float, count: int, outlook: Outlook) -> None:
        """Put a question to one policy while nobody fetches. What it wants fetched comes at once, as last seen."""
        judge = self._judges[number]
        tally, first = judge.tallies[group], min(count, 1)
        want = answer(judge, number, self.table.links(row, number), tally, now, first, outlook, 0.0)
        if want is not Want.NOTHING:
            is_prefetch = want is Want.PREFETCH
            tally.upstream += 1
            tally.prefetches += is_prefetch
            self.table.take(number, row, Fetch(now, now, is_prefetch))
        rest = count - first
        if rest:
            want = answer(judge, number, self.table.links(row, number), tally, now, rest, outlook, 0.0)
            if want is Want.FETCH:  # it keeps nothing, so each of them has it fetched
                tally.upstream += rest

    def _replay(
        self, number: int, row: Row, group: int, waiting: Sequence[tuple[float, int]], ended_at: float,
        outlook: Outlook,
    ) -> Fetch | None:  # fmt: skip
        """Put to one policy all that was asked while a fetch was under way, in order; its one fetch, if it needs it."""
        judge = self._judges[number]
        tally = judge.tallies[group]
        links = self.table.links(row, number)
        fetch = None
        for now, count in waiting:
            want = answer(judge, number, links, tally, now, count, outlook, ended_at - now)
            if want is not Want.NOTHING and fetch is None:
                fetch = Fetch(now, ended_at, want is Want.PREFETCH)
                tally.upstream += 1
                tally.prefetches += fetch.is_prefetch
        return fetch

    def _wait(self, key: FlightKey, now: float, count: int) -> None:
        waiting = self._waiting.setdefault(key, [])
        if len(waiting) >= _WAITING_MOST:
            at, others = waiting.pop()
            waiting.append((at, others + count))
        else:
            waiting.append((now, count))

    def _found(self, key: FlightKey, now: float) -> Row | None:
        """A new row for an answer that the cache holds."""
        chain = follow(self._records, key.name, key.rtype, now, self._max_links, mark_use=False)
        return self.table.adopt(key[:2], chain.entries) if chain.freshness is Freshness.FRESH else None

    def _is_held(self, entry: Entry) -> bool | None:
        """Whether the cache took it in.

        It does not when that is fenced by a flush, or in a zone that is not cached; None when it keeps what it has,
        which is fresh and ranks higher (RFC 2181 section 5.4.1).
        """
        if entry.lifetime.kept_ttl <= 0:
            return True  # the policy in force gives it no life, others may
        kept = self._records.peek(entry.key, entry.rtype)
        if kept is None:
            return False
        return True if kept.lifetime.stored_at >= entry.lifetime.stored_at else None


class Watch:
    """Hears of the hits on one image: of the first of a second at its instant, of the others with the next."""

    __slots__ = ("_book", "_group", "_key", "_since", "_told")

    def __init__(self, book: Shadows, key: FlightKey, group: int) -> None:
        self._book = book
        self._key = key
        self._group = group
        self._since = 0.0
        self._told = 0

    def renewed(self, hits: int, now: float) -> None:
        """A hit comes at `now`; `hits` came since the last call, that of the last call among them."""
        if hits > self._told:
            self.settled(hits)
        self._since, self._told = now, 1
        self._book.hits(self._key, self._group, now, 1)

    def settled(self, hits: int) -> None:
        """So many hits came since the last call."""
        others, self._told = hits - self._told, 0
        if others > 0:
            self._book.hits(self._key, self._group, self._since, others)
