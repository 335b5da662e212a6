# SPDX-License-Identifier: ISC
"""Entries, cuts and messages for the tests of the caches, in as few words as a test can bear."""

from __future__ import annotations

from resolver.cache import NXDOMAIN_TYPE, Delegation, Entry, Kind, Rank, RecordCache
from resolver.events import Event
from resolver.policy import Lifetime, Policy
from resolver.wire import Message, Question, Record, Rtype, compose, from_text
from tests.policy.judging import delegation, negative, positive

POLICY = Policy()
HUGE = 1 << 30


def n(text: str) -> bytes:
    """A name in wire form."""
    return from_text(text)


def k(text: str) -> bytes:
    """A folded name in wire form."""
    return from_text(text).lower()


def entry(
    owner: str,
    rtype: int = Rtype.A,
    *rdatas: bytes,
    ttl: int = 300,
    now: float = 0.0,
    rank: Rank = Rank.AUTHORITATIVE_ANSWER,
    policy: Policy = POLICY,
    lifetime: Lifetime | None = None,
) -> Entry:
    """A positive entry; one address if no rdata is given."""
    name = n(owner)
    records = tuple(Record(name, int(rtype), 1, ttl, rdata) for rdata in rdatas or (b"\xc0\x00\x02\x01",))
    life = lifetime or positive(ttl, now, policy)
    return Entry(
        Kind.POSITIVE, name, int(rtype), records, (), None, (), rank, life, n("example."), "192.0.2.53"
    )


def alias(owner: str, target: str, *, rtype: int = Rtype.CNAME, ttl: int = 300, now: float = 0.0) -> Entry:
    """A CNAME (or with `rtype` a DNAME) entry."""
    return entry(owner, rtype, n(target), ttl=ttl, now=now)


def denial(
    owner: str,
    rtype: int = NXDOMAIN_TYPE,
    *,
    ttl: int = 300,
    now: float = 0.0,
    rank: Rank = Rank.AUTHORITATIVE_ANSWER,
    policy: Policy = POLICY,
) -> Entry:
    """An NXDOMAIN, or with a type a NODATA."""
    kind = Kind.NXDOMAIN if rtype == NXDOMAIN_TYPE else Kind.NODATA
    soa = Record(
        n("example."),
        int(Rtype.SOA),
        1,
        ttl,
        n("a.example.") + n("b.example.") + bytes(16) + ttl.to_bytes(4, "big"),
    )
    life = negative(ttl, ttl, now, policy)
    return Entry(kind, n(owner), int(rtype), (), (), soa, (), rank, life, n("example."), "192.0.2.53")


def cut(
    zone: str, *, ttl: int = 300, now: float = 0.0, lease_until: float = 1e9, servers: int = 1
) -> Delegation:
    """A delegation of `zone` to some servers with an address each."""
    names = tuple(n(f"ns{i}.{zone.lstrip('.')}") for i in range(servers))
    lease = delegation(ttl, now, POLICY, lease_until=lease_until)
    addresses = tuple((name.lower(), f"192.0.2.{i}") for i, name in enumerate(names))
    return Delegation(k(zone), names, addresses, lease, n("."))


def store_all(records: RecordCache, *entries: Entry, now: float = 0.0) -> None:
    """Store entries that are all expected to be held."""
    for one in entries:
        assert records.store(one, now), one


def message(*records: Record) -> bytes:
    """A response with these records in the answer section."""
    question = Question(records[0].owner, records[0].rtype, 1)
    return compose(Message(0, 0x8180, 0, question, records, (), (), None))


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
