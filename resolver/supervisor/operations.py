# SPDX-License-Identifier: ISC
"""`Operations` over all workers: asks them, adds up, and hands the rest to the supervisor.

What is told to all is `fleet`'s; nothing is decided about DNS.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from resolver.control.operations import FlushSpec
from resolver.control.statistics import statistics_view
from resolver.supervisor.fleet import Fleet
from resolver.supervisor.messages import CacheEntries, CacheStatistics, Flush, Trace
from resolver.telemetry.counters import Source

View = dict[str, Any]
TRACE_S: Final = 150.0  # `upstream.resolution_limit` is two minutes at most


class FleetOperations:
    """See `control.operations.Operations` for each method."""

    def __init__(
        self,
        fleet: Fleet,
        sources: Callable[[], Sequence[Source]],
        *,
        status: Callable[[], View],
        is_ready: Callable[[], bool],
        reload: Callable[[], Awaitable[View]],
        stop: Callable[[], object],
    ) -> None:
        self._fleet = fleet
        self._sources = sources
        self._status = status
        self._is_ready = is_ready
        self._reload = reload
        self._stop = stop

    @property
    def is_ready(self) -> bool:
        """Whether it listens and is not draining."""
        return self._is_ready()

    async def status(self) -> View:
        """Who runs, and each worker."""
        await self._fleet.look()
        return self._status()

    async def statistics(self) -> View:
        """What all workers counted."""
        await self._fleet.look()
        return statistics_view(self._sources())

    async def metrics(self) -> bytes:
        """The Prometheus text, summed over workers."""
        from resolver.telemetry.collector import exposition  # late: nobody scrapes in the first instant

        await self._fleet.look()
        return exposition(self._sources())

    async def cache_statistics(self) -> View:
        """Entries and bytes of each cache, summed over workers."""
        sums: dict[str, dict[str, int]] = {}
        for _, view in await self._fleet.ask_each(CacheStatistics()):
            for cache, numbers in view.items():
                into = sums.setdefault(cache, {})
                for key, number in numbers.items():
                    into[key] = into.get(key, 0) + number
        return dict(sums)

    async def cache_entries(self, name: bytes | None, rtype: int | None, *, stale: bool, limit: int) -> View:
        """Entries of every worker's cache, each with the worker's number."""
        shown: list[View] = []
        truncated = False
        for worker, view in await self._fleet.ask_each(CacheEntries(name, rtype, stale, limit)):
            truncated = truncated or view["truncated"] or len(shown) + len(view["entries"]) > limit
            shown += [entry | {"worker": worker} for entry in view["entries"][: limit - len(shown)]]
        return {"entries": shown, "truncated": truncated}

    async def flush(self, spec: FlushSpec) -> int:
        """Flush all caches; a worker that does not say it has is ended with its cache."""
        if spec.dry_run:
            return sum(count for _, count in await self._fleet.ask_each(Flush(spec)))
        return sum(await self._fleet.order_all(Flush(spec)))

    async def trace(self, name: bytes, rtype: int) -> View:
        """Have one worker resolve from the root with empty caches."""
        view: View = await self._fleet.ask_one(Trace(name, rtype), TRACE_S)
        return view

    async def reload(self) -> View:
        """Read the configuration again; all workers adopt it or none does."""
        return await self._reload()

    def stop(self) -> None:
        """Begin to drain and end."""
        self._stop()
