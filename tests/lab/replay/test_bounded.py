# SPDX-License-Identifier: ISC
"""A limit costs hits, never more than the smaller cache's; the dead make room first."""

from __future__ import annotations

import pytest

from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.replaying import Arm, EmptyTrace, replay
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, StaleRules


@pytest.mark.parametrize("eviction", Eviction)
def test_more_room_more_hits(eviction: Eviction) -> None:
    trace = Synthetic(read_spec("zipf:n=2000,rate=50,duration=600,ttl=1h"), 1)
    arms = [Arm(Policy(), items * ITEM_BYTES, eviction) for items in (20, 200, 3000)] + [Arm(Policy())]
    few, some, enough, unlimited = replay(Preparation(trace, World()), arms)
    assert few.hit < some.hit < enough.hit == unlimited.hit
    assert few.evicted > some.evicted > enough.evicted == unlimited.evicted == 0


def test_the_dead_make_room_and_cost_no_hit() -> None:
    """Lives of ten seconds at a question each: thirty may live at once, however many names there are."""
    trace = Synthetic(read_spec("zipf:n=5000,alpha=0,rate=2,duration=3000,ttl=10"), 1)
    policy = Policy(stale=StaleRules(enabled=False))
    limited, unlimited = replay(
        Preparation(trace, World()), [Arm(policy, 60 * ITEM_BYTES, Eviction.LRU), Arm(policy)]
    )
    assert limited.evicted > 1000
    assert limited.counts.tolist() == unlimited.counts.tolist()


def test_a_trace_with_nothing_to_count_is_told() -> None:
    trace = Synthetic(read_spec("zipf:n=5,rate=2,duration=30,ttl=10"), 1)
    with pytest.raises(EmptyTrace, match=" - "):
        replay(Preparation(trace, World()), [Arm(Policy())], warm_up_s=60.0)
