# SPDX-License-Identifier: ISC
"""One question under one policy, as arithmetic on the state of its RRset. `reference` says the same with policy's code.

A state is a row of numbers. What is decided about lifetimes comes from a table that `numbers` filled; no space is
reckoned with here: whoever evicts calls `forget`. A sweep's time goes into states that are fetched from memory, so
they are as narrow as a block allows: what never changed and never failed has no columns for that (`fields_for`).
"""

from __future__ import annotations

from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay import numbers as of
from resolver.lab.replay import outcome as out
from resolver.lab.replay.machine import kernel

# The columns of a state.
HELD: Final = 0  # one more than the row of the table for what is held; 0: nothing is
SINCE: Final = 1  # when it was fetched
NEEDED_FROM: Final = (
    2  # from when a prefetched life is one that was needed; inf: it is known, or was no prefetch
)
CHANGES_AT: Final = 3  # when the owner changes what is held; without the column, never
FAILS_UNTIL: Final = 4  # without the column, nothing has failed
FAILURES: Final = 5  # in a row
RECHECK_UNTIL: Final = 6
FIELDS: Final = 7

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


def blank(rrsets: int, fields: int = FIELDS) -> Floats:
    """The states of RRsets of which nothing is known. All zeros, which costs no memory before it is written to."""
    return np.zeros((rrsets, fields))


def fields_for(changes_at: Floats, down: NDArray[np.bool_]) -> int:
    """How many columns a state needs for such questions."""
    if down.any():
        return FIELDS
    return CHANGES_AT + (1 if np.isfinite(changes_at).any() else 0)


def resized(states: Floats, rrsets: int, fields: int) -> Floats:
    """The same states, with room for so many RRsets and with at least so many columns."""
    rows, columns = states.shape
    if rows >= rrsets and columns >= fields:
        return states
    larger = blank(max(rrsets, 2 * rows) if rows < rrsets else rows, max(fields, columns))
    larger[:rows, :columns] = states
    if columns <= CHANGES_AT < fields:
        larger[:rows, CHANGES_AT] = inf
    return larger


@kernel
def forget(states: Floats, rrset: int) -> None:
    """Nothing is held any more; that the question failed is remembered elsewhere, and stays."""
    states[rrset, HELD] = 0.0


@kernel
def dead_at(states: Floats, rrset: int, table: Floats) -> float:
    """From when what is held is not even stale; 0 when nothing is held."""
    held = int(states[rrset, HELD]) - 1
    return float(states[rrset, SINCE] + table[held, of.KEPT] + table[held, of.WINDOW]) if held >= 0 else 0.0


@kernel
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
    if states.shape[1] > FAILS_UNTIL:
        if down:
            row = int(table[subject, of.BACKOFF])
            in_row = time < states[rrset, FAILS_UNTIL] + backoffs[row, 0]
            count = states[rrset, FAILURES] + 1 if in_row else 1
            states[rrset, FAILURES] = count
            states[rrset, FAILS_UNTIL] = time + backoffs[row, min(int(count), of.MOST_FAILURES)]
            states[rrset, RECHECK_UNTIL] = time + table[subject, of.RECHECK]
            return False
        states[rrset, FAILS_UNTIL] = 0.0
        states[rrset, FAILURES] = 0
        states[rrset, RECHECK_UNTIL] = 0.0
    kept = table[subject, of.KEPT]
    if kept <= 0:
        forget(states, rrset)
        return True
    states[rrset, HELD] = subject + 1
    states[rrset, SINCE] = time
    states[rrset, NEEDED_FROM] = inf
    if states.shape[1] > CHANGES_AT:
        states[rrset, CHANGES_AT] = changes_at
    sums[counted, STORES] += 1
    sums[counted, KEPT_S] += kept
    sums[counted, PUBLISHED_S] += table[subject, of.PUBLISHED]
    return True


@kernel
def quiet_until(states: Floats, rrset: int, table: Floats) -> float:
    """Until when every answer is a fresh hit of which nothing more is to be said, and no state changes."""
    held = int(states[rrset, HELD]) - 1
    if held < 0:
        return 0.0
    since = states[rrset, SINCE]
    last = since + table[held, of.KEPT] - max(table[held, of.LEAD], 0.0)
    last = min(last, since + table[held, of.PUBLISHED], states[rrset, NEEDED_FROM])
    return float(min(last, states[rrset, CHANGES_AT]) if states.shape[1] > CHANGES_AT else last)


@kernel
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
    fails_until = states[rrset, FAILS_UNTIL] if states.shape[1] > FAILS_UNTIL else 0.0
    held = int(states[rrset, HELD]) - 1
    since = states[rrset, SINCE]
    fresh_until = since + table[held, of.KEPT] if held >= 0 else 0.0
    if held < 0 or time >= fresh_until + table[held, of.WINDOW]:
        if time < fails_until:
            return _FAILURE | outage
        if fetch(states, rrset, time, subject, changes_at, down, table, backoffs, sums, counted):
            return _ANSWERED | _QUERIED
        return _FAILED | _QUERIED | outage
    late = time - states[rrset, CHANGES_AT] if states.shape[1] > CHANGES_AT else -1.0
    facts = outage
    if late >= 0:
        facts |= _OUTDATED
    if time >= since + table[held, of.PUBLISHED]:
        facts |= _BEYOND
    if time < fresh_until:
        facts |= _NEGATIVE if table[held, of.NEGATIVE] > 0 else _FRESH
        if time >= states[rrset, NEEDED_FROM]:
            states[rrset, NEEDED_FROM] = inf
            facts |= _PREFETCH_USED
        if time >= fresh_until - table[held, of.LEAD] and time >= fails_until:
            facts |= _QUERIED
            if fetch(states, rrset, time, subject, changes_at, down, table, backoffs, sums, counted):
                states[rrset, NEEDED_FROM] = fresh_until
    elif time < fails_until or (fails_until > 0 and time < states[rrset, RECHECK_UNTIL]):
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
