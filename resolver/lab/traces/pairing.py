# SPDX-License-Identifier: ISC
"""Joins questions with their answers where a source tells them apart, and keeps the order of the questions.

A window of seconds is held, never the whole trace. No format lives here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Final

from resolver.lab.traces.rows import Row
from resolver.telemetry.answer_facts import AnswerFacts

PATIENCE: Final = 10.0  # seconds a question waits for its answer: twice what a stub waits
_WAITING_MAX: Final = 1 << 17  # questions held; beyond it the oldest goes without its answer


class _Slot:
    __slots__ = ("is_done", "key", "row")

    def __init__(self, key: Hashable, row: Row, is_done: bool) -> None:
        self.key = key
        self.row = row
        self.is_done = is_done


class Pairing:
    """Feed `ask` and `answer` in order of time, and take what `ready` gives; at the end, `drain`."""

    def __init__(self) -> None:
        self._order: deque[_Slot] = deque()
        self._waiting: dict[Hashable, _Slot] = {}

    def ask(self, key: Hashable, row: Row) -> None:
        """Take a question. The same key again while it waits is a retransmission, and the same question."""
        if key not in self._waiting:
            self._waiting[key] = slot = _Slot(key, row, is_done=False)
            self._order.append(slot)

    def answer(self, key: Hashable, row: Row) -> None:
        """Take an answer, as the row it would make alone; its question's time and client win, if that was seen."""
        slot = self._waiting.pop(key, None)
        if slot is None:
            self._order.append(_Slot(key, row, is_done=True))
        else:
            slot.row = row._replace(time=slot.row.time, client=slot.row.client)
            slot.is_done = True

    def ready(self, now: float) -> Iterator[Row]:
        """Yield, in order, the rows that are complete or have waited too long at `now`, a time of the trace."""
        while self._order:
            first = self._order[0]
            overdue = first.row.time < now - PATIENCE or len(self._order) > _WAITING_MAX
            if not (first.is_done or overdue):
                return
            yield self._take()

    def drain(self) -> Iterator[Row]:
        """Yield the rest."""
        while self._order:
            yield self._take()

    def _take(self) -> Row:
        slot = self._order.popleft()
        if self._waiting.get(slot.key) is slot:
            del self._waiting[slot.key]
        return slot.row


def with_facts(row: Row, facts: AnswerFacts | None) -> Row:
    """Return `row` with what its answer says."""
    if facts is None:
        return row
    return row._replace(ttl=facts.ttl, rcode=facts.rcode, rdata_hash=facts.rdata_hash)
