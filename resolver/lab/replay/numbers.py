# SPDX-License-Identifier: ISC
"""A policy as numbers: what the server's own policy code says of each subject, once, for the kernels to look up.

    subjects ──┬── by name ──► numbers: judge, prefetch_at and stale_rules, once a subject
               └── by (class, type, TTL) ──► terms, once for each stretch of TTLs ──► `by_ttl`, in arrays

A policy without rules for names says the same of all TTLs between two that its rules name, but for a sum and a
comparison. Those are done on arrays, and at both ends of each stretch held against `judge` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.by_ttl import kept_and_lead
from resolver.lab.replay.subjects import ANY_OWNER, kind_of, subject_of, ttl_of
from resolver.policy import AnswerClass, Policy, Subject, judge, prefetch_at, retry_after, stale_rules

# The columns of a table, one row a subject.
KEPT: Final = 0  # seconds of fresh life; 0 is not cached
WINDOW: Final = 1  # seconds after it in which it may be served stale
LEAD: Final = 2  # a hit this many seconds before the end starts a prefetch; -inf: none ever does
PUBLISHED: Final = 3  # seconds that the owner said
NEGATIVE: Final = 4  # 1 for NXDOMAIN and NODATA
WAIT: Final = 5  # seconds a client waits before it gets stale data
RECHECK: Final = 6  # seconds without another try after a refresh failed
BACKOFF: Final = 7  # the row of `backoffs` that holds when the servers fail
COLUMNS: Final = 8

# FailureCache doubles no further than this: the tenth failure in a row waits as long as any after it.
MOST_FAILURES: Final = 10

Table = NDArray[np.float64]


class PolicyNumbers:
    """The table of one policy; it grows with the subjects that a trace brings.

    `backoffs` has a row for each way to wait after failures: at 0 the seconds for which the count of failures is
    remembered after a wait, at 1 to MOST_FAILURES the wait after so many in a row.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.table: Table = np.zeros((0, COLUMNS))
        self.backoffs: Table = np.zeros((0, MOST_FAILURES + 1))
        self._backoff_rows: dict[tuple[float, ...], int] = {}
        self._backoff_of: dict[tuple[bytes, int], int] = {}
        self._turns = np.array(_turns(policy), np.int64)

    def cover(self, codes: NDArray[np.int64], named: Sequence[Subject] = ()) -> None:
        """Add rows for what is new in `codes` (see `subjects`), or in `named` if the policy looks at names.

        Both only ever get longer from call to call. AssertionError if arrays and policy code disagree.
        """
        known = len(self.table)
        if len(named if self.policy.by_name else codes) == known:
            return
        new = self._named(named[known:]) if self.policy.by_name else self._by_ttl(codes[known:])
        self.table = np.concatenate((self.table, new))
        self.backoffs = np.array(list(self._backoff_rows))

    def _named(self, subjects: Sequence[Subject]) -> Table:
        return np.array([numbers(subject, self.policy, self._backoff(subject)) for subject in subjects])

    def _by_ttl(self, codes: NDArray[np.int64]) -> Table:
        """The same for many TTLs at a time."""
        found = np.empty((len(codes), COLUMNS))
        ttl = ttl_of(codes)
        stretch = np.searchsorted(self._turns, ttl, side="right")
        alike = kind_of(codes) * (len(self._turns) + 1) + stretch
        order = np.argsort(alike, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(alike[order])) + 1):
            least, most = rows[np.argmin(ttl[rows])], rows[np.argmax(ttl[rows])]
            first = subject_of(int(codes[least]), ANY_OWNER)
            row = numbers(first, self.policy, self._backoff(first))
            found[rows] = row
            if first.answer is AnswerClass.FAILURE:
                continue
            found[rows, PUBLISHED] = ttl[rows]
            terms = self.policy.terms(first)
            found[rows, KEPT], found[rows, WINDOW], found[rows, LEAD] = kept_and_lead(ttl[rows], terms)
            last = subject_of(int(codes[most]), ANY_OWNER)
            assert tuple(found[least]) == row, first
            assert tuple(found[most]) == numbers(last, self.policy, self._backoff(last)), last
        return found

    def _backoff(self, subject: Subject) -> int:
        of = (subject.owner, subject.rtype) if self.policy.rules else (b"", 0)
        if of not in self._backoff_of:
            waits = backoff(subject, self.policy)
            self._backoff_of[of] = self._backoff_rows.setdefault(waits, len(self._backoff_rows))
        return self._backoff_of[of]


def _turns(policy: Policy) -> list[int]:
    """The TTLs from which on another set of rules may fit, in order."""
    begins = {ceil(rule.ttl_from) for rule in policy.rules}
    ends = {floor(rule.ttl_to) + 1 for rule in policy.rules if rule.ttl_to is not None}
    return sorted(begins | ends)


def numbers(subject: Subject, policy: Policy, backoff_row: int = 0) -> tuple[float, ...]:
    """One row: all that `policy` says of `subject`."""
    stale = stale_rules(subject, policy)
    waits = (float(stale.client_timeout), float(stale.recheck), float(backoff_row))
    if subject.answer is AnswerClass.FAILURE:
        return (0.0, 0.0, -inf, 0.0, 0.0, *waits)
    lifetime = judge(subject, 0.0, policy)
    return (
        lifetime.kept_ttl,
        lifetime.stale_until - lifetime.fresh_until,
        lifetime.fresh_until - prefetch_at(subject, lifetime, policy),
        float(subject.published),
        float(subject.answer is not AnswerClass.POSITIVE),
        *waits,
    )


def backoff(subject: Subject, policy: Policy) -> tuple[float, ...]:
    """How long failures of a question are told, and how long they are counted (`cache.failures.FailureCache`)."""
    waits = (
        retry_after(count, structural=False, policy=policy, owner=subject.owner, rtype=subject.rtype)
        for count in range(1, MOST_FAILURES + 1)
    )
    return (2.0 * policy.failure.max, *waits)
