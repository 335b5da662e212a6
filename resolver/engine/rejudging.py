# SPDX-License-Identifier: ISC
"""Another policy over a cache that is full: every entry gets the lifetime it would have had, and none is lost.

    begin ──► whoever reads an entry sees it as the new policy judges it          no wrong TTL from here on
    run ────► slice after slice is rewritten ─► work begun under the old policy has ended ─► once more ─► end

An entry is judged again from what it says itself: its published TTL, when it was stored, its SOA, its signatures. What
bounded it and cannot be known any more (a parent's lease, a fence) stays a bound: it never lives longer than before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from resolver.cache import Caches
from resolver.cache.delegations import Delegation
from resolver.cache.entry import Entry, Kind
from resolver.engine.keeping import expire_in
from resolver.engine.ports import World
from resolver.policy import AnswerClass, Freshness, Lifetime, Policy, Subject, freshness, judge
from resolver.wire import Rtype
from resolver.wire.records import soa_fields

SLICE: Final = 64  # places judged at once: about a millisecond's work
_PAUSE_S: Final = 0.001  # between two slices clients have the loop
# Who a reason comes from that can be worked out again; all others are bounds of their own time.
_REPEATABLE: Final = (
    "policy.",
    "rule ",
    "ceiling.rfc8767",
    "ceiling.rrsig",
    "ceiling.wildcard_proof",
    "soa.",
)


class Rejudging:
    """One change of policy. `begin` when it comes into force, then `run` to its end; `end` gives up half-way."""

    def __init__(self, caches: Caches, world: World, policy: Policy) -> None:
        self._caches = caches
        self._world = world
        self._policy = policy

    def begin(self) -> None:
        """From now on every entry that is read has the lifetime that the policy gives it."""
        self._caches.records.judged_by(self.judged)

    async def run(self, old_work_s: float) -> None:
        """Rewrite all entries, and once more after `old_work_s` seconds what was stored by work begun before."""
        until = self._world.ticks() + old_work_s
        await self._rewrite()
        await self._world.sleep_until(until)
        await self._rewrite()
        self.end()

    def end(self) -> None:
        """Entries are read as they are stored."""
        self._caches.records.judged_by(None)

    def judged(self, entry: Entry) -> Entry:
        """The entry with the lifetime that the policy gives it."""
        lifetime = rejudged(entry, self._policy, self._world.now(), self._world.wall())
        return entry if lifetime == entry.lifetime else replace(entry, lifetime=lifetime)

    async def _rewrite(self) -> None:
        records, delegations = self._caches.records, self._caches.delegations
        for start in range(0, records.slots, SLICE):
            records.rewrite(start, start + SLICE, self.judged, self._world.now())
            await self._world.sleep_until(self._world.ticks() + _PAUSE_S)
        zones = delegations.zones()
        for start in range(0, len(zones), SLICE):
            for zone in zones[start : start + SLICE]:
                self._shorten(zone)
            await self._world.sleep_until(self._world.ticks() + _PAUSE_S)

    def _shorten(self, zone: bytes) -> None:
        """A lease is never made longer: what is left of the parent's own is not known any more."""
        delegations, now = self._caches.delegations, self._world.now()
        found = delegations.get(zone)
        if found is None or freshness(found.lifetime, now) is not Freshness.FRESH:
            return
        lifetime = _lease(found, self._policy)
        if lifetime != found.lifetime:
            delegations.store(replace(found, lifetime=lifetime), now)


def rejudged(entry: Entry, policy: Policy, now: float, wall: float) -> Lifetime:
    """The lifetime that `policy` gives to an entry that is held, as if it had ruled when the entry was stored.

    `now` and `wall` are the same instant on the lifetime clock and in UNIX time: RRSIGs expire by the latter.
    """
    old = entry.lifetime
    stored_wall = wall - (now - old.stored_at)
    proofs = entry.proofs if entry.kind is Kind.POSITIVE else ()
    signed = entry.signatures + proofs if entry.kind is Kind.POSITIVE else entry.proofs
    new = judge(
        entry.subject,
        old.stored_at,
        policy,
        soa_minimum=None if entry.soa is None else soa_fields(entry.soa.rdata).minimum,
        signatures_expire_in=expire_in(signed, stored_wall),
        proof_ttl=min((record.ttl for record in proofs), default=None),
        lease_until=old.stale_until if _is_leased(entry) else None,
    )
    if all(reason.rule.startswith(_REPEATABLE) for reason in old.reasons):
        return new
    return Lifetime(
        old.stored_at,
        min(new.fresh_until, old.fresh_until),
        min(new.stale_until, old.stale_until),
        old.published_ttl,
        old.reasons,
    )


def _is_leased(entry: Entry) -> bool:
    """A zone's own NS set: it dies with what its parent granted (ghost domains, Jiang 2012)."""
    return entry.kind is Kind.POSITIVE and entry.rtype == Rtype.NS and entry.key == entry.zone


def _lease(held: Delegation, policy: Policy) -> Lifetime:
    old = held.lifetime
    subject = Subject(held.zone, int(Rtype.NS), AnswerClass.DELEGATION, old.published_ttl)
    new = judge(subject, old.stored_at, policy, lease_until=old.fresh_until)
    return new if new.fresh_until < old.fresh_until else old
