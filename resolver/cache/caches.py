# SPDX-License-Identifier: ISC
"""The caches that the engine works with, in one value, built from one size. No cache's own logic is here."""

from __future__ import annotations

from dataclasses import dataclass, field

from resolver.cache.budget import CacheSettings, shares
from resolver.cache.delegations import DelegationCache
from resolver.cache.failures import FailureCache
from resolver.cache.flushes import Flush, FlushLog
from resolver.cache.images import ImageCache
from resolver.cache.lives import Lives
from resolver.cache.name_share import NameShare
from resolver.cache.records import RecordCache
from resolver.cache.servers import ServerCache
from resolver.cache.zone_versions import ZoneVersions
from resolver.events import Tell


@dataclass(frozen=True, slots=True)
class Caches:
    """Records, delegations, failures, servers and serials of zones. Images belong to the service: `build_images`."""

    records: RecordCache
    delegations: DelegationCache
    failures: FailureCache
    servers: ServerCache
    versions: ZoneVersions = field(default_factory=ZoneVersions)
    size: int = 0  # what all of them together may weigh, in bytes, images included

    @property
    def epoch(self) -> int:
        """How many flushes there have been; a fetch takes it along to `store` of records and delegations."""
        return self.records.epoch

    def flush(
        self, name: bytes | None = None, *, subtree: bool = False, dry_run: bool = False, now: float = 0.0
    ) -> int:
        """Forget what is known of a name, its subtree or everything, but not the servers; how many entries."""
        flush = Flush(None if name is None else name.lower(), subtree=subtree)
        if not dry_run:
            self.records.fence(flush)
        gone = self.records.sweep(flush, 0, self.records.slots, now, dry_run=dry_run)
        return len(gone) + self.sweep_besides(flush, dry_run=dry_run)

    def sweep_besides(self, flush: Flush, *, dry_run: bool = False) -> int:
        """What a flush that is by name alone takes besides records: delegations, failures, timers; how many."""
        if not flush.is_by_name_alone:
            return 0
        return self.delegations.sweep(flush, dry_run=dry_run) + self.failures.sweep(flush, dry_run=dry_run)


def build(settings: CacheSettings, tell: Tell) -> Caches:
    """Empty caches that together keep to `settings.size`. They share one log of flushes."""
    part = shares(settings.size)
    flushes = FlushLog()
    return Caches(
        RecordCache(
            part.records,
            tell,
            flushes,
            Lives(part.lives),
            NameShare(tell, settings.types_per_name, settings.size_per_name),
        ),
        DelegationCache(part.delegations, flushes),
        FailureCache(part.failures),
        ServerCache(part.servers),
        size=settings.size,
    )


def build_images(settings: CacheSettings, records: RecordCache) -> ImageCache:
    """The image cache that goes with these records; it becomes their listener."""
    return ImageCache(shares(settings.size).images, records)
