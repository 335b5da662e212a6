# SPDX-License-Identifier: ISC
"""Asking a zone for its serial instead of for its data: what is past its TTL lives on when nothing has changed.

    expired entry ─► version known? ─► zone checked lately? ──yes──► lives on, nothing is sent
                                            │ no
                                            ▼
                                      one SOA query for all entries of the zone ─► same serial? ─► lives on
    reply under a fence (a NOTIFY came) ─► server's serial not known ─► asked for it, beside

What a serial means for an entry is `policy.revalidation`'s decision; serials are remembered by the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from math import inf
from typing import Final

from cachetools import LRUCache

from resolver.cache import Caches
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Rank
from resolver.engine.addresses import Addresses, SubResolve
from resolver.engine.ask import Asking, Heard, Tools
from resolver.engine.budget import ResolutionFailed, Work
from resolver.engine.classify import Answer
from resolver.engine.delegation import AddressFilter, Cut, CutKind
from resolver.engine.keeping import expire_in
from resolver.engine.ports import Job, Server
from resolver.engine.querying import Wanted
from resolver.engine.rejudging import rejudged
from resolver.engine.zone_version import Version, told_by_soa
from resolver.policy import Lifetime, Policy
from resolver.policy.revalidation import AskSerial, LiveOn, Plan, RevalidationRules, Standing, plan, standing
from resolver.wire import Rtype, names

_SERVERS_MAX: Final = 1024  # servers asked for their serial lately
_CHECK_S: Final = 2.0  # for an answer about the SOA: then the data itself is asked for


class Revalidator:
    """Knows for which zones serials matter, learns them from replies, and asks for them where that spares queries."""

    def __init__(
        self,
        tools: Tools,
        caches: Caches,
        policy: Policy,
        rules: RevalidationRules,
        allowed: AddressFilter,
        sub_resolve: SubResolve,
    ) -> None:
        self._tools = tools
        self._world = tools.world
        self._caches = caches
        self._versions = caches.versions
        self._policy = policy
        self._asks_with_each = rules.zone_version
        self._allowed = allowed
        self._sub_resolve = sub_resolve
        opted = tuple(names.from_text(zone).lower() for zone in rules.zones)
        self._is_opted_in: Callable[[bytes], bool] = lru_cache(4096)(
            lambda zone: any(names.is_at_or_below(zone, above) for above in opted)
        )
        self._has_opted_in = bool(opted)
        self._checks: dict[bytes, Job[None]] = {}
        self._asked_at: LRUCache[tuple[bytes, str], float] = LRUCache(_SERVERS_MAX)  # ticks

    @property
    def is_on(self) -> bool:
        """Whether any zone's serial matters at the moment: all that a miss pays for when none does."""
        return self._has_opted_in or self._versions.has_fences

    def wants_version(self, zone: bytes) -> bool:
        """Whether servers of the zone (a key) are asked for its version with each answer (RFC 9660)."""
        return self._asks_with_each and self._concerns(zone)

    def heard(self, cut: Cut, heard: Heard) -> Version | None:
        """Learn from a reply; the version it was of, if it is known."""
        if cut.kind is CutKind.FORWARD or not isinstance(heard.meaning, Answer):
            return None
        version = heard.version or told_by_soa(heard.meaning)
        now = self._world.now()
        if (
            version is not None
            and names.is_at_or_below(version.zone, cut.zone)
            and self._concerns(version.zone)
        ):
            self._versions.observe(version.zone, heard.server.address, version.serial, now)
        if self._versions.has_fences and self._is_suspect(cut.zone, heard.server, now):
            self._ask_beside(cut, heard.server)
        return version

    async def renew(
        self, name: bytes, rtype: int, work: Work, start: Callable[[bytes, int, Work], Cut], needed_at: float
    ) -> bool:
        """Have what is held for a name and type live on beyond `needed_at`, if its zone is unchanged; whether it does.

        `start` gives the servers of a zone. At most one query is waited for, whose failure is nobody's concern.
        """
        entry = self._held(name.lower(), rtype)
        if entry is None or not self._is_opted_in(entry.zone) or _is_leased(entry):
            return False
        if self._versions.has_fences and not self._is_past_its_fence(entry):
            return False
        epoch = self._caches.epoch
        decision, lifetime = self._decide(entry, needed_at)
        if isinstance(decision, AskSerial):
            await self._check(start(entry.zone, Rtype.SOA, work), entry.zone, work.deadline)
            self._versions.count("asked")
            decision, lifetime = self._decide(entry, needed_at)
        if not isinstance(decision, LiveOn):
            self._versions.count("fetched")
            return False
        living = replace(entry, lifetime=lifetime, server=decision.check.server)
        self._versions.count("lived_on")
        return self._caches.records.store(living, self._world.now(), epoch)

    def _held(self, key: bytes, rtype: int) -> Entry | None:
        """What answers a name and type, or would if it were fresh."""
        for held in (rtype, Rtype.CNAME, NXDOMAIN_TYPE):
            entry = self._caches.records.peek(key, int(held))
            if entry is not None and entry.rank is not Rank.GLUE:
                return entry
        return None

    def _is_past_its_fence(self, entry: Entry) -> bool:
        """Whether no NOTIFY announced anything later than the entry: a server that lags behind confirms what is old."""
        found = self._versions.fence_over(entry.key, entry.zone, self._world.now())
        if found is None:
            return True
        zone, fence = found
        version = self._versions.version(zone, entry.server, entry.lifetime.stored_at)
        return standing(version, fence) is Standing.CURRENT

    def _decide(self, entry: Entry, needed_at: float) -> tuple[Plan, Lifetime]:
        """What to do about the entry, and the lifetime that the latest check grants it."""
        now, wall = self._world.now(), self._world.wall()
        asked_now = judged_at(entry, now, wall, self._policy)
        version = self._versions.version(entry.zone, entry.server, entry.lifetime.stored_at)
        latest = self._versions.latest(entry.zone)
        granted = asked_now
        if latest is not None and latest.at <= now:  # else the clock was set back, and proves nothing
            granted = judged_at(entry, latest.at, wall - (now - latest.at), self._policy)
        elif latest is not None:
            granted = Lifetime(now, now, now, 0)
        return plan(version, latest, granted.fresh_until, asked_now.fresh_until, needed_at), granted

    def _concerns(self, zone: bytes) -> bool:
        if self._is_opted_in(zone):
            return True
        return self._versions.has_fences and self._versions.fence(zone, self._world.now()) is not None

    def _is_suspect(self, zone: bytes, server: Server, now: float) -> bool:
        """Whether a server may lag behind what a NOTIFY announced, and was not asked just now."""
        fence = self._versions.fence(zone, now)
        if fence is None or (fence.serial is None and fence.after is None):
            return False
        if standing(self._versions.of_server(zone, server.address), fence) is Standing.CURRENT:
            return False
        return self._world.ticks() >= self._asked_at.get((zone, server.address), -inf) + fence.brief_s

    def _ask_beside(self, cut: Cut, server: Server) -> None:
        """Ask one server of a zone for its serial; nobody waits for it."""
        self._asked_at[cut.zone, server.address] = self._world.ticks()
        alone = cut._replace(names=(), addresses=((names.ROOT, server),))
        self._world.spawn(self._ask(alone, cut.zone), self._world.ticks() + _CHECK_S)

    async def _check(self, cut: Cut, zone: bytes, deadline: float) -> None:
        """Ask the zone for its serial, or wait for who does already."""
        if cut.zone != zone or cut.kind is CutKind.FORWARD:
            return
        job, until = self._checks.get(zone), self._world.ticks() + _CHECK_S
        if job is None or job.done:
            job = self._world.spawn(self._ask(cut, zone), until)
            if job is None:
                return
            self._checks[zone] = job
        await job.join(min(until, deadline))
        if self._checks.get(zone) is job:
            del self._checks[zone]

    async def _ask(self, cut: Cut, zone: bytes) -> None:
        work = Work(
            self._tools.limits, self._world.ticks() + _CHECK_S, "revalidation", path=((zone, Rtype.SOA),)
        )
        tools = self._tools
        addresses = Addresses(
            cut, self._caches.records, self._allowed, tools.upstream, work, self._sub_resolve
        )
        wanted = Wanted(cut.zone, zone, int(Rtype.SOA), zone_version=self.wants_version(zone))
        try:
            heard = await Asking(tools, wanted, addresses, work).run()
        except ResolutionFailed:
            return
        finally:
            work.tell_reached(self._world.ticks(), tools.tell)
        self.heard(cut, heard)


def judged_at(entry: Entry, at: float, wall: float, policy: Policy) -> Lifetime:
    """The lifetime that an entry would have, had it come at the instant `at`, which was `wall` in UNIX time.

    None at all once its signatures have ended: no serial vouches for data that nobody could validate.
    """
    begun = Lifetime(at, at, at, entry.lifetime.published_ttl)
    signed_for = expire_in((*entry.signatures, *entry.proofs), wall)
    if signed_for is not None and signed_for <= 0:
        return begun
    return rejudged(replace(entry, lifetime=begun), policy, at, wall)


def _is_leased(entry: Entry) -> bool:
    """Whether a parent's lease bounds it, which no serial of the zone's own can stretch: its NS set."""
    return entry.rtype == Rtype.NS and entry.key == entry.zone
