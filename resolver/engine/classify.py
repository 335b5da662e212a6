# SPDX-License-Identifier: ISC
"""What a reply means: answer, alias, referral, denial, truncation, lameness or an error. Pure.

Input is a scrubbed message (bailiwick), the question that was put and the zone whose server was asked. No cache, no
retry, no memory of servers: `ask` and the walks act on what this room says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from resolver.events import Verdict
from resolver.wire import FormatError, Message, Rcode, Record, Rtype, names
from resolver.wire.codes import rcode_to_text
from resolver.wire.records import first_name, signatures_of

_ALIAS_PROOF = frozenset({Rtype.CNAME, Rtype.RRSIG, Rtype.NSEC, Rtype.ANY})
_PROOFS = frozenset({Rtype.NSEC, Rtype.NSEC3})
# Aliases read from one reply: one more than a question may be allowed to follow (`Limits.cname_links`).
_MOST_LINKS = 65
_ERRORS: dict[int, Verdict] = {
    Rcode.FORMERR: Verdict.FORMERR,
    Rcode.SERVFAIL: Verdict.SERVFAIL,
    Rcode.NOTIMP: Verdict.NOTIMP,
    Rcode.REFUSED: Verdict.REFUSED,
    Rcode.BADVERS: Verdict.BADVERS,
    Rcode.BADCOOKIE: Verdict.BADCOOKIE,
}


class Link(NamedTuple):
    """One RRset of the answer with its signatures. `target` is where an alias leads, None at the end of a chain.

    A DNAME that was not asked for and has no target makes a name of over 255 octets (RFC 6672 section 2.2).
    """

    records: tuple[Record, ...]
    signatures: tuple[Record, ...]
    target: bytes | None = None
    first: bool = True  # the owner asked for, not one that the chain led to (RFC 2181 section 5.4.1)


class Denial(NamedTuple):
    """NXDOMAIN or NODATA for `name`; without an `soa` it is not cached (RFC 2308 section 5)."""

    name: bytes
    nxdomain: bool
    soa: Record | None
    proofs: tuple[Record, ...]


class Answer(NamedTuple):
    """A chain of links that begins at the name asked. It may end in data, in a denial, or at `next_name` elsewhere.

    `proofs` say that no closer name exists, where a link was expanded from a wildcard (RFC 4035 section 3.1.3.3).
    """

    links: tuple[Link, ...]
    denial: Denial | None
    next_name: bytes | None
    authoritative: bool
    proofs: tuple[Record, ...] = ()


class Referral(NamedTuple):
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


def moves_other_names(answer: Answer) -> bool:
    """Whether it has a DNAME: a forged one would take along all names below it, not the one asked alone."""
    return any(link.records[0].rtype == Rtype.DNAME for link in answer.links)


def _read(message: Message, name: bytes, rtype: int, zone: bytes, forwarded: bool) -> Meaning:
    links, end = _follow(message.answer, name, rtype, zone)
    trusted = message.aa or forwarded
    if links and (links[-1].target is None or rtype == Rtype.CNAME):
        return Answer(links, None, None, message.aa, _proofs(message))
    if links:
        denial = _denial(message, end, rtype, zone)
        if denial.soa is not None and _in_zone(end, zone):  # else the chain simply stopped there
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
        cut = _referral(message, name, rtype, zone)
        if isinstance(cut, Referral) or not message.aa:
            return cut
    return Answer((), denial, None, message.aa)


def _in_zone(name: bytes, zone: bytes) -> bool:
    return names.is_at_or_below(name.lower(), zone)


_ByOwner = dict[bytes, list[Record]]


def _follow(
    answer: tuple[Record, ...], name: bytes, rtype: int, zone: bytes
) -> tuple[tuple[Link, ...], bytes]:
    """Follow the chain from `name` as far as the answer section goes within `zone`; return it and where it stands."""
    if not answer:
        return (), name
    by_owner: _ByOwner = {}
    for record in answer:
        by_owner.setdefault(record.owner.lower(), []).append(record)
    links: list[Link] = []
    here = name
    seen = {here.lower()}
    while _in_zone(here, zone) and len(links) < _MOST_LINKS:
        link = _link(by_owner, here, rtype, not links)
        if link is None:
            break
        links.append(link)
        if link.target is None or rtype == Rtype.CNAME:
            break
        here = link.target
        if here.lower() in seen:  # a loop: the question walk will say so
            break
        seen.add(here.lower())
    return tuple(links), here


def _link(by_owner: _ByOwner, here: bytes, rtype: int, first: bool) -> Link | None:
    """What the answer section has for the name: the type, else what leads on.

    Where a CNAME is asked for, one below a DNAME is made of that (RFC 6672 section 3.1): the DNAME is the answer.
    """
    key = here.lower()
    if rtype == Rtype.CNAME:
        return _redirect(by_owner, here, first) or _data(by_owner, key, rtype, first)
    return (
        _data(by_owner, key, rtype, first)
        or _redirect(by_owner, here, first)
        or _alias(by_owner, key, rtype, first)
    )


def _data(by_owner: _ByOwner, key: bytes, rtype: int, first: bool) -> Link | None:
    at_name = by_owner.get(key, [])
    records = tuple([r for r in at_name if r.rtype == rtype])
    if not records and rtype == Rtype.ANY:
        records = _any_set(at_name)
    if not records:
        return None
    if records[0].rtype == Rtype.DNAME:
        _check_dname(records)
    may_be_signed = len(at_name) > len(records) and records[0].rtype != Rtype.RRSIG
    return Link(records, _signatures(at_name, key, records[0].rtype) if may_be_signed else (), None, first)


def _any_set(at_name: list[Record]) -> tuple[Record, ...]:
    """The first RRset of an ANY answer: one is enough (RFC 8482 section 4.1)."""
    kind = next((r.rtype for r in at_name if r.rtype != Rtype.RRSIG), None)
    return tuple(r for r in at_name if r.rtype == kind)


def _redirect(by_owner: _ByOwner, here: bytes, first: bool) -> Link | None:
    key = here.lower()
    for above in names.ancestors(key):
        dname = _first(by_owner, above, Rtype.DNAME) if above != key else None
        if dname is not None:
            _check_dname((dname,))
            signatures = _signatures(by_owner[above], above, Rtype.DNAME)
            return Link((dname,), signatures, _substituted(here, dname), first)
    return None


def _alias(by_owner: _ByOwner, key: bytes, rtype: int, first: bool) -> Link | None:
    cname = None if rtype in _ALIAS_PROOF else _first(by_owner, key, Rtype.CNAME)
    if cname is None:
        return None
    return Link((cname,), _signatures(by_owner[key], key, Rtype.CNAME), first_name(cname.rdata), first)


def _first(by_owner: _ByOwner, key: bytes, rtype: int) -> Record | None:
    return next((r for r in by_owner.get(key, ()) if r.rtype == rtype), None)


def _signatures(at_name: list[Record], key: bytes, covered: int) -> tuple[Record, ...]:
    found = signatures_of(at_name, key, covered)
    return found.records() if found else ()


def _check_dname(records: tuple[Record, ...]) -> None:
    """Raise FormatError unless each rdata is one whole name: to the codec it is opaque (RFC 3597 section 4)."""
    for record in records:
        names.check(record.rdata)


def _substituted(name: bytes, dname: Record) -> bytes | None:
    """The name that `dname` makes of `name`, or None when it does not fit (RFC 6672 section 2.2)."""
    try:
        return names.replace_suffix(name, len(dname.owner), dname.rdata)
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
    if not message.authority:
        return ()
    return tuple(
        r
        for r in message.authority
        if (int.from_bytes(r.rdata[:2], "big") if r.rtype == Rtype.RRSIG else r.rtype) in _PROOFS
    )


def _referral(message: Message, name: bytes, rtype: int, zone: bytes) -> Meaning:
    """A NOERROR reply without answer and SOA: a delegation downwards, or a server that does not know the zone."""
    ns = [r for r in message.authority if r.rtype == Rtype.NS]
    if not ns:
        return Unusable(Verdict.LAME, "empty answer without AA and SOA")
    cut = ns[0].owner.lower()
    if not names.is_below(cut, zone):
        return Unusable(Verdict.LAME, "referral to the zone itself" if cut == zone else "referral upwards")
    if not names.is_at_or_below(name.lower(), cut):
        return Unusable(Verdict.LAME, "referral to a zone that does not hold the name")
    if rtype == Rtype.DS and name.lower() == cut:
        return Unusable(
            Verdict.INCOHERENT, "a referral where the DS was asked for"
        )  # RFC 4035 section 3.1.4.1
    spelled = ns[0].owner  # an RRset's records share it as parsed
    chosen = tuple([r for r in ns if r.owner is spelled or r.owner.lower() == cut])
    addresses = [r for r in message.additional if r.rtype in (Rtype.A, Rtype.AAAA)]
    if not addresses:
        return Referral(cut, chosen, ())
    targets = {first_name(r.rdata).lower() for r in chosen}
    return Referral(cut, chosen, tuple([r for r in addresses if r.owner.lower() in targets]))
