# SPDX-License-Identifier: ISC
"""What a proper authoritative server for a set of zones says: pure functions from request to response.

    Message ──► respond ──► Message ──► fit ──► bytes
                   │
                   └── look_up (one zone) ── aliases followed through the zones of the same server

RFC 1034 section 4.3.2, RFC 4592, RFC 6672, RFC 2308, RFC 6891, RFC 9660. No network, no clock, no misbehaviour:
`quirks` reads the octets, and wraps this for servers that are not proper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from resolver.lab.lookup import Alias, Data, NoData, NoName, Redirect, Referral, look_up
from resolver.lab.zones import Zone
from resolver.wire import (
    Edns,
    Message,
    MessageTooLong,
    Opcode,
    OptionCode,
    Question,
    Rclass,
    Rcode,
    Record,
    RRset,
    Rtype,
    compose,
    names,
)
from resolver.wire.codes import AA, OPCODE_MASK, QR, RD, TC
from resolver.wire.records import first_name, soa_fields

__all__ = [
    "TCP_LIMIT",
    "UDP_LIMIT",
    "UDP_SIZE",
    "Zones",
    "fit",
    "malformed",
    "respond",
    "udp_limit",
]

Zones = Mapping[bytes, Zone]  # by origin

UDP_LIMIT: Final = 512  # octets without EDNS, RFC 1035 section 2.3.4
UDP_SIZE: Final = 1232  # what servers send at most over UDP, DNS flag day 2020
TCP_LIMIT: Final = 65535
LINKS_MAX: Final = 16  # aliases followed in one answer; BIND 9 stops at 16 too

_NOT_ANSWERED: Final = frozenset({int(Rtype.AXFR), int(Rtype.IXFR)})
_WITH_NAME: Final = {int(Rtype.NS): 0, int(Rtype.MX): 2, int(Rtype.SRV): 6}


def malformed(data: bytes) -> bytes | None:
    """FORMERR for what has at least the header of a request, else silence (RFC 1035 section 4.1.1)."""
    if len(data) < 12 or data[2] & 0x80:
        return None
    word = QR | (int.from_bytes(data[2:4], "big") & (OPCODE_MASK | RD)) | Rcode.FORMERR
    return data[:2] + word.to_bytes(2, "big") + bytes(8)


def udp_limit(request: Message, udp_size: int) -> int:
    """Octets that may go back over UDP: the client's buffer (RFC 6891 section 6.2.3), no more than the server's own."""
    if request.edns is None:
        return UDP_LIMIT
    return min(max(request.edns.udp_size, UDP_LIMIT), udp_size)


def fit(response: Message, limit: int) -> bytes:
    """The response in at most `limit` octets.

    Additional records that are no more than a courtesy go first and silently; glue below the cut of a referral may
    not (RFC 9471), nor may anything else: then TC and empty sections (RFC 2181 section 9).
    """
    try:
        return compose(response, limit=limit)
    except MessageTooLong:
        pass
    try:
        return compose(replace(response, additional=_needed_glue(response)), limit=limit)
    except MessageTooLong:
        cut = replace(response, flags=response.flags | TC, answer=(), authority=(), additional=())
        return compose(cut)


def _needed_glue(response: Message) -> tuple[Record, ...]:
    cuts = [record.key for record in response.authority if record.rtype == Rtype.NS]
    return tuple(r for r in response.additional if cuts and names.is_at_or_below(r.key, cuts[0]))


def respond(zones: Zones, request: Message) -> Message:
    """The response to a parsed request, of whatever size. Pure."""
    edns = Edns(udp_size=UDP_SIZE, do=request.edns.do) if request.edns else None
    blank = Message(request.id, QR | request.flags & (OPCODE_MASK | RD), 0, request.question, edns=edns)
    question = request.question
    if request.opcode != Opcode.QUERY:
        return replace(blank, rcode=int(Rcode.NOTIMP))
    if request.edns and request.edns.version != 0:
        return replace(blank, rcode=int(Rcode.BADVERS))
    if question is None or question.rtype == Rtype.OPT:
        return replace(blank, rcode=int(Rcode.FORMERR))
    if question.rclass != Rclass.IN or question.rtype in _NOT_ANSWERED:
        return replace(blank, rcode=int(Rcode.REFUSED))
    zone = _zone_for(zones, question.key, question.rtype)
    if zone is None:
        return replace(blank, rcode=int(Rcode.REFUSED))
    draft = _Draft(zones, bool(request.edns and request.edns.do))
    draft.follow(zone, question)
    if edns and draft.authoritative and request.edns and request.edns.option(OptionCode.ZONEVERSION) == b"":
        edns = replace(edns, options=(_version_of(zone),))
    return replace(
        blank,
        edns=edns,
        flags=blank.flags | (AA if draft.authoritative else 0),
        rcode=int(draft.rcode),
        answer=tuple(draft.answer),
        authority=tuple(draft.authority),
        additional=tuple(draft.additional),
    )


def _version_of(zone: Zone) -> tuple[int, bytes]:
    """ZONEVERSION: the labels of the zone's name, type 0 for SOA-SERIAL, the serial (RFC 9660 section 3.2)."""
    data = bytes([names.count_labels(zone.origin), 0]) + zone.serial.to_bytes(4, "big")
    return int(OptionCode.ZONEVERSION), data


def _zone_for(zones: Zones, key: bytes, rtype: int) -> Zone | None:
    """The deepest zone served at or above `key`; for DS the one above the cut, if it is served too."""
    found = [zones[name] for name in names.ancestors(key) if name in zones]
    if rtype == Rtype.DS and len(found) > 1 and found[0].origin == key:
        return found[1]
    return found[0] if found else None


@dataclass(slots=True)
class _Draft:
    """A response being written; lives inside one call of `respond`."""

    zones: Zones
    do: bool
    authoritative: bool = True
    rcode: Rcode = Rcode.NOERROR
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)

    def follow(self, zone: Zone, question: Question) -> None:
        """Answer from `zone`, then from whatever zone of this server each alias leads to."""
        name, rtype = question.name, question.rtype
        seen = set()
        for _ in range(LINKS_MAX):
            seen.add(name.lower())
            target = self.step(zone, name, rtype)
            if target is None or target.lower() in seen:
                return
            next_zone = _zone_for(self.zones, target.lower(), rtype)
            if next_zone is None:
                return
            zone, name = next_zone, target

    def step(self, zone: Zone, name: bytes, rtype: int) -> bytes | None:
        """Write what `zone` has for the name; returns where to go on, or None at the end."""
        finding = look_up(zone, name, rtype)
        match finding:
            case Data():
                self.put(self.answer, *finding.sets, *self.signed(*finding.signatures))
                self.prove_expansion(zone, name, finding.wildcard)
                self.courtesy(zone, finding.sets)
            case Alias():
                self.put(self.answer, finding.cname, *self.signed(finding.signature))
                self.prove_expansion(zone, name, finding.wildcard)
                return finding.target
            case Redirect():
                return self.redirect(finding, name)
            case Referral():
                self.refer(zone, finding)
            case NoData():
                self.deny(zone, Rcode.NOERROR, name, finding.wildcard)
            case NoName():
                self.deny(zone, Rcode.NXDOMAIN, name, b"\x01*" + finding.encloser)
            case _:
                assert_never(finding)
        return None

    def redirect(self, finding: Redirect, name: bytes) -> bytes | None:
        """The DNAME and the CNAME it makes, of the same TTL and never signed (RFC 6672 section 3.1)."""
        dname = finding.dname
        self.put(self.answer, dname, *self.signed(finding.signature))
        if finding.target is None:
            self.rcode = Rcode.YXDOMAIN
            return None
        self.put(self.answer, RRset(name, int(Rtype.CNAME), dname.rclass, dname.ttl, (finding.target,)))
        return finding.target

    def refer(self, zone: Zone, finding: Referral) -> None:
        """NS in authority, DS or the proof of none, addresses held in this zone as glue (RFC 1034 4.3.2 step 3b)."""
        self.authoritative = bool(self.answer)
        self.put(self.authority, finding.ns)
        if finding.ds:
            self.put(self.authority, *self.signed(finding.ds, finding.ds_signature))
        else:
            self.prove(zone, finding.ns.key)
        for rdata in finding.ns.rdatas:
            self.addresses(zone, first_name(rdata))

    def deny(self, zone: Zone, rcode: Rcode, name: bytes, wildcard: bytes | None) -> None:
        """SOA with the negative TTL in authority (RFC 2308 section 3), and NSEC for both names with DO."""
        self.rcode = rcode
        soa = zone.soa
        ttl = min(soa.ttl, soa_fields(soa.rdatas[0]).minimum)
        signature = zone.nodes[zone.origin].signatures.get(Rtype.SOA)
        self.put(self.authority, _with_ttl(soa, ttl))
        if signature:
            self.put(self.authority, *self.signed(_with_ttl(signature, ttl)))
        self.prove(zone, name.lower())
        if wildcard:
            self.prove(zone, wildcard)

    def prove_expansion(self, zone: Zone, name: bytes, wildcard: bytes | None) -> None:
        """With a wildcard's data comes the proof that the name itself is not there (RFC 4035 section 3.1.3.3)."""
        if wildcard:
            self.prove(zone, name.lower())

    def prove(self, zone: Zone, key: bytes) -> None:
        """The NSEC that matches or covers `key`, once, with DO and in a signed zone."""
        owner = zone.nsec_at_or_before(key) if self.do else None
        if owner is None:
            return
        node = zone.nodes[owner]
        nsec = node.sets[Rtype.NSEC]
        if not any(r.rtype == Rtype.NSEC and r.owner == nsec.owner for r in self.authority):
            self.put(self.authority, nsec, *self.signed(node.signatures.get(Rtype.NSEC)))

    def courtesy(self, zone: Zone, sets: tuple[RRset, ...]) -> None:
        """Addresses of the servers that NS, MX and SRV answers name (RFC 1035 section 3.3.9, RFC 9609 section 4)."""
        for rrset in sets:
            offset = _WITH_NAME.get(rrset.rtype)
            if offset is not None:
                for rdata in rrset.rdatas:
                    self.addresses(zone, rdata[offset:])

    def addresses(self, zone: Zone, name: bytes) -> None:
        """A and AAAA of a name, from this zone's own data or glue, else from another zone of this server."""
        key = name.lower()
        if not names.is_at_or_below(key, zone.origin):
            other = _zone_for(self.zones, key, int(Rtype.A))
            if other is None or not self.answer:
                return
            zone = other
        node = zone.nodes.get(key)
        for rtype in (Rtype.A, Rtype.AAAA):
            rrset = node.sets.get(rtype) if node else None
            if node and rrset and not any(r.rtype == rtype and r.key == key for r in self.additional):
                self.put(self.additional, rrset, *self.signed(node.signatures.get(rtype)))

    def signed(self, *sets: RRset | None) -> tuple[RRset, ...]:
        """The sets that only a client with DO sees (RFC 4035 section 3.1)."""
        return tuple(rrset for rrset in sets if rrset) if self.do else ()

    def put(self, section: list[Record], *sets: RRset) -> None:
        """Append whole RRsets."""
        for rrset in sets:
            section.extend(rrset.records())


def _with_ttl(rrset: RRset, ttl: int) -> RRset:
    return RRset(rrset.owner, rrset.rtype, rrset.rclass, ttl, rrset.rdatas)
