# SPDX-License-Identifier: ISC
"""Work on a whole cache in slices: clients are answered between two of them. No command itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from resolver.cache import RecordCache
from resolver.cache.held import Held
from resolver.engine.ports import World
from resolver.wire import ROOT
from resolver.wire.names import is_at_or_below

SLICE: Final = 128  # places: about a millisecond's work


async def turn(world: World) -> None:
    """Let everything else that is ready go first."""
    await world.sleep_until(world.ticks())


async def slices(world: World, records: RecordCache) -> AsyncIterator[tuple[int, int]]:
    """Yield the places of the cache as ranges, with a turn after each. What comes in meanwhile may be missed."""
    for start in range(0, records.slots, SLICE):
        yield start, start + SLICE
        await turn(world)


async def everything(world: World, records: RecordCache, name: bytes = ROOT) -> AsyncIterator[Held]:
    """Yield what is held at or below a name (a key), slice by slice."""
    async for start, stop in slices(world, records):
        for held in records.walk(start, stop, name):
            if is_at_or_below(held.key, name):
                yield held
