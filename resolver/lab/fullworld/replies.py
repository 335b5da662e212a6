# SPDX-License-Identifier: ISC
"""What a response says, read as a client reads it: kind of answer, TTL, version of the data, extended errors.

No cache is looked into and no truth is known here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from resolver.lab.fullworld.rdata import version_of
from resolver.lab.replay.outcome import Kind
from resolver.policy import AnswerClass
from resolver.wire import Ede, Rcode, Rtype, parse, read_ede
from resolver.wire.records import soa_fields

_STALE: Final = frozenset({int(Ede.STALE_ANSWER), int(Ede.STALE_NXDOMAIN_ANSWER)})


class Reply(NamedTuple):
    """One response. `ttl` is the least in it, `version` that of its data; None where it has none.

    `stale`: it says so itself (RFC 8914 sections 4.4 and 4.20).
    """

    rcode: int
    answer: AnswerClass
    ttl: int | None
    version: int | None
    stale: bool

    def kind(self, *, waited: bool) -> Kind:
        """How the question was answered; `waited`: not within the call that brought it."""
        if self.answer is AnswerClass.FAILURE:
            return Kind.FAILED if waited else Kind.FAILURE
        if self.stale:
            return Kind.STALE_WAITED if waited else Kind.STALE
        if waited:
            return Kind.ANSWERED
        return Kind.FRESH if self.answer is AnswerClass.POSITIVE else Kind.NEGATIVE


NOTHING: Final = Reply(int(Rcode.SERVFAIL), AnswerClass.FAILURE, None, None, stale=False)


def read_reply(octets: bytes) -> Reply:
    """Read a response. Raises FormatError when it is no message."""
    message = parse(octets)
    stale = any(code in _STALE for code, _ in read_ede(message.edns))
    rcode = message.rcode
    if rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN):
        return NOTHING._replace(rcode=rcode)
    if message.answer:
        last = message.answer[-1]
        ttl = min(record.ttl for record in message.answer)
        version = version_of(last.rtype, last.rdata)
        return Reply(rcode, AnswerClass.POSITIVE, ttl, version, stale)
    answer = AnswerClass.NXDOMAIN if rcode == Rcode.NXDOMAIN else AnswerClass.NODATA
    for record in message.authority:
        if record.rtype == Rtype.SOA:
            return Reply(rcode, answer, record.ttl, soa_fields(record.rdata).serial, stale)
    return Reply(rcode, answer, None, None, stale)
