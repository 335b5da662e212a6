# SPDX-License-Identifier: ISC
"""What a reply means: answer, alias, referral, denial, truncation, lameness or an error. Pure.

Input is a scrubbed message (bailiwick), the question that was put and the zone whose server was asked. No cache, no
retry, no memory of servers: `ask` and the walks act on what this room says.
"""

from __future__ import annotations

from dataclasses import dataclass

from resolver.events import Verdict
from resolver.wire import FormatError, Message, Rcode, Record, Rtype, names
from resolver.wire.codes import rcode_to_text
from resolver.wire.records import first_name, signatures_of

_ALIAS_PROOF = frozenset({Rtype.CNAME, Rtype.RRSIG, Rtype.NSEC, Rtype.ANY})
_PROOFS = frozenset({Rtype.NSEC, Rtype.NSEC3})
_ERRORS: dict[int, Verdict] = {
    Rcode.FORMERR: Verdict.FORMERR,
    Rcode.SERVFAIL: Verdict.SERVFAIL,
    Rcode.NOTIMP: Verdict.NOTIMP,
    Rcode.REFUSED: Verdict.REFUSED,
    Rcode.BADVERS: Verdict.BADVERS,
    Rcode.BADCOOKIE: Verdict.BADCOOKIE,
}


@dataclass(frozen=True, slots=True)
class Link:
    """One RRset of the answer with its signatures. `target` is where an alias leads, None at the end of a chain.

    A DNAME that was not asked for and has no target makes a name of over 255 octets (RFC 6672 section 2.2).
    """

    records: tuple[Record, ...]
    signatures: tuple[Record, ...]
    target: bytes | None = None
    first: bool = True  # the owner asked for, not one that the chain led to (RFC 2181 section 5.4.1)


@dataclass(frozen=True, slots=True)
class Denial:
    """NXDOMAIN or NODATA for `name`; without an `soa` it is not cached (RFC 2308 section 5)."""

    name: bytes
    nxdomain: bool
    soa: Record | None
    proofs: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A chain of links that begins at the name asked. It may end in data, in a denial, or at `next_name` elsewhere.

    `proofs` say that no closer name exists, where a link was expanded from a wildcard (RFC 4035 section 3.1.3.3).
    """

    links: tuple[Link, ...]
    denial: Denial | None
    next_name: bytes | None
    authoritative: bool
    proofs: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Referral:
    """A zone cut below the zone asked, at or above the name: its NS records and the addresses that came along."""

    zone: bytes
    ns: tuple[Record, ...]
    glue: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Truncated:
    """TC is set: nothing in it counts, the query goes over TCP (RFC 2181 section 9)."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """No answer from this server: it is lame for the zone, broken, or refuses."""

    verdict: Verdict
    detail: str = ""


Meaning = Answer | Referral | Truncated | Unusable


def classify(message: Message, name: bytes, rtype: int, zone: bytes, *, forwarded: bool = False) -> Meaning:
    """Say what `message` means for the question `name` `rtype` put to a server of `zone` (a key).

    `forwarded`: the server is a resolver of ours to trust with recursion; it has no AA and gives no referrals.
    """
    if message.tc:
        return Truncated()
    if message.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.YXDOMAIN):
        return Unusable(_ERRORS.get(message.rcode, Verdict.BAD_RCODE), rcode_to_text(message.rcode))
    if message.question is None:
        return Unusable(Verdict.INCOHERENT, "no question")
    try:
        return _read(message, name, rtype, zone, forwarded)
    except FormatError as error:
        return Unusable(Verdict.INCOHERENT, str(error))


def _read(message: Message, name: bytes, rtype: int, zone: bytes, forwarded: bool) -> Meaning:
    links, end = _follow(message.answer, name, rtype, zone)
    trusted = message.aa or forwarded
    if links and links[-1].target is None:
        return Answer(links, None, None, message.aa, _proofs(message))
    if links:
        denial = (
            _denial(message, end, rtype, zone)
            if message.rcode == Rcode.NXDOMAIN or not _goes_on(message)
            else None
        )
        if denial is not None and denial.soa is not None and _in_zone(end, zone):
            return Answer(links, denial, None, message.aa, _proofs(message))
        return Answer(links, None, end, message.aa, _proofs(message))
    if message.rcode == Rcode.YXDOMAIN:
        return Unusable(Verdict.BAD_RCODE, "YXDOMAIN without a DNAME")
    denial = _denial(message, name, rtype, zone)
    if message.rcode == Rcode.NXDOMAIN:
        if denial.soa is None and not trusted:
            return Unusable(Verdict.LAME, "NXDOMAIN without AA and SOA")
        return Answer((), denial, None, message.aa)
    if denial.soa is None and not forwarded:
        cut = _referral(message, name, zone)
        if isinstance(cut, Referral) or not message.aa:
            return cut
    return Answer((), denial, None, message.aa)


def _goes_on(message: Message) -> bool:
    """Whether a NOERROR answer that ends in an alias may simply have stopped there: no SOA denies its target."""
    return not any(record.rtype == Rtype.SOA for record in message.authority)


def _in_zone(name: bytes, zone: bytes) -> bool:
    return names.is_at_or_below(name.lower(), zone)


def _follow(
    answer: tuple[Record, ...], name: bytes, rtype: int, zone: bytes
) -> tuple[tuple[Link, ...], bytes]:
    """Follow the chain from `name` as far as the answer section goes within `zone`; return it and where it stands."""
    links: list[Link] = []
    here = name
    seen = {here.lower()}
    while _in_zone(here, zone):
        key = here.lower()
        link = _data(answer, key, rtype, not links) or _alias(answer, here, rtype, not links)
        if link is None:
            break
        links.append(link)
        if link.target is None:
            break
        here = link.target
        if here.lower() in seen:  # a loop: the question walk will say so
            break
        seen.add(here.lower())
    return tuple(links), here


def _data(answer: tuple[Record, ...], key: bytes, rtype: int, first: bool) -> Link | None:
    records = tuple(r for r in answer if r.rtype == rtype and r.owner.lower() == key)
    if not records and rtype == Rtype.ANY:
        records = _any_set(answer, key)
    if not records:
        return None
    signatures = signatures_of(answer, key, records[0].rtype) if records[0].rtype != Rtype.RRSIG else None
    return Link(records, signatures.records() if signatures else (), None, first)


def _any_set(answer: tuple[Record, ...], key: bytes) -> tuple[Record, ...]:
    """The first RRset of an ANY answer: one is enough (RFC 8482 section 4.1)."""
    kind = next((r.rtype for r in answer if r.owner.lower() == key and r.rtype != Rtype.RRSIG), None)
    return tuple(r for r in answer if r.rtype == kind and r.owner.lower() == key)


def _alias(answer: tuple[Record, ...], here: bytes, rtype: int, first: bool) -> Link | None:
    key = here.lower()
    dname = next((r for r in answer if r.rtype == Rtype.DNAME and names.is_below(key, r.owner.lower())), None)
    if dname is not None:
        signatures = signatures_of(answer, dname.owner.lower(), Rtype.DNAME)
        return Link((dname,), signatures.records() if signatures else (), _substituted(here, dname), first)
    if rtype in _ALIAS_PROOF:
        return None
    cname = next((r for r in answer if r.rtype == Rtype.CNAME and r.owner.lower() == key), None)
    if cname is None:
        return None
    signatures = signatures_of(answer, key, Rtype.CNAME)
    return Link((cname,), signatures.records() if signatures else (), first_name(cname.rdata), first)


def _substituted(name: bytes, dname: Record) -> bytes | None:
    """The name that `dname` makes of `name`, or None when it does not fit (RFC 6672 section 2.2)."""
    try:
        return names.replace_suffix(name, len(dname.owner), first_name(dname.rdata))
    except FormatError:
        return None


def _denial(message: Message, name: bytes, rtype: int, zone: bytes) -> Denial:
    """What the authority section says against `name`. An SOA that is not of an enclosing zone here does not count."""
    key = name.lower()
    soa = next(
        (r for r in message.authority if r.rtype == Rtype.SOA and names.is_at_or_below(key, r.owner.lower())),
        None,
    )
    if soa is not None and rtype == Rtype.DS and soa.owner.lower() == key and key != zone:
        soa = None  # the child speaks about its own DS, which is the parent's (RFC 4035 section 3.1.4.1)
    proofs = (
        ()
        if soa is None
        else tuple(r for r in message.authority if r.rtype in (Rtype.NSEC, Rtype.NSEC3, Rtype.RRSIG))
    )
    return Denial(name, message.rcode == Rcode.NXDOMAIN, soa, proofs)


def _proofs(message: Message) -> tuple[Record, ...]:
    """The NSEC and NSEC3 records of the authority section with their signatures, without those of its other RRsets."""
    return tuple(
        r
        for r in message.authority
        if (int.from_bytes(r.rdata[:2], "big") if r.rtype == Rtype.RRSIG else r.rtype) in _PROOFS
    )


def _referral(message: Message, name: bytes, zone: bytes) -> Meaning:
    """A NOERROR reply without answer and SOA: a delegation downwards, or a server that does not know the zone."""
    ns = [r for r in message.authority if r.rtype == Rtype.NS]
    if not ns:
        return Unusable(Verdict.LAME, "empty answer without AA and SOA")
    cut = ns[0].owner.lower()
    if not names.is_below(cut, zone):
        return Unusable(Verdict.LAME, "referral to the zone itself" if cut == zone else "referral upwards")
    if not names.is_at_or_below(name.lower(), cut):
        return Unusable(Verdict.LAME, "referral to a zone that does not hold the name")
    chosen = tuple(r for r in ns if r.owner.lower() == cut)
    targets = {first_name(r.rdata).lower() for r in chosen}
    glue = tuple(
        r for r in message.additional if r.rtype in (Rtype.A, Rtype.AAAA) and r.owner.lower() in targets
    )
    return Referral(cut, chosen, glue)
