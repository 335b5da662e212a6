# SPDX-License-Identifier: ISC
"""Joins questions with their answers where a source tells them apart, and puts the questions in order of time.

A window of seconds is held, never the whole trace. No format lives here.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable, Iterator
from typing import Final

from resolver.lab.traces.rows import Row
from resolver.telemetry.answer_facts import AnswerFacts

PATIENCE: Final = 10.0  # seconds a question waits for its answer: twice what a stub waits
SETTLED: Final = (
    1.0  # seconds after which nobody earlier is expected: servers with several threads write out of order
)
_WAITING_MAX: Final = 1 << 17  # questions held; beyond it the earliest goes without its answer


class _Slot:
    __slots__ = ("is_answered", "is_asked", "key", "row")

    def __init__(self, key: Hashable, row: Row, *, is_asked: bool) -> None:
        self.key = key
        self.row = row
        self.is_asked = is_asked
        self.is_answered = not is_asked


class Pairing:
    """Feed `ask` and `answer` about in order of time, and take what `ready` gives; at the end, `drain`.

    An answer whose question was not seen makes a row of its own; a question told after its answer is the same one.
    """

    def __init__(self, *, repeats: bool = False) -> None:
        """`repeats`: the same key again is another question. Without it, it is the same one, retransmitted."""
        self._repeats = repeats
        self._heap: list[tuple[float, int, _Slot]] = []
        self._slots: dict[Hashable, list[_Slot]] = {}  # by key, in the order they came, until they are taken
        self._latest = -math.inf
        self._count = 0

    def ask(self, key: Hashable, row: Row) -> None:
        """Take a question."""
        for slot in () if self._repeats else self._slots.get(key, ()):
            if not (slot.is_answered and slot.is_asked):
                slot.is_asked = True
                return
        self._add(_Slot(key, row, is_asked=True))

    def answer(self, key: Hashable, row: Row) -> None:
        """Take an answer, as the row it would make alone; its question's time and client win, if that was seen."""
        for slot in self._slots.get(key, ()):
            if not slot.is_answered:
                slot.row = row._replace(time=slot.row.time, client=slot.row.client)
                slot.is_answered = True
                return
        self._add(_Slot(key, row, is_asked=False))

    def ready(self, now: float) -> Iterator[Row]:
        """Yield, in order of time, the rows that are settled or have waited too long at `now`, a time of the trace."""
        self._latest = max(self._latest, now)
        while self._heap:
            at, _, slot = self._heap[0]
            patience = SETTLED if slot.is_answered else PATIENCE
            if at >= self._latest - patience and len(self._heap) <= _WAITING_MAX:
                return
            yield self._take()

    def drain(self) -> Iterator[Row]:
        """Yield the rest."""
        while self._heap:
            yield self._take()

    def _add(self, slot: _Slot) -> None:
        self._slots.setdefault(slot.key, []).append(slot)
        self._count += 1  # equal times keep the order they came in
        heapq.heappush(self._heap, (slot.row.time, self._count, slot))

    def _take(self) -> Row:
        slot = heapq.heappop(self._heap)[2]
        others = self._slots[slot.key]
        others.remove(slot)
        if not others:
            del self._slots[slot.key]
        return slot.row


def with_facts(row: Row, facts: AnswerFacts | None) -> Row:
    """Return `row` with what its answer says."""
    if facts is None:
        return row
    return row._replace(ttl=facts.ttl, rcode=facts.rcode, rdata_hash=facts.rdata_hash)
