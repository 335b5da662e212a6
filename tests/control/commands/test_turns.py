# SPDX-License-Identifier: ISC
"""A walk through a cache is in slices, with a turn of all others after each."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from resolver.control.commands.turns import SLICE, everything, slices
from tests.control.commands.inside import entry, inside_of


def test_slices_cover_all_places_with_a_turn_after_each():
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(2 * SLICE)))
    records = inside.caches.records

    async def walk():
        return [pair async for pair in slices(inside.world, records)]

    pairs = asyncio.run(walk())
    assert pairs[0][0] == 0
    assert all(stop == start for (_, stop), (start, _) in pairwise(pairs))
    assert pairs[-1][1] >= records.slots
    assert inside.world.turns == len(pairs) == 3


def test_everything_is_seen_once_and_what_goes_meanwhile_is_not_in_the_way():
    inside = inside_of(*(entry(f"n{number}.alpha.") for number in range(2 * SLICE)))
    records = inside.caches.records

    async def walk():
        seen = []
        async for held in everything(inside.world, records):
            if not seen:
                records.flush(next(held.key for held in records.walk(SLICE, SLICE + 1)))
            seen.append(held.key)
        return seen

    seen = asyncio.run(walk())
    assert len(seen) == len(set(seen)) == 2 * SLICE - 1
