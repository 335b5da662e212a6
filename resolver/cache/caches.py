# SPDX-License-Identifier: ISC
"""The caches that the engine works with, in one value, built from one size. No cache's own logic is here."""

from __future__ import annotations

from dataclasses import dataclass

from resolver.cache.budget import CacheSettings, shares
from resolver.cache.delegations import DelegationCache
from resolver.cache.failures import FailureCache
from resolver.cache.flushes import FlushLog
from resolver.cache.images import ImageCache
from resolver.cache.records import RecordCache
from resolver.cache.servers import ServerCache
from resolver.events import Tell


@dataclass(frozen=True, slots=True)
class Caches:
    """Records, delegations, failures and servers. Images belong to the service: `build_images`."""

    records: RecordCache
    delegations: DelegationCache
    failures: FailureCache
    servers: ServerCache

    @property
    def epoch(self) -> int:
        """How many flushes there have been; a fetch takes it along to `store` of records and delegations."""
        return self.records.epoch

    def flush(
        self, name: bytes | None = None, *, subtree: bool = False, dry_run: bool = False, now: float = 0.0
    ) -> int:
        """Forget what is known of a name, its subtree or everything, but not the servers; how many entries."""
        count = self.records.flush(name, subtree=subtree, dry_run=dry_run, now=now)
        count += self.delegations.flush(name, subtree=subtree, dry_run=dry_run)
        return count + self.failures.flush(name, subtree=subtree, dry_run=dry_run)


def build(settings: CacheSettings, tell: Tell) -> Caches:
    """Empty caches that together keep to `settings.size`. They share one log of flushes."""
    part = shares(settings.size)
    flushes = FlushLog()
    return Caches(
        RecordCache(part.records, tell, flushes),
        DelegationCache(part.delegations, flushes),
        FailureCache(part.failures),
        ServerCache(part.servers),
    )


def build_images(settings: CacheSettings, records: RecordCache) -> ImageCache:
    """The image cache that goes with these records; it becomes their listener."""
    return ImageCache(shares(settings.size).images, records)
