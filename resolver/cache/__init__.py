# SPDX-License-Identifier: ISC
"""Memory: what was learnt, for as long as policy said. No I/O and no clock; every decision about time is handed in.

    engine ──store──► records ◄──follow── chain ◄── service, engine          records ──gone──► images ◄── service (hits)
       ├────────────► delegations   (leases: who serves a zone)
       ├────────────► servers       (round trips, abilities, lameness)
    service ────────► failures      (RFC 9520 back-off, stale recheck timers)

Expired is not evicted: an entry past its TTL may still be served stale, and only space removes it, the dead first. Each
cache is bounded in bytes (`budget`), whatever is put into it. A flush fences off what was asked for before it
(`flushes`). The package exports nothing of itself but what is named below.
"""

from resolver.cache.budget import CacheSettings
from resolver.cache.caches import Caches, build, build_images
from resolver.cache.chain import Chain, ChainState, Link, Stop, follow
from resolver.cache.delegations import Delegation, DelegationCache
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.cache.failures import Failure, FailureCache
from resolver.cache.images import Image, ImageCache
from resolver.cache.records import RecordCache
from resolver.cache.servers import EdnsAbility, ServerCache, ServerState

__all__ = [
    "NXDOMAIN_TYPE",
    "CacheSettings",
    "Caches",
    "Chain",
    "ChainState",
    "Delegation",
    "DelegationCache",
    "EdnsAbility",
    "Entry",
    "Failure",
    "FailureCache",
    "Image",
    "ImageCache",
    "Kind",
    "Link",
    "Rank",
    "RecordCache",
    "ServerCache",
    "ServerState",
    "Stop",
    "build",
    "build_images",
    "follow",
]
