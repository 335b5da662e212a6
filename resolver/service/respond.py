# SPDX-License-Identifier: ISC
"""From what is known to the octets that go out: sections, TTLs shown, flags, EDNS, extended errors, truncation.

Pure: no cache, no clock, no decision whether to answer. What is not asked for is not said (minimal responses).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final, NamedTuple

from resolver.cache.entry import Entry, Kind
from resolver.policy import Freshness, Policy, client_ttl, freshness
from resolver.service.request import Refusal, Request, refuse
from resolver.wire import (
    Ede,
    Edns,
    Message,
    MessageTooLong,
    OptionCode,
    Question,
    Rclass,
    Rcode,
    Record,
    Rtype,
    codes,
    compose,
    ede_option,
)

Notes = tuple[tuple[Ede, str], ...]
_EDE_TEXT_MAX: Final = 128  # octets; an explanation is not worth a truncated answer
_HINFO_TTL: Final = 3600  # seconds; RFC 8482 section 4.2 leaves it to us
_HINFO: Final = b"\x07RFC8482\x00"
_WITHHELD: Final = "private address in a public name"


class Answer(NamedTuple):
    """What to say, before it is octets: response code, sections, extended errors.

    `fresh_untils` are the instants at which the records, in order, cease to be fresh; empty when no image may be kept.
    """

    rcode: int
    answer: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    notes: Notes = ()
    authoritative: bool = False
    fresh_untils: tuple[float, ...] = ()


class Shown(NamedTuple):
    """How TTLs are shown: at the instant `now`, by a policy.

    With `just_resolved` an entry that is not fresh (any more) shows 0: it may serve those who asked together, and no
    one after them (RFC 1123 section 6.1.2.1).
    """

    now: float
    policy: Policy
    just_resolved: bool = False

    def ttl_of(self, entry: Entry) -> int:
        """The TTL for all records of an entry, in seconds."""
        if self.just_resolved and freshness(entry.lifetime, self.now) is not Freshness.FRESH:
            return 0
        return client_ttl(entry.subject, entry.lifetime, self.now, self.policy)


def from_chain(request: Request, chain: tuple[Entry, ...], shown: Shown, *, stale: bool = False) -> Answer:
    """The answer that a chain of entries is. `stale` adds EDE 3 or 19 (RFC 8914 sections 4.4 and 4.20)."""
    last = chain[-1]
    rcode = Rcode.NXDOMAIN if last.kind is Kind.NXDOMAIN else Rcode.NOERROR
    notes: Notes = ()
    if stale:
        code = Ede.STALE_NXDOMAIN_ANSWER if rcode == Rcode.NXDOMAIN else Ede.STALE_ANSWER
        notes = ((code, ""),)
    if request.rtype == Rtype.ANY:
        return _from_chain_for_any(request, chain, shown, notes)
    answer: list[Record] = []
    untils: list[float] = []
    authority: dict[Record, tuple[Record, float]] = {}  # the same SOA or proof may come with several links
    for entry in chain:
        ttl, until = shown.ttl_of(entry), entry.lifetime.fresh_until
        if entry.kind is Kind.POSITIVE:
            said = entry.records + entry.signatures if request.do else entry.records
            answer += _with_ttl(said, ttl)
            untils += [until] * len(said)
        elif entry.soa is not None:
            _add(authority, (entry.soa,), ttl, until)
        if request.do:
            _add(authority, entry.proofs, ttl, until)
    proving = list(authority.values())
    untils += [until for _, until in proving]
    return Answer(
        rcode, tuple(answer), tuple([record for record, _ in proving]), notes, fresh_untils=tuple(untils)
    )


def withholding(request: Request, chain: tuple[Entry, ...], shown: Shown, *, stale: bool = False) -> Answer:
    """The answer without the RRset at the end of its chain: NODATA, and EDE 15 (RFC 8914 section 4.16).

    It has no SOA, so nobody remembers the denial. No image of it is kept: whoever counts these sees each.
    """
    aliases = chain[:-1]
    rest = from_chain(request, aliases, shown, stale=stale) if aliases else Answer(Rcode.NOERROR)
    return rest._replace(notes=((Ede.BLOCKED, _WITHHELD), *rest.notes), fresh_untils=())


def _add(
    section: dict[Record, tuple[Record, float]], records: Iterable[Record], ttl: int, until: float
) -> None:
    """Add what is not there yet, whatever its TTL."""
    for shown, bare in zip(_with_ttl(records, ttl), _with_ttl(records, 0), strict=True):
        section.setdefault(bare, (shown, until))


def _from_chain_for_any(request: Request, chain: tuple[Entry, ...], shown: Shown, notes: Notes) -> Answer:
    """RFC 8482: one RRset will do. The chain is that of another type (see `answering`), so NODATA says nothing here."""
    first = chain[0]
    if first.kind is Kind.NODATA:
        record = Record(request.qname, int(Rtype.HINFO), int(Rclass.IN), _HINFO_TTL, _HINFO)
        return Answer(Rcode.NOERROR, (record,))
    if first.kind is Kind.NXDOMAIN:
        return from_chain(request._replace(rtype=int(Rtype.A)), (first,), shown, stale=bool(notes))
    ttl = shown.ttl_of(first)
    records = _with_ttl(first.records, ttl)
    if request.do:
        records += _with_ttl(first.signatures, ttl)
    if (
        len(chain) > 1 and chain[1].synthesized
    ):  # a DNAME is above the name; the CNAME made of it is at the name
        records += _with_ttl(chain[1].records, shown.ttl_of(chain[1]))
    return Answer(Rcode.NOERROR, tuple(records), (), notes)


def chaos_version(request: Request, version: str) -> Answer:
    """The answer to CH TXT version.bind."""
    text = version.encode()[:255]
    return Answer(
        Rcode.NOERROR, (Record(request.qname, int(Rtype.TXT), int(Rclass.CH), 0, bytes((len(text),)) + text),)
    )


def turned(answer: Answer, by: int) -> Answer:
    """The answer with the records of each of its RRsets turned by so many places (`server.rrset_order = "cyclic"`)."""
    records: list[Record] = []
    for _, members in groupby(answer.answer, key=lambda record: (record.owner, record.rtype)):
        rrset = list(members)
        first = by % len(rrset)
        records += rrset[first:] + rrset[:first]
    return answer._replace(answer=tuple(records))


def compose_response(request: Request, answer: Answer, *, edns_udp_size: int) -> bytes:
    """The response to a question, within its limit. Over it: first the extended errors go, then all records (TC).

    TC without any record makes everybody ask again over TCP, and is no bigger than the question (RFC 2181 section 9).
    """
    flags = codes.QR | codes.RA
    flags |= codes.RD if request.rd else 0
    flags |= codes.CD if request.cd else 0
    flags |= codes.AA if answer.authoritative else 0
    question = Question(request.qname, request.rtype, request.rclass)
    plain = _edns(request, edns_udp_size)
    with_notes = _edns_with(plain, answer.notes)
    full = Message(request.id, flags, answer.rcode, question, answer.answer, answer.authority, (), with_notes)
    try:
        return compose(full, limit=request.limit)
    except MessageTooLong:
        pass
    if answer.notes:
        bare = Message(request.id, flags, answer.rcode, question, answer.answer, answer.authority, (), plain)
        try:
            return compose(bare, limit=request.limit)
        except MessageTooLong:
            pass
    return compose(Message(request.id, flags | codes.TC, answer.rcode, question, edns=plain))


def compose_slip(request: Request | Refusal, *, edns_udp_size: int, recursion: bool) -> bytes:
    """What goes out in the place of a response that is withheld: TC, to be asked again over TCP, and no records.

    To who sent a cookie BADCOOKIE, to be asked again with the one in it (RFC 7873 section 5.2.4), as BIND does.
    """
    refusal = request if isinstance(request, Refusal) else refuse(request, Rcode.NOERROR)
    flags = codes.QR | refusal.flags | (codes.RA if recursion else 0)
    edns = _edns(refusal, edns_udp_size)
    if refusal.grant.cookie:
        return compose(Message(refusal.id, flags, Rcode.BADCOOKIE, refusal.question, edns=edns))
    return compose(Message(refusal.id, flags | codes.TC, Rcode.NOERROR, refusal.question, edns=edns))


def compose_refusal(refusal: Refusal, *, edns_udp_size: int, recursion: bool) -> bytes:
    """The response to what is refused. `recursion` is whether RA is set: whether this client could have it."""
    edns = _edns_with(_edns(refusal, edns_udp_size), refusal.ede)
    flags = codes.QR | refusal.flags | (codes.RA if recursion else 0)
    return compose(Message(refusal.id, flags, refusal.rcode, refusal.question, edns=edns))


def _with_ttl(records: Iterable[Record], ttl: int) -> list[Record]:
    return [Record(owner, rtype, rclass, ttl, rdata) for owner, rtype, rclass, _, rdata in records]


def _edns(request: Request | Refusal, edns_udp_size: int) -> Edns | None:
    """OPT for who sent one, with the cookie that is theirs."""
    if not request.edns:
        return None
    cookie = request.grant.cookie
    options = ((int(OptionCode.COOKIE), cookie),) if cookie else ()
    return Edns(udp_size=edns_udp_size, do=request.do, options=options)


def _edns_with(plain: Edns | None, notes: Notes) -> Edns | None:
    if plain is None or not notes:
        return plain
    options = tuple(ede_option(code, _cut(text)) for code, text in notes)
    return Edns(udp_size=plain.udp_size, do=plain.do, options=plain.options + options)


def _cut(text: str) -> str:
    """The text in at most _EDE_TEXT_MAX octets of whole UTF-8 characters."""
    return text.encode()[:_EDE_TEXT_MAX].decode(errors="ignore")
