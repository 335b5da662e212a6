# SPDX-License-Identifier: ISC
"""A policy as numbers: what the server's own policy code says of each subject, once, for the kernels to look up.

Nothing here decides: `judge`, `prefetch_at`, `stale_rules` and `retry_after` do. A policy whose rules look at names
(`policy.by_name`) has a subject for each name, any other one for each (class, type, TTL).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

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

    def cover(self, subjects: Sequence[Subject]) -> None:
        """Add rows for those of `subjects` that are new; the sequence only ever gets longer from call to call."""
        known = len(self.table)
        if len(subjects) == known:
            return
        new = [numbers(subject, self.policy, self._backoff(subject)) for subject in subjects[known:]]
        self.table = np.concatenate((self.table, np.array(new)))
        self.backoffs = np.array(list(self._backoff_rows))

    def _backoff(self, subject: Subject) -> int:
        of = (subject.owner, subject.rtype) if self.policy.rules else (b"", 0)
        if of not in self._backoff_of:
            waits = backoff(subject, self.policy)
            self._backoff_of[of] = self._backoff_rows.setdefault(waits, len(self._backoff_rows))
        return self._backoff_of[of]


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
