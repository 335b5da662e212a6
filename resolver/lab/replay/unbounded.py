# SPDX-License-Identifier: ISC
"""A cache without a limit: no RRset knows of another, so a block is replayed one RRset after another.

The questions of a block are sorted by RRset once, for all policies; a state is then touched once a block.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.machine import compiled, kernel
from resolver.lab.replay.numbers import NEGATIVE
from resolver.lab.replay.outcome import OUTAGE, Kind
from resolver.lab.replay.step import HELD, Floats, quiet_until, step

_FRESH: Final = int(Kind.FRESH)
_NEGATIVE: Final = int(Kind.NEGATIVE)
_OUTAGE: Final = OUTAGE
Counts = NDArray[np.int64]


@compiled
def by_rrset(rrset: NDArray[np.int32], rrsets: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The order that sorts questions by RRset and keeps time's within each, and where each RRset's run ends."""
    ends = np.zeros(rrsets + 1, np.int32)
    for number in rrset:
        ends[number + 1] += 1
    for number in range(rrsets):
        ends[number + 1] += ends[number]
    order = np.empty(len(rrset), np.int32)
    for row in range(len(rrset)):
        order[ends[rrset[row]]] = row
        ends[rrset[row]] += 1
    return order, ends[:rrsets]


@kernel
def replay_sorted(
    order: NDArray[np.int32],
    ends: NDArray[np.int32],
    time: Floats,
    subject: NDArray[np.int32],
    changes_at: Floats,
    down: NDArray[np.bool_],
    measure_from: float,
    states: Floats,
    table: Floats,
    backoffs: Floats,
    counts: Counts,
    sums: Floats,
    outcomes: NDArray[np.uint8],
) -> None:
    """Replay a block sorted by RRset (all columns are in that order). Adds to `counts` and `sums`.

    `outcomes` is in the order of time, or empty when nobody wants to know each.
    """
    wants_each = len(outcomes) > 0
    row = 0
    for rrset in range(len(ends)):
        end = ends[rrset]
        while row < end:
            counted = 1 if time[row] >= measure_from else 0
            outcome = step(
                states,
                rrset,
                time[row],
                subject[row],
                changes_at[row],
                down[row],
                table,
                backoffs,
                sums,
                counted,
            )
            counts[counted, outcome] += 1
            if wants_each:
                outcomes[order[row]] = outcome
            row += 1
            if row == end or not counted:
                continue
            until = quiet_until(states, rrset, table)
            if time[row] >= until:
                continue
            hit = _NEGATIVE if table[int(states[rrset, HELD]) - 1, NEGATIVE] > 0 else _FRESH
            while row < end and time[row] < until:
                outcome = hit | _OUTAGE if down[row] else hit
                counts[counted, outcome] += 1
                if wants_each:
                    outcomes[order[row]] = outcome
                row += 1
