# SPDX-License-Identifier: ISC
"""Work on a whole cache in slices: clients are answered between two of them. No command itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from resolver.cache import RecordCache
from resolver.cache.held import Held
from resolver.engine.ports import World

SLICE: Final = 128  # places: about a millisecond's work


async def turn(world: World) -> None:
    """Let everything else that is ready go first."""
    await world.sleep_until(world.ticks())


async def slices(world: World, records: RecordCache) -> AsyncIterator[tuple[int, int]]:
    """Yield the places of the cache as ranges, with a turn after each. What comes in meanwhile may be missed."""
    for start in range(0, records.slots, SLICE):
        yield start, start + SLICE
        await turn(world)


async def everything(world: World, records: RecordCache) -> AsyncIterator[Held]:
    """Yield what is held, all of it, slice by slice."""
    async for start, stop in slices(world, records):
        for held in records.walk(start, stop):
            yield held
