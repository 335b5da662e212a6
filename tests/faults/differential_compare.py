# SPDX-License-Identifier: ISC
"""How responses differ: field by field, as respdiff does, and who differs when three are compared. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Field = str
Values = dict[Field, str]  # each field's value as comparable text
Published = Callable[[bytes, int], int | None]

_FLAGS: Final = ("QR", "AA", "TC", "RD", "RA", "AD", "CD")
FIELDS: Final = ("reply", "opcode", "rcode", "flags", "question", "answer", "ttl", "authority", "opt")


class Outcome(StrEnum):
    """Of one question: all agree; we alone differ from what both peers say; the peers differ from each other."""

    SAME = "same"
    OURS = "target disagrees"
    UNSTABLE = "unstable"


class Compared(NamedTuple):
    """One question: its outcome, and the fields in which we stand alone."""

    outcome: Outcome
    fields: tuple[Field, ...]


def read(octets: bytes | None, published: Published) -> Values:
    """The fields of one response; `reply` says "none" or "malformed" when there is nothing to compare."""
    if octets is None:
        return {"reply": "none"}
    try:
        message = dns.message.from_wire(octets)
    except dns.exception.DNSException as error:
        return {"reply": f"malformed: {type(error).__name__}"}
    cut = bool(message.flags & dns.flags.TC)  # what else a truncated response holds is nobody's to use
    return {
        "reply": "there",
        "opcode": str(int(message.opcode())),
        "rcode": dns.rcode.to_text(message.rcode()),
        "flags": " ".join(word for word in _FLAGS if message.flags & dns.flags.from_text(word)),
        "question": " ".join(f"{q.name} {int(q.rdclass)} {int(q.rdtype)}" for q in message.question),
        "answer": "cut" if cut else "; ".join(sorted(_rrset(rrset) for rrset in message.answer)),
        "ttl": "cut" if cut else _too_long(message, published),
        "authority": "cut" if cut else _denial(message),
        "opt": "none"
        if message.edns < 0
        else f"version {message.edns}, do {bool(message.ednsflags & 0x8000)}",
    }


def _rrset(rrset: dns.rrset.RRset) -> str:
    """Owner, type and data as a set, without TTL; letter case does not count."""
    data = sorted(rdata.to_digestable().hex() for rdata in rrset)
    owner = rrset.name.to_text().lower()
    return f"{owner} {dns.rdatatype.to_text(rrset.rdtype)} {','.join(data)}"


def _too_long(message: dns.message.Message, published: Published) -> str:
    """The RRsets of the answer whose TTL is beyond what the zone publishes."""
    late = []
    for rrset in message.answer:
        limit = published(rrset.name.to_digestable(), int(rrset.rdtype))
        if limit is not None and rrset.ttl > limit:
            late.append(f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rrset.ttl}")
    return "; ".join(sorted(late)).lower()


def _denial(message: dns.message.Message) -> str:
    """For a response without data of the type asked: the owner of the SOA that denies it; else nothing is compared."""
    wanted = message.question[0].rdtype if message.question else None
    if any(rrset.rdtype == wanted for rrset in message.answer) or message.rcode() not in (0, 3):
        return "data"
    return " ".join(r.name.to_text().lower() for r in message.authority if r.rdtype == dns.rdatatype.SOA)


def compare(ours: Values, one: Values, other: Values) -> Compared:
    """Three-way, field by field: what the peers say alike and we do not is ours, whatever else they differ in.

    Where the peers differ, no field says who is right; such a question is unstable.
    """
    alone = tuple(
        field for field in FIELDS if one.get(field) == other.get(field) and ours.get(field) != one.get(field)
    )
    apart = any(one.get(field) != other.get(field) for field in FIELDS)
    if "reply" in alone:
        alone = ("reply",)  # all others follow from it
    if alone:
        return Compared(Outcome.OURS, alone)
    return Compared(Outcome.UNSTABLE if apart else Outcome.SAME, ())
