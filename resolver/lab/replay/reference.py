# SPDX-License-Identifier: ISC
"""The plain replay: each question decided by the server's own policy code, one at a time. What the kernels must equal.

    question ──► freshness ──► plan ──► answer, or ask: judge ──► held until evicted

Slow (tens of thousands of questions a second) and meant to be read. Servers answer at once or not at all; what a
failing zone does to its other names is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple, assert_never

from resolver.lab.replay import outcome as out
from resolver.lab.replay.eviction import ORDERS, Eviction
from resolver.lab.replay.outcome import Kind
from resolver.policy import (
    AnswerClass,
    Freshness,
    Lifetime,
    Policy,
    Subject,
    freshness,
    judge,
    prefetch_at,
    retry_after,
    stale_rules,
)
from resolver.policy.stale import (
    AnswerFailure,
    Fresh,
    NotCached,
    Resolve,
    ResolveThenStale,
    ServeStaleNow,
    plan,
)


class Question(NamedTuple):
    """One question: when, for which RRset, what its servers would say, until when that holds, and are they silent."""

    time: float
    rrset: int
    subject: Subject
    changes_at: float
    down: bool


@dataclass(slots=True)
class Held:
    """What is known of one RRset."""

    lifetime: Lifetime
    subject: Subject
    changes_at: float
    needed_from: float = inf  # of what was prefetched: when the life before it ended


@dataclass(slots=True)
class Failing:
    """A question that failed: until when that is told, how often in a row, until when stale data are not rechecked."""

    until: float
    count: int
    recheck_until: float


class ReferenceReplay:
    """A cache of one policy, without a limit, or with a budget in bytes and an order of eviction."""

    def __init__(
        self, policy: Policy, budget_bytes: int | None = None, eviction: Eviction = Eviction.S3FIFO
    ) -> None:
        self._policy = policy
        self._held: dict[int, Held] = {}
        self._failing: dict[int, Failing] = {}
        self._order = None if budget_bytes is None else ORDERS[eviction](budget_bytes)
        self._deaths: list[tuple[float, int]] = []
        self.outdated_s = 0.0
        self.stores = 0
        self.kept_s = 0.0
        self.published_s = 0.0

    def replay(self, questions: Iterable[Question]) -> bytes:
        """Answer `questions` in order; one outcome each."""
        return bytes([self.answer(question) for question in questions])

    def answer(self, question: Question) -> int:
        """Answer one question; its outcome."""
        held, failing = self._held.get(question.rrset), self._failing.get(question.rrset)
        if held is not None and self._order is not None:
            self._order.use(question.rrset)
        age = Freshness.DEAD if held is None else freshness(held.lifetime, question.time)
        rules = stale_rules(question.subject if held is None else held.subject, self._policy)
        decided = plan(
            age,
            rules,
            stale_for=0.0 if held is None else question.time - held.lifetime.fresh_until,
            failed=failing is not None and question.time < failing.until,
            recheck_pending=failing is not None and question.time < failing.recheck_until,
        )
        outage = out.OUTAGE if self._is_out(question) else 0
        match decided:
            case Fresh():
                assert held is not None
                return self._hit(question, held) | outage
            case ServeStaleNow(refresh):
                assert held is not None
                facts = self._facts(question, held) | Kind.STALE | outage
                if refresh:
                    self._ask(question)
                return facts | (out.QUERIED if refresh else 0)
            case ResolveThenStale():
                assert held is not None
                if self._ask(question):
                    return Kind.ANSWERED | out.QUERIED
                return self._facts(question, held) | Kind.STALE_WAITED | out.QUERIED | outage
            case Resolve():
                answered = self._ask(question)
                return (Kind.ANSWERED if answered else Kind.FAILED) | out.QUERIED | outage
            case AnswerFailure():
                return Kind.FAILURE | outage
            case NotCached():
                raise AssertionError("all questions of a trace ask for recursion")
        assert_never(decided)

    def _hit(self, question: Question, held: Held) -> int:
        negative = held.subject.answer is not AnswerClass.POSITIVE
        facts = self._facts(question, held) | (Kind.NEGATIVE if negative else Kind.FRESH)
        if question.time >= held.needed_from:
            held.needed_from = inf
            facts |= out.PREFETCH_USED
        failing = self._failing.get(question.rrset)
        may_ask = failing is None or question.time >= failing.until
        if may_ask and question.time >= prefetch_at(held.subject, held.lifetime, self._policy):
            facts |= out.QUERIED
            if self._ask(question) and question.rrset in self._held:
                self._held[question.rrset].needed_from = held.lifetime.fresh_until
        return facts

    def _facts(self, question: Question, held: Held) -> int:
        """What is wrong with the data that are served."""
        facts = 0
        if question.time >= held.changes_at:
            facts |= out.OUTDATED
            self.outdated_s += question.time - held.changes_at
        if question.time >= held.lifetime.stored_at + held.lifetime.published_ttl:
            facts |= out.BEYOND
        return facts

    def _is_out(self, question: Question) -> bool:
        return question.down or question.subject.answer is AnswerClass.FAILURE

    def _ask(self, question: Question) -> bool:
        """Ask the servers; whether they answered. What they said is held."""
        if self._is_out(question):
            self._failed(question)
            return False
        self._failing.pop(question.rrset, None)
        lifetime = judge(question.subject, question.time, self._policy)
        if freshness(lifetime, question.time) is Freshness.DEAD:
            if self._held.pop(question.rrset, None) is not None and self._order is not None:
                self._order.remove(question.rrset)
            return True
        self.stores += 1
        self.kept_s += lifetime.kept_ttl
        self.published_s += lifetime.published_ttl
        is_new = question.rrset not in self._held
        self._held[question.rrset] = Held(lifetime, question.subject, question.changes_at)
        if self._order is not None:
            if is_new:
                self._order.add(question.rrset)
            heappush(self._deaths, (lifetime.stale_until, question.rrset))
            self._make_room(question.time)
        return True

    def _failed(self, question: Question) -> None:
        """FailureCache.record and set_recheck, for a question of this name and type."""
        subject, policy, before = question.subject, self._policy, self._failing.get(question.rrset)
        in_row = before is not None and question.time < before.until + 2 * policy.failure.max
        count = before.count + 1 if before is not None and in_row else 1
        wait = retry_after(count, structural=False, policy=policy, owner=subject.owner, rtype=subject.rtype)
        recheck = question.time + stale_rules(subject, policy).recheck
        self._failing[question.rrset] = Failing(question.time + wait, count, recheck)

    def _make_room(self, now: float) -> None:
        """The dead first, as RecordCache does; then as the order says."""
        assert self._order is not None
        while self._order.over_budget:
            rrset = self._dead(now)
            if rrset is None:
                rrset = self._order.pick()
            else:
                self._order.remove(rrset)
            del self._held[rrset]

    def _dead(self, now: float) -> int | None:
        while self._deaths and self._deaths[0][0] <= now:
            at, rrset = heappop(self._deaths)
            held = self._held.get(rrset)
            if held is not None and held.lifetime.stale_until == at:
                return rrset
        return None
