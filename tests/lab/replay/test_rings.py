# SPDX-License-Identifier: ISC
"""Orders over arrays decide as the plain ones do, whatever is added, used, renewed and removed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.lab.replay import rings as of
from resolver.lab.replay.eviction import ITEM_BYTES, ORDERS, Eviction

_ITEMS = 12


@settings(deadline=None)
@given(
    eviction=st.sampled_from(Eviction),
    room=st.integers(1, 8),
    steps=st.lists(st.tuples(st.integers(0, _ITEMS - 1), st.booleans(), st.integers(1, 40)), max_size=120),
)
def test_as_in_plain_python(eviction: Eviction, room: int, steps: list[tuple[int, bool, int]]) -> None:
    plain, arrays = ORDERS[eviction](room * ITEM_BYTES), of.rings(room * ITEM_BYTES, eviction, 3)
    arrays = of.with_more(arrays, _ITEMS)
    ends: dict[int, float] = {}
    for now, (item, remove, life) in enumerate(steps):
        slot = item + of.RRSETS
        assert of.is_held(arrays, slot) == (item in ends)
        if item in ends and remove:
            plain.remove(item)
            of.remove(arrays, slot)
            del ends[item]
            continue
        if item in ends:
            plain.use(item)
            of.use(arrays, slot)
            of.renew(arrays, slot, float(now + life))
        else:
            plain.add(item)
            of.add(arrays, slot, float(now + life))
        ends[item] = float(now + life)
        while plain.over_budget:
            assert of.over_budget(arrays)
            dead = min(((end, each) for each, end in ends.items() if end <= now), default=None)
            if dead is not None:
                plain.remove(dead[1])
            gone = plain.pick() if dead is None else dead[1]
            assert of.pick(arrays, float(now)) == gone + of.RRSETS
            del ends[gone]
        assert not of.over_budget(arrays)
