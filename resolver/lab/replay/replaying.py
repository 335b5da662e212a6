# SPDX-License-Identifier: ISC
"""Many caches, one pass over a trace: each arm has its policy, its size and its order of eviction.

    Preparation ──► block ──┬── sorted by RRset, once ──► arms without a limit (`unbounded`)
                            └── in order of time ───────► arms with one (`bounded`)

An arm keeps some 100 octets an RRset; blocks are dropped once replayed, so the length of a trace costs no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resolver.errors import ResolverError
from resolver.lab.replay.bounded import replay_bounded
from resolver.lab.replay.eviction import Eviction
from resolver.lab.replay.numbers import PolicyNumbers
from resolver.lab.replay.outcome import OUTCOMES
from resolver.lab.replay.questions import Preparation, Questions
from resolver.lab.replay.results import Tally
from resolver.lab.replay.rings import RRSETS, rings, with_more
from resolver.lab.replay.step import SUMS, Floats, blank, fields_for, resized
from resolver.lab.replay.unbounded import by_rrset, replay_sorted
from resolver.policy import Policy

_NOBODY_ASKS: NDArray[np.uint8] = np.zeros(0, np.uint8)
# Called after each block with the number of questions so far.
Progress = Callable[[int], None]
# Called after each block of each arm: the arm's number, the questions and their outcomes, in order of time.
Observer = Callable[[int, Questions, NDArray[np.uint8]], None]


class EmptyTrace(ResolverError):
    """A trace without two questions to count; its text is `what - what to do`."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One cache to be tried. `budget_bytes` None: without a limit, and then there is no eviction."""

    policy: Policy
    budget_bytes: int | None = None
    eviction: Eviction = Eviction.S3FIFO


class _Sorted:
    """A block sorted by RRset."""

    def __init__(self, block: Questions, rrsets: int) -> None:
        self.order, self.ends = by_rrset(block.rrset, rrsets)
        self.time, self.changes_at = block.time[self.order], block.changes_at[self.order]
        self.subject, self.down = block.subject[self.order], block.down[self.order]
        self.fields = fields_for(block.changes_at, block.down)
        self._named = block.named_subject

    @property
    def named_subject(self) -> NDArray[np.int32]:
        """By name, in the same order."""
        return self._named[self.order]


class ArmReplay:
    """One arm's caches and counters."""

    def __init__(self, arm: Arm, measure_from: float, states: Floats | None = None) -> None:
        self.arm = arm
        self.counts = np.zeros((2, OUTCOMES), np.int64)
        self.sums = np.zeros((2, SUMS))
        self.evicted = 0
        self._measure_from = measure_from
        self._numbers = PolicyNumbers(arm.policy)
        self._states: Floats = blank(0, 0) if states is None else states
        self._rings = None if arm.budget_bytes is None else rings(arm.budget_bytes, arm.eviction, 0)

    def take(
        self, block: Questions, ordered: _Sorted, preparation: Preparation, outcomes: NDArray[np.uint8]
    ) -> None:
        """Replay one block; `outcomes` is filled in order of time, unless it is empty."""
        by_name = self.arm.policy.by_name
        numbers = self._numbers
        numbers.cover(preparation.codes, preparation.named_subjects)
        self._grow(preparation.rrsets, ordered.fields)
        if self._rings is None:
            replay_sorted(
                ordered.order,
                ordered.ends,
                ordered.time,
                ordered.named_subject if by_name else ordered.subject,
                ordered.changes_at,
                ordered.down,
                self._measure_from,
                self._states,
                numbers.table,
                numbers.backoffs,
                self.counts,
                self.sums,
                outcomes,
            )
            return
        self.evicted += replay_bounded(
            block.rrset,
            block.time,
            block.named_subject if by_name else block.subject,
            block.changes_at,
            block.down,
            self._measure_from,
            self._states,
            self._rings,
            numbers.table,
            numbers.backoffs,
            self.counts,
            self.sums,
            outcomes,
        )

    def _grow(self, rrsets: int, fields: int) -> None:
        self._states = resized(self._states, rrsets, fields)
        if self._rings is not None and len(self._rings.held) < len(self._states) + RRSETS:
            self._rings = with_more(self._rings, len(self._states))


def replay(
    preparation: Preparation,
    arms: Sequence[Arm],
    *,
    warm_up_s: float = 0.0,
    progress: Progress | None = None,
    states: Sequence[Floats] | None = None,
    observe: Observer | None = None,
) -> list[Tally]:
    """Replay a trace through every arm; what is asked in its first `warm_up_s` seconds is not counted.

    `states` are what each arm begins with in place of an empty cache (see `step`; only without a limit). `observe`
    sees every question with its outcome, those of the warm-up too.
    """
    running: list[ArmReplay] = []
    last, done = 0.0, 0
    for block in preparation.blocks():
        if not running:
            begin = states if states is not None else [None] * len(arms)
            running = [ArmReplay(arm, warm_up_s, state) for arm, state in zip(arms, begin, strict=True)]
        ordered = _Sorted(block, preparation.rrsets)
        for number, arm in enumerate(running):
            outcomes = _NOBODY_ASKS if observe is None else np.empty(len(block), np.uint8)
            arm.take(block, ordered, preparation, outcomes)
            if observe is not None:
                observe(number, block, outcomes)
        last = float(block.time[-1])
        done += len(block)
        if progress is not None:
            progress(done)
    if last <= warm_up_s:
        raise EmptyTrace(
            f"{preparation.trace.about}: nothing to count - a longer trace, or a shorter warm-up"
        )
    span = last - warm_up_s
    return [Tally(arm.counts[1], arm.sums[1], arm.evicted, span, preparation.rrsets) for arm in running]


def outcomes_of(preparation: Preparation, arms: Sequence[Arm]) -> list[NDArray[np.uint8]]:
    """Replay a trace through every arm and keep each question's outcome, in order of time."""
    kept: list[list[NDArray[np.uint8]]] = [[] for _ in arms]
    replay(preparation, arms, observe=lambda number, block, outcomes: kept[number].append(outcomes))
    return [np.concatenate(outcomes) for outcomes in kept]
