# SPDX-License-Identifier: ISC
"""Entries and bytes of each cache."""

from __future__ import annotations

from typing import ClassVar

from resolver.control.commands.command import Command, Inside, View


class CacheStatistics(Command, frozen=True, tag="cache_statistics"):
    """What the caches hold, in numbers."""

    path: ClassVar[str] = "cache/stats"

    async def run(self, inside: Inside) -> View:
        """Count."""
        caches = inside.caches
        records = {
            "entries": len(caches.records),
            "bytes": caches.records.size_bytes,
            **{kind.value: count for kind, count in caches.records.counts().items()},
        }
        others = (
            ("delegations", caches.delegations),
            ("failures", caches.failures),
            ("servers", caches.servers),
            ("images", inside.images),
        )
        return {
            "records": records,
            **{name: {"entries": len(cache), "bytes": cache.size_bytes} for name, cache in others},
        }
