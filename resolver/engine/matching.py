# SPDX-License-Identifier: ISC
"""Does this datagram belong to that query? The one test every reply passes, in both worlds (RFC 5452 section 9.1).

The world has checked the address and port (a connected socket); here: ID, QR, opcode, question, spelling, cookie, size.
Pure: bytes in, a message or the reason to drop it out. Nothing here changes what we think of a server.
"""

from __future__ import annotations

from typing import Final

from resolver.engine.ports import Query, Transport
from resolver.events import Mismatch
from resolver.wire import FormatError, Message, Opcode, OptionCode, Rcode, parse

_NAME: Final = 12  # where the question's name begins

# Records in an authority section that are read: no zone has as many name servers, and each costs a microsecond
# (NRDelegation, CVE-2022-3204; PowerDNS max_rrset_size 256, BIND max-records-per-type 100).
AUTHORITY_MOST: Final = 256

# Each letter is one more bit to guess, beside the 32 of ID and port (draft-vixie-dnsext-dns0x20).
_ENOUGH_LETTERS: Final = 16
_NO_LETTERS: Final = bytes(
    octet for octet in range(256) if not chr(octet).isascii() or not chr(octet).isalpha()
)

# Errors that servers which cannot read our query send with an empty question section.
_QUESTIONLESS = frozenset({Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED})


def read_reply(query: Query, sent_id: int, datagram: bytes) -> Message | Mismatch:
    """Return the parsed reply if `datagram` answers `query` sent under `sent_id`, else why it must be ignored."""
    if len(datagram) < 12:
        return Mismatch.MALFORMED
    if int.from_bytes(datagram[:2], "big") != sent_id:
        return Mismatch.WRONG_ID
    if not datagram[2] & 0x80 or (datagram[2] >> 3) & 0x0F != Opcode.QUERY:
        return Mismatch.NOT_A_RESPONSE
    if query.transport is Transport.UDP and len(datagram) > query.udp_size:
        return Mismatch.TOO_LARGE
    if query.transport is Transport.TCP and int.from_bytes(datagram[8:10], "big") > AUTHORITY_MOST:
        return Mismatch.TOO_LARGE  # over UDP, so many do not fit
    echoed = datagram[_NAME : _NAME + len(query.name)]
    if query.spelling and echoed.lower() == query.name.lower():
        # Names in the reply point at the question: give them the spelling from before the case was randomised.
        datagram = datagram[:_NAME] + query.spelling + datagram[_NAME + len(query.name) :]
    try:
        message = parse(datagram)
    except FormatError:
        return Mismatch.MALFORMED
    return _mismatch(query, message, echoed) or message


def _mismatch(query: Query, message: Message, echoed: bytes) -> Mismatch | None:
    question = message.question
    if question is None:
        return None if message.rcode in _QUESTIONLESS else Mismatch.WRONG_QUESTION
    if question.rtype != query.rtype or question.rclass != 1 or question.name.lower() != query.name.lower():
        return Mismatch.WRONG_QUESTION
    if query.exact_case and echoed != query.name:
        return Mismatch.WRONG_CASE
    return Mismatch.WRONG_COOKIE if _cookie_is_wrong(query, message) else None


def _cookie_is_wrong(query: Query, message: Message) -> bool:
    """RFC 7873 section 5.3: a client cookie that is not ours is forged; one that is missing is, once it was learnt."""
    if query.cookie is None or query.transport is Transport.TCP:
        return False
    echoed = message.edns.option(OptionCode.COOKIE) if message.edns else None
    return query.cookie_required if echoed is None else echoed[:8] != query.cookie


def is_vouched(query: Query, message: Message) -> bool:
    """Whether nobody off the path can have sent this: TCP, our client cookie in it, or the case of many letters.

    `message` is what `read_reply` let through: a wrong cookie or spelling is not among it (RFC 7873 section 5.3). What
    speaks for more names than the one asked has to be vouched for (CVE-2025-40778).
    """
    if query.transport is Transport.TCP:
        return True
    if query.cookie is not None and message.edns and message.edns.option(OptionCode.COOKIE) is not None:
        return True
    return query.exact_case and len(query.name.translate(None, delete=_NO_LETTERS)) >= _ENOUGH_LETTERS
