# SPDX-License-Identifier: ISC
"""`Operations` over the running resolver: reads its caches and counters, flushes, and hands the rest to `app`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from resolver.cache import Caches, ImageCache
from resolver.cache.entry import Kind
from resolver.control.operations import FlushSpec
from resolver.control.statistics import statistics_view
from resolver.control.tracing import Recorder
from resolver.control.views import entry_view, outcome_view
from resolver.engine.outcome import Outcome
from resolver.engine.ports import World
from resolver.events import Tell
from resolver.policy import Freshness, freshness
from resolver.telemetry.counters import Source
from resolver.wire import ROOT, to_text
from resolver.wire.codes import type_to_text

View = dict[str, Any]
TraceFrom = Callable[[bytes, int, Tell], Awaitable[Outcome | None]]
_SCANNED_MAX: Final = 200_000  # entries looked at for one `cache show`: the loop serves nobody meanwhile


@dataclass(frozen=True, slots=True)
class Process:
    """What only the process itself can say or do. `resolve_from_root` takes name, type and who hears its events."""

    status: Callable[[], View]
    is_ready: Callable[[], bool]
    resolve_from_root: TraceFrom
    reload: Callable[[], View]
    stop: Callable[[], object]


class LiveOperations:
    """See `operations.Operations` for each method."""

    def __init__(
        self,
        process: Process,
        world: World,
        caches: Caches,
        images: ImageCache,
        sources: Callable[[], Sequence[Source]],
    ) -> None:
        self._process = process
        self._world = world
        self._caches = caches
        self._images = images
        self._sources = sources

    @property
    def is_ready(self) -> bool:
        """Whether it listens and is not draining."""
        return self._process.is_ready()

    async def status(self) -> View:
        """Who runs."""
        return self._process.status()

    async def statistics(self) -> View:
        """What was counted."""
        return statistics_view(self._sources())

    async def metrics(self) -> bytes:
        """The Prometheus text."""
        from resolver.telemetry.collector import exposition  # late: nobody scrapes in the first instant

        return exposition(self._sources())

    async def cache_statistics(self) -> View:
        """Entries and bytes of each cache."""
        caches = self._caches
        return {
            "records": {
                "entries": len(caches.records),
                "bytes": caches.records.size_bytes,
                **{kind.value: count for kind, count in caches.records.counts().items()},
            },
            **{
                name: {"entries": len(cache), "bytes": cache.size_bytes}
                for name, cache in (
                    ("delegations", caches.delegations),
                    ("failures", caches.failures),
                    ("servers", caches.servers),
                    ("images", self._images),
                )
            },
        }

    async def cache_entries(self, name: bytes | None, rtype: int | None, *, stale: bool, limit: int) -> View:
        """Entries at or below `name`; dead ones are not shown."""
        now = self._world.now()
        shown: list[View] = []
        truncated = False
        for scanned, entry in enumerate(self._caches.records.at_or_below((name or ROOT).lower())):
            state = freshness(entry.lifetime, now)
            if scanned >= _SCANNED_MAX:
                truncated = True
                break
            if state is Freshness.DEAD or (stale and state is not Freshness.STALE):
                continue
            if rtype is not None and entry.rtype != rtype and entry.kind is not Kind.NXDOMAIN:
                continue
            if len(shown) >= limit:
                truncated = True
                break
            shown.append(entry_view(entry, now))
        return {"entries": shown, "truncated": truncated}

    async def flush(self, spec: FlushSpec) -> int:
        """Flush; a type or `negative` leaves delegations and failures alone, `failures` all else."""
        now = self._world.now()
        name = None if spec.name is None else spec.name.lower()
        if spec.failures:
            return self._caches.failures.flush(name, subtree=spec.subtree, dry_run=spec.dry_run)
        if spec.rtype is None and not spec.negative:
            return self._caches.flush(name, subtree=spec.subtree, dry_run=spec.dry_run, now=now)
        return self._caches.records.flush(
            name, spec.rtype, subtree=spec.subtree, negative=spec.negative, dry_run=spec.dry_run, now=now
        )

    async def trace(self, name: bytes, rtype: int) -> View:
        """Resolve from the root with empty caches."""
        began_at = self._world.ticks()
        recorder = Recorder(began_at)
        outcome = await self._process.resolve_from_root(name, rtype, recorder)
        return {
            "name": to_text(name),
            "type": type_to_text(rtype),
            "steps": recorder.steps,
            "outcome": outcome_view(outcome, self._world.now()),
            "seconds": round(self._world.ticks() - began_at, 6),
        }

    async def reload(self) -> View:
        """Read the configuration again."""
        return self._process.reload()

    def stop(self) -> None:
        """Begin to drain and end."""
        self._process.stop()
