# SPDX-License-Identifier: ISC
"""The question walk: from a question to the end of its chain of aliases, link by link, through cache and zones.

Only the order of links and their limits live here; who is asked for a link is `zone_walk`'s.
"""

from __future__ import annotations

from resolver.cache import Caches
from resolver.cache.chain import Chain, ChainState, Stop, follow, synthesized
from resolver.cache.entry import Entry, Kind
from resolver.engine.budget import ResolutionFailed, Work
from resolver.engine.outcome import Cause
from resolver.engine.ports import World
from resolver.engine.revalidate import Revalidator
from resolver.engine.zone_walk import ZoneWalk
from resolver.wire import Ede, FormatError, Rcode, Rtype, names
from resolver.wire.records import first_name


class QuestionWalk:
    """Resolves questions; one object serves all, state of one question lives in its call."""

    def __init__(self, world: World, caches: Caches, zone_walk: ZoneWalk, revalidator: Revalidator) -> None:
        self._world = world
        self._caches = caches
        self._zone_walk = zone_walk
        self._revalidator = revalidator

    async def resolve(
        self, name: bytes, rtype: int, work: Work, *, cd: bool = False, renew: float | None = None
    ) -> tuple[Entry, ...]:
        """Return the chain of entries from `name` to data or denial. Raises ResolutionFailed.

        Fresh links are taken from the cache. With `renew`, an instant, only those that will still be fresh then:
        a refresh asks again for what is about to expire.
        """
        limit = work.limits.cname_links
        epoch = self._caches.records.epoch
        chain: list[Entry] = []
        seen: set[bytes] = set()
        target = name
        while True:
            self._check_target(target, seen, work)
            cached = self._cached(target, rtype, limit - len(seen) + 1, renew)
            chain += cached.entries
            if cached.state is not ChainState.MISSING:
                return tuple(chain)
            self._check_stop(cached, work)
            seen.update(entry.key for entry in cached.entries if entry.rtype == Rtype.CNAME)
            target = cached.next_name
            if self._revalidator.is_on and await self._renewed(target, rtype, work, renew):
                continue
            found = await self._zone_walk.find(target, rtype, work, cd=cd, epoch=epoch)
            for entry in found.entries:
                target = self._append(chain, entry, target, rtype, seen)
                if len(seen) > limit:  # many links in one reply are as many
                    raise _too_long(work)
            if found.next_name is None:
                return tuple(chain)

    async def _renewed(self, target: bytes, rtype: int, work: Work, renew: float | None) -> bool:
        """Whether what is held for the target lives on, because its zone has not changed: then it is in the cache."""
        needed_at = self._world.now() if renew is None else renew
        return await self._revalidator.renew(target, rtype, work, self._zone_walk.start, needed_at)

    def _cached(self, target: bytes, rtype: int, links: int, renew: float | None) -> Chain:
        now = self._world.now() if renew is None else renew
        return follow(
            self._caches.records, target, rtype, now, max(0, links), fresh_only=True, mark_use=False
        )

    def _append(self, chain: list[Entry], entry: Entry, here: bytes, rtype: int, seen: set[bytes]) -> bytes:
        """Add a link that a server gave; return where the chain stands after it."""
        chain.append(entry)
        if entry.kind is not Kind.POSITIVE or entry.rtype == rtype:
            return here
        target = first_name(entry.records[0].rdata)
        if entry.rtype == Rtype.DNAME:
            target = self._substitute(here, entry, target)
            chain.append(synthesized(entry, here, target))
        seen.add(here.lower())
        return target

    def _substitute(self, here: bytes, dname: Entry, target: bytes) -> bytes:
        try:
            return names.replace_suffix(here, len(dname.owner), target)
        except FormatError:
            raise _overflow(dname) from None

    def _check_target(self, target: bytes, seen: set[bytes], work: Work) -> None:
        if target.lower() in seen:
            raise _loop(target)
        if len(seen) > work.limits.cname_links:
            raise _too_long(work)

    def _check_stop(self, chain: Chain, work: Work) -> None:
        if chain.stop is Stop.LOOP:
            raise _loop(chain.next_name)
        if chain.stop is Stop.TOO_LONG:
            raise _too_long(work)
        if chain.stop is Stop.OVERFLOW:
            raise _overflow(chain.entries[-1])


def _loop(name: bytes) -> ResolutionFailed:
    return ResolutionFailed(Cause.STRUCTURAL, Ede.OTHER, f"aliases loop at {names.to_text(name)}")


def _too_long(work: Work) -> ResolutionFailed:
    work.reach("limits.cname_links")
    return ResolutionFailed(
        Cause.STRUCTURAL, Ede.OTHER, f"more than {work.limits.cname_links} aliases in a row"
    )


def _overflow(dname: Entry) -> ResolutionFailed:
    return ResolutionFailed(
        Cause.STRUCTURAL,
        Ede.OTHER,
        f"the DNAME at {names.to_text(dname.owner)} makes the name too long",
        dname.zone,
        Rcode.YXDOMAIN,
    )
