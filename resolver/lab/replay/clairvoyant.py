# SPDX-License-Identifier: ISC
"""The ceiling for a cache with a limit: it knows every question to come, and drops what is needed last (Belady 1966).

Lifetimes are the policy's. What will have expired by its next question is worth no place. Fresh hits only: neither
prefetch nor stale data are in it, and servers that failed are asked again at once. The whole trace is held, some 21
octets a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.eviction import ITEM_BYTES
from resolver.lab.replay.machine import compiled
from resolver.lab.replay.numbers import KEPT, PolicyNumbers
from resolver.lab.replay.questions import Preparation, Questions
from resolver.policy import Policy


class Clairvoyant:
    """A trace, read to its end; `hits` then answers for any policy and size."""

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        blocks = list(preparation.blocks())
        self._rrset = np.concatenate([block.rrset for block in blocks])
        self._time = np.concatenate([block.time for block in blocks])
        self._down = np.concatenate([block.down for block in blocks])
        self._blocks: Sequence[Questions] = blocks
        self._following = _following(self._rrset, preparation.rrsets)

    def hits(self, policy: Policy, budget_bytes: int, measure_from: float = 0.0) -> float:
        """The share of the questions from `measure_from` on that would be fresh hits."""
        numbers = PolicyNumbers(policy)
        by_name = policy.by_name
        numbers.cover(self._preparation.codes, self._preparation.named_subjects)
        subject = np.concatenate([b.named_subject if by_name else b.subject for b in self._blocks])
        kept = np.ascontiguousarray(numbers.table[:, KEPT])
        counted = int((self._time >= measure_from).sum())
        found = _hits(
            self._rrset, self._following, self._time, self._down, subject, kept,
            self._preparation.rrsets, budget_bytes // ITEM_BYTES, measure_from,
        )  # fmt: skip
        return found / max(counted, 1)


@compiled
def _following(rrset: NDArray[np.int32], rrsets: int) -> NDArray[np.int64]:
    """The row of each question's next one for the same RRset; past the end when there is none."""
    after = np.full(rrsets, len(rrset), np.int64)
    following = np.empty(len(rrset), np.int64)
    for row in range(len(rrset) - 1, -1, -1):
        following[row] = after[rrset[row]]
        after[rrset[row]] = row
    return following


@compiled
def _hits(
    rrset: NDArray[np.int32],
    following: NDArray[np.int64],
    time: NDArray[np.float64],
    down: NDArray[np.bool_],
    subject: NDArray[np.int32],
    kept: NDArray[np.float64],
    rrsets: int,
    most: int,
    measure_from: float,
) -> int:
    fresh_until = np.zeros(rrsets)
    needed_at = np.full(rrsets, -1, np.int64)  # the row of its next question, -1 when it is not held
    latest = [
        np.int64(0)
    ]  # rows at which something is needed, latest first: negative, for the least comes first
    latest.clear()
    held, hits = 0, 0
    for row in range(len(rrset)):
        number, now = rrset[row], time[row]
        was_held = needed_at[number] >= 0
        if was_held and now < fresh_until[number]:
            hits += now >= measure_from
        elif down[row]:
            continue  # nothing was fetched: what was held is past its life, and counted as gone when it is popped
        else:
            fresh_until[number] = now + kept[subject[row]]
        after = following[row]
        if after < len(time) and time[after] < fresh_until[number]:
            needed_at[number] = after
            heappush(latest, -after)
            held += not was_held
        else:
            needed_at[number] = -1
            held -= was_held
        while held > most:
            at = -heappop(latest)
            if needed_at[rrset[at]] == at:
                needed_at[rrset[at]] = -1
                held -= 1
    return hits
