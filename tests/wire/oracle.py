# SPDX-License-Identifier: ISC
"""dnspython as the second opinion on a message.

Mapped, because the two differ on purpose: dnspython reads a TTL of 2^31 and over as 0 (RFC 2181 section 8,
we keep it for RFC 8767 section 4), merges duplicates (switched off by one_rr_per_rrset), and compares
names without letter case (so octets are compared here). It takes TSIG out of the additional section.
"""

from dataclasses import replace

import dns.edns
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rrset

from resolver.wire import Edns, Message, Record, Rtype
from resolver.wire.edns import OPTIONS_MAX
from resolver.wire.rdata import LAYOUTS

# Why we refuse what dnspython takes, each with its reason.
STRICTER = {
    "many-questions",  # RFC 9619
    "too-many-pointers",  # bounded work
    "pointer-into-header",  # no name can begin there
}
# dnspython has no code for these, nor for the class IN types in other classes, and takes any rdata.
GENERIC_THERE = {Rtype.MD, Rtype.MF, Rtype.MB, Rtype.MG, Rtype.MR, Rtype.MINFO, Rtype.NXT}
IN_ONLY = {Rtype.A, Rtype.AAAA, Rtype.SRV, Rtype.NAPTR, Rtype.PX}


def read(data: bytes) -> dns.message.Message | None:
    """The message as dnspython reads it, a record per RRset; None if it refuses."""
    try:
        return dns.message.from_wire(data, one_rr_per_rrset=True, keyring=False)
    except (dns.exception.DNSException, ValueError, OverflowError):
        return None


def disagreement(ours: Message, theirs: dns.message.Message) -> str | None:
    """What the two readings differ in; None if they agree. Only for opcode QUERY (UPDATE reads otherwise)."""
    if (ours.id, ours.flags, ours.rcode) != (theirs.id, int(theirs.flags) & 0xFFF0, int(theirs.rcode())):
        return "header"
    asked = [(q.name.to_wire(), int(q.rdtype), int(q.rdclass)) for q in theirs.question]
    if asked != ([tuple(ours.question)] if ours.question else []):
        return "question"
    additional = ours.additional
    if theirs.tsig is not None:
        if not additional or additional[-1].rtype != Rtype.TSIG:
            return "tsig"
        additional = additional[:-1]
    pairs = (
        ("answer", ours.answer, theirs.answer),
        ("authority", ours.authority, theirs.authority),
        ("additional", additional, theirs.additional),
    )
    for section, records, rrsets in pairs:
        if len(records) != len(rrsets):
            return f"{section}: {len(records)} records, not {len(rrsets)}"
        for record, rrset in zip(records, rrsets, strict=True):
            if not _same_record(record, rrset):
                return f"{section}: {record} is not {rrset}"
    return None if _same_edns(ours.edns, theirs) else "edns"


def _same_record(record: Record, rrset: dns.rrset.RRset) -> bool:
    ttl = 0 if record.ttl > 0x7FFFFFFF else record.ttl
    header = (rrset.name.to_wire(), int(rrset.rdtype), int(rrset.rdclass), rrset.ttl)
    if (record.owner, record.rtype, record.rclass, ttl) != header:
        return False
    if record.rtype in GENERIC_THERE or (record.rtype in IN_ONLY and record.rclass != 1):
        return True
    theirs = rrset[0].to_wire()
    if record.rtype in LAYOUTS:
        return record.rdata == theirs
    # Opaque to us, taken apart and put together by dnspython: let it do the same to our octets.
    again = dns.rdata.from_wire(record.rclass, record.rtype, record.rdata, 0, len(record.rdata))
    return again.to_wire() == theirs


def _same_edns(ours: Edns | None, theirs: dns.message.Message) -> bool:
    if ours is None or theirs.opt is None:
        return ours is None and theirs.opt is None
    word = int(theirs.ednsflags) & 0xFFFF
    if (ours.udp_size, ours.version) != (theirs.payload, theirs.edns):
        return False
    if (ours.do, ours.flags_rest) != (word & 0x8000 != 0, word & 0x7FFF):
        return False
    options = theirs.options[:OPTIONS_MAX]
    again = [dns.edns.option_from_wire(code, data, 0, len(data)) for code, data in ours.options]
    return [(o.otype, o.to_wire()) for o in again] == [(o.otype, o.to_wire()) for o in options]


def took_it_by_reading_less(theirs: dns.message.Message) -> bool:
    """Did dnspython accept only because it has no code for a type in there, or because of UPDATE's rules?"""
    if theirs.opcode() != 0:
        return True
    rrsets = theirs.answer + theirs.authority + theirs.additional
    return any(r.rdtype in GENERIC_THERE or (r.rdtype in IN_ONLY and r.rdclass != 1) for r in rrsets)


def equal_but_for_case(ours: Message, again: Message) -> bool:
    """Equal, but that an owner equal to the question's name in key may have taken its spelling (see compose)."""
    if ours.question is None:
        return ours == again
    name, key = ours.question.name, ours.question.key

    def spelled(message: Message) -> Message:
        def respell(records: tuple[Record, ...]) -> tuple[Record, ...]:
            return tuple(r._replace(owner=name) if r.key == key else r for r in records)

        return replace(
            message,
            answer=respell(message.answer),
            authority=respell(message.authority),
            additional=respell(message.additional),
        )

    return spelled(ours) == spelled(again)
