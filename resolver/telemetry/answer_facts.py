# SPDX-License-Identifier: ISC
"""What a trace keeps of a response: its code, the TTL that counts, and a hash of its data.

Facts of one message only: nothing is judged, stored or written here.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

from resolver.wire import FormatError, Message, Rcode, Record, Rtype, parse
from resolver.wire.records import soa_fields

_EMPTY: Final = 0  # the hash of no data
_TTL_MAX: Final = 2**31 - 1  # above it a TTL means zero (RFC 2181 section 8)
_SIGNATURES: Final = (int(Rtype.RRSIG), int(Rtype.SIG))
_LINKS: Final = (int(Rtype.CNAME), int(Rtype.DNAME))
_NEGATIVE: Final = (int(Rcode.NOERROR), int(Rcode.NXDOMAIN))


class AnswerFacts(NamedTuple):
    """`ttl` in seconds: the least of the answer, or the negative TTL (RFC 2308 section 5); None when there is none.

    `rdata_hash` is 63 bits, equal for equal data in any order, 0 for an answer without any, None for a failure.
    """

    rcode: int
    ttl: int | None
    rdata_hash: int | None


def facts_of(message: Message) -> AnswerFacts:
    """Return what is kept of a response."""
    answer = [record for record in message.answer if record.rtype not in _SIGNATURES]
    ttls = [_seconds(record.ttl) for record in answer]
    if message.rcode not in _NEGATIVE:
        return AnswerFacts(message.rcode, None, None)
    asked = message.question.rtype if message.question else 0
    if all(record.rtype in _LINKS and record.rtype != asked for record in answer):
        ttls += _negative_ttls(message)
    return AnswerFacts(message.rcode, min(ttls, default=None), _hash(answer) if answer else _EMPTY)


def read_facts(response: bytes) -> AnswerFacts | None:
    """Return what is kept of a response in wire form; None when it is no message."""
    try:
        return facts_of(parse(response))
    except FormatError:
        return None


def _negative_ttls(message: Message) -> list[int]:
    found = []
    for record in message.authority:
        if record.rtype == int(Rtype.SOA):
            try:
                found.append(min(_seconds(record.ttl), _seconds(soa_fields(record.rdata).minimum)))
            except FormatError:
                continue
    return found


def _seconds(ttl: int) -> int:
    return ttl if ttl <= _TTL_MAX else 0


def _hash(answer: list[Record]) -> int:
    # A link's target may come back in the client's spelling (RFC 4343): only its folded form counts.
    data = {(r.rtype, r.rdata.lower() if r.rtype in _LINKS else r.rdata) for r in answer}
    digest = blake2b(digest_size=8)
    for rtype, rdata in sorted(data):
        digest.update(rtype.to_bytes(2) + len(rdata).to_bytes(2) + rdata)
    return int.from_bytes(digest.digest()) >> 1 or 1
