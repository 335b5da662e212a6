# SPDX-License-Identifier: ISC
"""One question under one policy, as arithmetic on the state of its RRset. `reference` says the same with policy's code.

A state is a row of numbers; instants are 0 or later, and 0 in a state is long ago. What is decided about lifetimes
comes from a table that `numbers` filled; no space is reckoned with here: whoever evicts calls `forget`.
"""

from __future__ import annotations

from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay import numbers as of
from resolver.lab.replay import outcome as out
from resolver.lab.replay.machine import compiled

# The columns of a state.
FRESH_UNTIL: Final = 0
STALE_UNTIL: Final = 1
OWNER_UNTIL: Final = 2  # when the TTL published is over
CHANGES_AT: Final = 3  # when the owner changes what is held
SUBJECT: Final = 4  # the row of the table for what is held
NEEDED_FROM: Final = (
    5  # from when a prefetched life is one that was needed; inf: it is known, or was no prefetch
)
FAILS_UNTIL: Final = 6
FAILURES: Final = 7  # in a row
RECHECK_UNTIL: Final = 8
FIELDS: Final = 9

# The columns of sums, and of what is not to be counted: a row of them for the warm-up, one for the measurement.
OUTDATED_S: Final = 0
STORES: Final = 1
KEPT_S: Final = 2
PUBLISHED_S: Final = 3
SUMS: Final = 4

_FRESH: Final = int(out.Kind.FRESH)
_NEGATIVE: Final = int(out.Kind.NEGATIVE)
_FAILURE: Final = int(out.Kind.FAILURE)
_STALE: Final = int(out.Kind.STALE)
_STALE_WAITED: Final = int(out.Kind.STALE_WAITED)
_ANSWERED: Final = int(out.Kind.ANSWERED)
_FAILED: Final = int(out.Kind.FAILED)
_QUERIED: Final = out.QUERIED
_OUTDATED: Final = out.OUTDATED
_BEYOND: Final = out.BEYOND
_OUTAGE: Final = out.OUTAGE
_PREFETCH_USED: Final = out.PREFETCH_USED

Floats = NDArray[np.float64]


def blank(rrsets: int) -> Floats:
    """The states of RRsets of which nothing is known. All zeros, which costs no memory before it is written to."""
    return np.zeros((rrsets, FIELDS))


@compiled
def forget(states: Floats, rrset: int) -> None:
    """Nothing is held any more; that the question failed is remembered elsewhere, and stays."""
    states[rrset, FRESH_UNTIL] = 0.0
    states[rrset, STALE_UNTIL] = 0.0


@compiled
def fetch(
    states: Floats,
    rrset: int,
    time: float,
    subject: int,
    changes_at: float,
    down: bool,
    table: Floats,
    backoffs: Floats,
    sums: Floats,
    counted: int,
) -> bool:
    """Ask the servers: whether they answered. What they said is held from now on, if it has a life."""
    if down:
        row = int(table[subject, of.BACKOFF])
        in_row = time < states[rrset, FAILS_UNTIL] + backoffs[row, 0]
        states[rrset, FAILURES] = states[rrset, FAILURES] + 1 if in_row else 1
        states[rrset, FAILS_UNTIL] = time + backoffs[row, min(int(states[rrset, FAILURES]), of.MOST_FAILURES)]
        states[rrset, RECHECK_UNTIL] = time + table[subject, of.RECHECK]
        return False
    states[rrset, FAILS_UNTIL] = 0.0
    states[rrset, FAILURES] = 0
    states[rrset, RECHECK_UNTIL] = 0.0
    kept = table[subject, of.KEPT]
    if kept <= 0:
        forget(states, rrset)
        return True
    states[rrset, FRESH_UNTIL] = time + kept
    states[rrset, STALE_UNTIL] = time + kept + table[subject, of.WINDOW]
    states[rrset, OWNER_UNTIL] = time + table[subject, of.PUBLISHED]
    states[rrset, CHANGES_AT] = changes_at
    states[rrset, SUBJECT] = subject
    states[rrset, NEEDED_FROM] = inf
    sums[counted, STORES] += 1
    sums[counted, KEPT_S] += kept
    sums[counted, PUBLISHED_S] += table[subject, of.PUBLISHED]
    return True


@compiled
def quiet_until(states: Floats, rrset: int, table: Floats) -> float:
    """Until when every answer is a fresh hit of which nothing more is to be said, and no state changes."""
    last = states[rrset, FRESH_UNTIL] - max(table[int(states[rrset, SUBJECT]), of.LEAD], 0.0)
    return float(min(last, states[rrset, OWNER_UNTIL], states[rrset, CHANGES_AT], states[rrset, NEEDED_FROM]))


@compiled
def step(
    states: Floats,
    rrset: int,
    time: float,
    subject: int,
    changes_at: float,
    down: bool,
    table: Floats,
    backoffs: Floats,
    sums: Floats,
    counted: int,
) -> int:
    """Answer one question at `time`; its outcome. The servers would answer with `subject`, or fail (`down`)."""
    outage = _OUTAGE if down else 0
    if time >= states[rrset, STALE_UNTIL]:
        if time < states[rrset, FAILS_UNTIL]:
            return _FAILURE | outage
        if fetch(states, rrset, time, subject, changes_at, down, table, backoffs, sums, counted):
            return _ANSWERED | _QUERIED
        return _FAILED | _QUERIED | outage
    held = int(states[rrset, SUBJECT])
    late = time - states[rrset, CHANGES_AT]
    facts = outage
    if late >= 0:
        facts |= _OUTDATED
    if time >= states[rrset, OWNER_UNTIL]:
        facts |= _BEYOND
    fresh_until = states[rrset, FRESH_UNTIL]
    if time < fresh_until:
        facts |= _NEGATIVE if table[held, of.NEGATIVE] > 0 else _FRESH
        if time >= states[rrset, NEEDED_FROM]:
            states[rrset, NEEDED_FROM] = inf
            facts |= _PREFETCH_USED
        if time >= fresh_until - table[held, of.LEAD] and time >= states[rrset, FAILS_UNTIL]:
            facts |= _QUERIED
            if fetch(states, rrset, time, subject, changes_at, down, table, backoffs, sums, counted):
                states[rrset, NEEDED_FROM] = fresh_until
    elif time < states[rrset, FAILS_UNTIL] or time < states[rrset, RECHECK_UNTIL]:
        facts |= _STALE
    elif table[held, of.WAIT] <= 0:
        facts |= _STALE | _QUERIED
        fetch(states, rrset, time, subject, changes_at, down, table, backoffs, sums, counted)
    elif fetch(states, rrset, time, subject, changes_at, down, table, backoffs, sums, counted):
        return _ANSWERED | _QUERIED
    else:
        facts |= _STALE_WAITED | _QUERIED
    if late >= 0:
        sums[counted, OUTDATED_S] += late
    return facts
