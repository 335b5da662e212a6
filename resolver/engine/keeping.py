# SPDX-License-Identifier: ISC
"""From what a server said to what the cache keeps: one Lifetime per RRset, one Entry, stored under the flush epoch.

The only place where the engine writes records and delegations. Which TTL is kept, `policy` decides; whether it replaces
what is there, `cache` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from resolver.cache import Caches
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.engine.classify import Answer, Denial, Link
from resolver.engine.limits import Limits
from resolver.engine.zone_version import Version
from resolver.engine.zones import ConfiguredZones
from resolver.events import LimitHit, Tell, TtlJudged
from resolver.policy import Policy, Subject, judge
from resolver.policy.lifetime import Lifetime, Reason
from resolver.policy.revalidation import Standing, cut_short, standing
from resolver.policy.subject import AnswerClass
from resolver.wire import FormatError, Record, Rtype, names
from resolver.wire.records import RRset, group, rrsig_fields, soa_fields


class Origin(NamedTuple):
    """Who said it and when: the zone asked (key), its lease, the server, and the instants of the reply.

    `at` is the tick, `now` the lifetime clock, `wall` UNIX time, `epoch` the flush epoch when the question was begun;
    `keep` is false for a zone configured with `cache = false`; `version` is that of a zone at or below the one asked.
    """

    zone: bytes
    lease_until: float
    server: str
    at: float
    now: float
    wall: float
    epoch: int
    keep: bool = True
    version: Version | None = None


class Keeper:
    """Makes entries of classified answers and stores them."""

    def __init__(
        self, caches: Caches, policy: Policy, limits: Limits, zones: ConfiguredZones, tell: Tell
    ) -> None:
        self._records = caches.records
        self._versions = caches.versions
        self._policy = policy
        self._limits = limits
        self._zones = zones
        self._tell = tell

    def keep(self, answer: Answer, origin: Origin, rtype: int) -> tuple[Entry, ...]:
        """Store every link and the denial of `answer`; return their entries in the order of the chain."""
        entries = [self._positive(link, origin, answer) for link in answer.links]
        if answer.denial is not None:
            entries.append(self.deny(answer.denial, origin, rtype, answer.authoritative))
        return tuple(entries)

    def deny(self, denial: Denial, origin: Origin, rtype: int, authoritative: bool) -> Entry:
        """Store one negative answer (RFC 2308 section 5); without an SOA it lives for its waiters alone."""
        soa, proofs = denial.soa, denial.proofs
        if soa is None:
            lifetime = Lifetime(origin.now, origin.now, origin.now, 0, (Reason("rfc2308.no_soa", 0, 0),))
        else:
            what = AnswerClass.NXDOMAIN if denial.nxdomain else AnswerClass.NODATA
            lifetime = judge(
                Subject(denial.name.lower(), NXDOMAIN_TYPE if denial.nxdomain else rtype, what, soa.ttl),
                origin.now,
                self._policy,
                soa_minimum=soa_fields(soa.rdata).minimum,
                signatures_expire_in=expire_in(proofs, origin.wall),
            )
        return self._store(
            Entry(
                kind=Kind.NXDOMAIN if denial.nxdomain else Kind.NODATA,
                owner=denial.name,
                rtype=NXDOMAIN_TYPE if denial.nxdomain else rtype,
                records=(),
                signatures=(),
                soa=soa,
                proofs=proofs,
                rank=_rank(authoritative, first=True),
                lifetime=lifetime,
                zone=origin.zone,
                server=origin.server,
            ),
            origin,
        )

    def _positive(self, link: Link, origin: Origin, answer: Answer) -> Entry:
        rrset = group(link.records)[0]
        # A zone's own NS set dies with the lease its parent granted (ghost domains, Jiang 2012).
        wildcard = _from_wildcard(rrset, link.signatures)
        proofs = answer.proofs if wildcard else ()
        leased = rrset.rtype == Rtype.NS and rrset.key == origin.zone
        lifetime = judge(
            Subject(rrset.key, rrset.rtype, AnswerClass.POSITIVE, rrset.ttl),
            origin.now,
            self._policy,
            signatures_expire_in=expire_in(link.signatures + proofs, origin.wall),
            proof_ttl=min(record.ttl for record in proofs) if proofs else None,
            lease_until=origin.lease_until if leased and origin.lease_until != float("inf") else None,
        )
        if len(rrset.rdatas) > self._limits.rrset_records:
            lifetime = _oversized(lifetime)
            self._tell(LimitHit(origin.at, "limits.rrset_records"))
        return self._store(
            Entry(
                kind=Kind.POSITIVE,
                owner=rrset.owner,
                rtype=rrset.rtype,
                records=link.records if len(link.records) == 1 else rrset.records(),
                signatures=link.signatures,
                soa=None,
                proofs=proofs,
                rank=_rank(answer.authoritative, first=link.first),
                lifetime=lifetime,
                zone=origin.zone,
                server=origin.server,
                wildcard=wildcard,
            ),
            origin,
        )

    def _store(self, entry: Entry, origin: Origin) -> Entry:
        if self._versions.has_fences:
            entry = self._fenced(entry, origin)
        lifetime = entry.lifetime
        self._tell(
            TtlJudged(
                origin.at,
                entry.owner,
                entry.rtype,
                entry.kind.value,
                lifetime.published_ttl,
                lifetime.kept_ttl,
                tuple(reason.rule for reason in lifetime.reasons),
            )
        )
        if origin.keep and not self._shadows(entry, origin):
            self._records.store(entry, origin.now, origin.epoch)
        return entry

    def _fenced(self, entry: Entry, origin: Origin) -> Entry:
        """After a NOTIFY, what is not known to be as new as was announced is kept briefly: its server may lag."""
        versions = self._versions
        found = versions.fence_over(entry.key, origin.zone, origin.now)
        if found is None:
            return entry
        zone, fence = found
        told = origin.version
        serial = (
            told.serial if told is not None and told.zone == zone else versions.of_server(zone, origin.server)
        )
        if standing(serial, fence) is Standing.CURRENT:
            return entry
        versions.count("kept_briefly")
        return replace(entry, lifetime=cut_short(entry.lifetime, fence.brief_s, "notify.brief"))

    def _shadows(self, entry: Entry, origin: Origin) -> bool:
        """Whether it would speak for the names of a configured zone of which its own zone knows nothing.

        The public parent denies a private stub: kept, that would deny all it holds (CVE-2026-44687). So with a DNAME.
        """
        covers_below = entry.kind is Kind.NXDOMAIN or entry.rtype == Rtype.DNAME
        return covers_below and self._zones.is_above_another(entry.key, origin.zone)


def _rank(authoritative: bool, *, first: bool) -> Rank:
    if not authoritative:
        return Rank.NON_AUTHORITATIVE_ANSWER
    return Rank.AUTHORITATIVE_ANSWER if first else Rank.ALIAS_TARGET


def _oversized(lifetime: Lifetime) -> Lifetime:
    """An RRset of too many records serves those who asked together and is not kept (security.md O12)."""
    now = lifetime.stored_at
    reason = Reason("limits.rrset_records", lifetime.kept_ttl, 0)
    return Lifetime(now, now, now, lifetime.published_ttl, (*lifetime.reasons, reason))


def expire_in(signatures: Sequence[Record], wall: float) -> float | None:
    """Seconds until the first signature expires, negative when one has; None without signatures.

    Serial arithmetic by RFC 4034 section 3.1.5.
    """
    ends = []
    for record in signatures:
        if record.rtype != Rtype.RRSIG:
            continue
        try:
            expiration = rrsig_fields(record.rdata).expiration
        except FormatError:
            continue
        ends.append((expiration - int(wall) + (1 << 31)) % (1 << 32) - (1 << 31))
    return min(ends) - wall % 1.0 if ends else None  # the second that has begun is not there in full


def _from_wildcard(rrset: RRset, signatures: Sequence[Record]) -> bool:
    """RFC 4035 section 5.3.4: fewer labels signed than the owner has means it was expanded from a wildcard."""
    if not signatures:
        return False
    owner_labels = names.count_labels(rrset.owner)
    for record in signatures:
        try:
            if rrsig_fields(record.rdata).labels < owner_labels - rrset.owner.startswith(b"\x01*"):
                return True
        except FormatError:
            continue
    return False
