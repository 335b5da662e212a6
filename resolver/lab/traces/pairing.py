# SPDX-License-Identifier: ISC
"""Joins questions with their answers where a source tells them apart, and puts the questions in order of time.

A window of seconds is held, never the whole trace. No format lives here.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
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
    __slots__ = ("is_open", "key", "row")

    def __init__(self, key: Hashable, row: Row) -> None:
        self.key = key
        self.row = row
        self.is_open = True  # waits for its answer


class _Queues:
    """Slots by key, first come first served; a key without slots costs nothing."""

    def __init__(self) -> None:
        self._of: dict[Hashable, deque[_Slot]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._of

    def add(self, slot: _Slot) -> None:
        self._of.setdefault(slot.key, deque()).append(slot)

    def take(self, key: Hashable) -> _Slot | None:
        """Return the first slot of `key` and forget it."""
        queue = self._of.get(key)
        slot = queue.popleft() if queue else None
        if queue is not None and not queue:
            del self._of[key]
        return slot

    def forget(self, slot: _Slot) -> None:
        """Forget `slot`, if it is still there: then it is the first, for slots leave in the order of their times."""
        queue = self._of.get(slot.key)
        if queue is not None and slot in queue:
            queue.remove(slot)
            if not queue:
                del self._of[slot.key]


class Pairing:
    """Feed `ask` and `answer` about in order of time, and take what `ready` gives; at the end, `drain`.

    An answer whose question was not seen makes a row of its own; a question told after its answer is the same one.
    """

    def __init__(self, *, repeats: bool = False) -> None:
        """`repeats`: the same key again is another question. Without it, it is the same one, retransmitted."""
        self._repeats = repeats
        self._heap: list[tuple[float, int, _Slot]] = []
        self._waiting = _Queues()  # asked, not answered
        self._alone = _Queues()  # answered, not asked
        self._latest = -math.inf
        self._count = 0

    def ask(self, key: Hashable, row: Row) -> None:
        """Take a question."""
        if not self._repeats and (key in self._waiting or self._alone.take(key) is not None):
            return
        slot = _Slot(key, row)
        self._waiting.add(slot)
        self._push(slot)

    def answer(self, key: Hashable, row: Row) -> None:
        """Take an answer, as the row it would make alone; its question's time and client win, if that was seen."""
        slot = self._waiting.take(key)
        if slot is None:
            slot = _Slot(key, row)
            self._alone.add(slot)
            self._push(slot)
        else:
            slot.row = row._replace(time=slot.row.time, client=slot.row.client)
        slot.is_open = False

    def ready(self, now: float) -> Iterator[Row]:
        """Yield, in order of time, the rows that are settled or have waited too long at `now`, a time of the trace."""
        self._latest = max(self._latest, now)
        while self._heap:
            at, _, slot = self._heap[0]
            patience = PATIENCE if slot.is_open else SETTLED
            if at >= self._latest - patience and len(self._heap) <= _WAITING_MAX:
                return
            yield self._pop()

    def drain(self) -> Iterator[Row]:
        """Yield the rest."""
        while self._heap:
            yield self._pop()

    def _push(self, slot: _Slot) -> None:
        self._count += 1  # equal times keep the order they came in
        heapq.heappush(self._heap, (slot.row.time, self._count, slot))

    def _pop(self) -> Row:
        slot = heapq.heappop(self._heap)[2]
        (self._waiting if slot.is_open else self._alone).forget(slot)
        return slot.row


def with_facts(row: Row, facts: AnswerFacts | None) -> Row:
    """Return `row` with what its answer says."""
    if facts is None:
        return row
    return row._replace(ttl=facts.ttl, rcode=facts.rcode, rdata_hash=facts.rdata_hash)
