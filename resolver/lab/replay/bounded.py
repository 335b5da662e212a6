# SPDX-License-Identifier: ISC
"""A cache with a limit: questions in order of time, and RRsets that go when space runs out.

Like the server's, what is dead goes first. All RRsets weigh the same. Who goes is `rings`' business.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay.machine import kernel
from resolver.lab.replay.rings import RRSETS, Rings, add, is_held, over_budget, pick, remove, renew, use
from resolver.lab.replay.step import HELD, STORES, Floats, dead_at, forget, step

Counts = NDArray[np.int64]


@kernel
def replay_bounded(
    rrset: NDArray[np.int32],
    time: Floats,
    subject: NDArray[np.int32],
    changes_at: Floats,
    down: NDArray[np.bool_],
    measure_from: float,
    states: Floats,
    rings: Rings,
    table: Floats,
    backoffs: Floats,
    counts: Counts,
    sums: Floats,
    outcomes: NDArray[np.uint8],
) -> int:
    """Replay a block in order of time; how many RRsets were evicted. Adds to `counts` and `sums`.

    `outcomes` is empty when nobody wants to know each.
    """
    evicted = 0
    for row in range(len(time)):
        number, now = rrset[row], time[row]
        slot = number + RRSETS
        counted = 1 if now >= measure_from else 0
        held = is_held(rings, slot)
        if held:
            use(rings, slot)
        stores = sums[counted, STORES]
        outcome = step(
            states, number, now, subject[row], changes_at[row], down[row], table, backoffs, sums, counted
        )
        counts[counted, outcome] += 1
        if len(outcomes):
            outcomes[row] = outcome
        if sums[counted, STORES] == stores:
            if held and states[number, HELD] == 0.0:
                remove(rings, slot)
            continue
        end = dead_at(states, number, table)
        if held:
            renew(rings, slot, end)
        else:
            add(rings, slot, end)
        while over_budget(rings):
            gone = pick(rings, now)
            forget(states, gone - RRSETS)
            evicted += counted
    return evicted
