# SPDX-License-Identifier: ISC
"""The inside of a process that only pretends: real caches, a clock that stands still."""

from __future__ import annotations

from resolver.cache import CacheSettings, Entry, Kind, Rank, build, build_images
from resolver.control.commands import Inside
from resolver.engine.outcome import Cause, Failed
from resolver.events import LimitHit, nobody
from resolver.policy import Lifetime, Policy
from resolver.service.rebinding import Rebinding, RebindingSettings
from resolver.wire import ROOT, Ede, Record, from_text

NOW = 1000.0
WALL = 1_800_000_000.0


POLICY = Policy()


class FakeWorld:
    turns = 0

    def now(self):
        return NOW

    def ticks(self):
        return 5.0

    def wall(self):
        return WALL

    async def sleep_until(self, tick):
        self.turns += 1


class FakeService:
    """Counts how often nobody was to join what was under way."""

    begun_anew = 0
    rebinding = Rebinding(RebindingSettings(filter=True, allow=("home.",)))

    @property
    def flights(self):
        return self

    def begin_anew(self):
        self.begun_anew += 1


def entry(name, rtype=1, *, kind=Kind.POSITIVE, fresh_until=NOW + 60, stale_until=NOW + 600):
    owner = from_text(name)
    rdata = b"\x00\x0a\x00" if rtype == 15 else bytes([192, 0, 2, 1])
    records = (Record(owner, rtype, 1, 60, rdata),) if kind is Kind.POSITIVE else ()
    soa = None if records else Record(ROOT, 6, 1, 60, bytes(22))
    lifetime = Lifetime(NOW - 100, fresh_until, stale_until, 60)
    return Entry(
        kind, owner, rtype, records, (), soa, (), Rank.AUTHORITATIVE_ANSWER, lifetime, ROOT, "192.0.2.53"
    )


async def resolve_from_root(name, rtype, tell):
    tell(LimitHit(5.5, "limits.sends"))
    return Failed(Cause.LIMIT, Ede.OTHER, "too much", ROOT, 50)


def inside_of(*entries, service=None):
    """Return an inside whose cache holds the entries, each since it was stored."""
    caches = build(CacheSettings(), nobody)
    for stored in entries:
        caches.records.store(stored, stored.lifetime.stored_at)
    images = build_images(CacheSettings(), caches.records)
    service = service or FakeService()
    return Inside(FakeWorld(), caches, images, lambda: service, resolve_from_root, lambda: POLICY)


def some_entries():
    """Fresh, stale, dead and denied names."""
    return inside_of(
        entry("www.alpha."),
        entry("alpha.", 15),
        entry("old.alpha.", fresh_until=NOW - 1),
        entry("dead.alpha.", fresh_until=NOW - 9, stale_until=NOW - 1),
        entry("no.alpha.", 0, kind=Kind.NXDOMAIN),
        entry("www.beta."),
    )
