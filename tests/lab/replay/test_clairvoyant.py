# SPDX-License-Identifier: ISC
"""Who knows the future misses least: against every order there is, and against all ways to choose on tiny traces."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.lab.replay.clairvoyant import Clairvoyant
from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, replay
from resolver.lab.traces.rows import Row
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PrefetchRules, StaleRules
from tests.lab.replay.test_questions import Recorded

PLAIN = Policy(stale=StaleRules(enabled=False), prefetch=PrefetchRules(enabled=False))


@pytest.mark.parametrize("items", [5, 50, 5000])
def test_nobody_hits_more(items: int) -> None:
    trace = Synthetic(read_spec("zipf:n=500,rate=20,duration=1000,ttl=mix,pairs=0.2,nxdomain=0.1"), 1)
    world = World()
    arms = [Arm(PLAIN, items * ITEM_BYTES, eviction) for eviction in Eviction] + [Arm(PLAIN)]
    *limited, unlimited = replay(Preparation(trace, world), arms)
    found = Clairvoyant(Preparation(trace, world)).hits(PLAIN, items * ITEM_BYTES)
    assert max(tally.data_hit for tally in limited) <= found <= unlimited.data_hit
    if items == 5000:
        assert found == unlimited.data_hit


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=9), st.integers(1, 3))
def test_without_expiry_no_choice_is_better(asked: list[int], room: int) -> None:
    rows = [Row(float(n), "c", b"\1%c\0" % (97 + name), 1, 3600, 0, 5) for n, name in enumerate(asked)]
    found = Clairvoyant(Preparation(Recorded(rows), World())).hits(PLAIN, room * ITEM_BYTES)

    @cache
    def best(at: int, held: frozenset[int]) -> int:
        if at == len(asked):
            return 0
        if asked[at] in held:
            return 1 + best(at + 1, held)
        ways = [held] + (
            [held | {asked[at]}] if len(held) < room else [held - {out} | {asked[at]} for out in held]
        )
        return max(best(at + 1, way) for way in ways)

    assert round(found * len(asked)) == best(0, frozenset())
