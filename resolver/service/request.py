# SPDX-License-Identifier: ISC
"""Reads a client's datagram: a question we can work on, a refusal with its reason, or nothing to answer.

Pure and without a clock. Every row of what a strange request deserves (RFC 8906 section 8) stands here, once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from resolver.service.cookies import NO_GRANT, Grant
from resolver.wire import (
    Ede,
    FormatError,
    Message,
    Opcode,
    OptionCode,
    Question,
    Rclass,
    Rcode,
    Rtype,
    codes,
    names,
    parse,
    peek,
)
from resolver.wire.edns import Edns, split_cookie
from resolver.wire.peek import Peek

CLIENT_COOKIE: Final = 8  # octets
UDP_SIZE_MIN: Final = 512  # RFC 6891 section 6.2.3: a smaller offer means this
TCP_SIZE_MAX: Final = 65535
_HEADER: Final = struct.Struct("!6H")
_EDNS_FAULTS: Final = frozenset({"bad-option-length", "many-opts", "opt-outside-additional", "opt-owner"})
# What the data of a COOKIE option earns its client; that of a length that none has is not asked about.
Judge = Callable[[bytes], Grant]
# Types that can be asked for by nobody: they live outside zones. NXNAME: RFC 9824 section 3.5.
_TRANSFERS: Final = frozenset({int(Rtype.AXFR), int(Rtype.IXFR)})
_OBSOLETE: Final = frozenset({int(Rtype.MAILA), int(Rtype.MAILB)})
_CHAOS_NAMES: Final = frozenset({b"\x07version\x04bind\x00", b"\x07version\x06server\x00"})


class Request(NamedTuple):
    """One question we can work on. `limit` is the most octets its response may have.

    `qname` is spelled as the client spelled it; `key` is its folded form. `edns` says whether OPT was there: only then
    has the response one. `grant` is what its cookie earned it.
    """

    id: int
    qname: bytes
    key: bytes
    rtype: int
    rd: bool
    cd: bool
    do: bool
    edns: bool
    limit: int
    rclass: int = int(Rclass.IN)
    grant: Grant = NO_GRANT


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response that needs no work: a header with `rcode`, the question echoed if there is one, OPT if `edns`."""

    id: int
    flags: int
    rcode: int
    question: Question | None = None
    edns: bool = False
    ede: tuple[tuple[Ede, str], ...] = ()
    do: bool = False
    grant: Grant = NO_GRANT


def read_request(
    datagram: bytes, *, tcp: bool, udp_size_max: int, judge: Judge | None = None
) -> Request | Refusal | str:
    """Return the question, the refusal it deserves, or the reason (a word) why it gets no response at all.

    `udp_size_max` is the largest response we send over UDP, in octets, whatever the client offers. `judge` is None
    where cookies are not answered.
    """
    if len(datagram) < _HEADER.size:
        return "short"
    ident, word = struct.unpack_from("!HH", datagram)
    if word & codes.QR:
        return "response"  # answering responses makes loops
    if word & codes.OPCODE_MASK != Opcode.QUERY:
        return Refusal(ident, word & (codes.OPCODE_MASK | codes.RD), Rcode.NOTIMP)
    plain = peek(datagram)
    if plain is not None and not plain.options and not plain.version:
        question = Question(plain.qname, plain.qtype, plain.qclass)
        if _judge_question(question)[0] == Rcode.NOERROR:
            return _plain_request(plain, tcp, udp_size_max)
    echoed = word & (codes.RD | codes.CD)
    try:
        message = parse(datagram)
    except FormatError as error:
        edns = error.reason in _EDNS_FAULTS
        return Refusal(ident, echoed, Rcode.FORMERR, _question_in(datagram) if edns else None, edns)
    cookie = _cookie_in(message.edns)
    grant = judge(cookie) if judge is not None and cookie else NO_GRANT
    refusal = _refuse_message(message, echoed, len(cookie or b""), grant)
    return refusal or _request(message, tcp, udp_size_max, grant)


def refuse(request: Request, rcode: int, *ede: tuple[Ede, str]) -> Refusal:
    """A refusal of a question that was read."""
    flags = (codes.RD if request.rd else 0) | (codes.CD if request.cd else 0)
    question = Question(request.qname, request.rtype, request.rclass)
    ede = ede if request.edns else ()
    return Refusal(request.id, flags, rcode, question, request.edns, ede, request.do, request.grant)


def is_version_question(request: Request) -> bool:
    """Whether this is `version.bind` or `version.server`, CH TXT."""
    return request.rclass == Rclass.CH and request.rtype == Rtype.TXT and request.key in _CHAOS_NAMES


def _refuse_message(message: Message, echoed: int, cookie_octets: int, grant: Grant) -> Refusal | None:
    """The refusal of a well-formed message that is no question we can work on."""
    edns = message.edns
    has_edns = edns is not None
    do = edns is not None and edns.do  # goes back as it came, whatever else does (RFC 3225 section 3)
    question = message.question
    if edns is not None and edns.version > 0:
        return Refusal(message.id, echoed, Rcode.BADVERS, question, edns=True, do=do, grant=grant)
    if has_edns and _cookie_in(edns) is None:
        return Refusal(message.id, echoed, Rcode.FORMERR, question, edns=True, do=do)
    if question is None:
        if grant.cookie:  # who asks for a cookie alone (RFC 7873 section 5.4)
            rcode = Rcode.NOERROR if grant.good or cookie_octets == CLIENT_COOKIE else Rcode.BADCOOKIE
            return Refusal(message.id, echoed, rcode, None, edns=True, do=do, grant=grant)
        return Refusal(message.id, echoed, Rcode.FORMERR, None, has_edns, do=do)
    refused, ede = _judge_question(question)
    if refused == Rcode.NOERROR:
        return None
    return Refusal(message.id, echoed, refused, question, has_edns, ede if has_edns else (), do, grant)


def _judge_question(question: Question) -> tuple[int, tuple[tuple[Ede, str], ...]]:
    """NOERROR for a question we can work on, else what to say."""
    rtype, rclass = question.rtype, question.rclass
    if rclass == Rclass.ANY:
        return Rcode.NOTIMP, ((Ede.NOT_SUPPORTED, "class ANY"),)
    if rclass not in (Rclass.IN, Rclass.CH):
        return Rcode.REFUSED, ((Ede.NOT_SUPPORTED, "class"),)
    if rtype in _TRANSFERS:
        return Rcode.REFUSED, ((Ede.NOT_SUPPORTED, "zone transfer"),)
    if rtype in _OBSOLETE:
        return Rcode.NOTIMP, ((Ede.NOT_SUPPORTED, "obsolete type"),)
    if rtype in (0, Rtype.OPT) or 128 <= rtype <= 254:  # meta and query types, RFC 6895 section 3.1
        return Rcode.FORMERR, ((Ede.INVALID_QUERY_TYPE, ""),)
    return Rcode.NOERROR, ()


def _request(message: Message, tcp: bool, udp_size_max: int, grant: Grant) -> Request:
    question, edns = message.question, message.edns
    assert question is not None  # refused before
    offered = max(UDP_SIZE_MIN, edns.udp_size) if edns else UDP_SIZE_MIN
    return Request(
        message.id,
        question.name,
        question.key,
        question.rtype,
        message.rd,
        message.cd,
        edns is not None and edns.do,
        edns is not None,
        TCP_SIZE_MAX if tcp else min(offered, max(UDP_SIZE_MIN, udp_size_max)),
        question.rclass,
        grant,
    )


def _plain_request(asked: Peek, tcp: bool, udp_size_max: int) -> Request:
    """The same for a message that is a question, at most an OPT without options, and no more: most are."""
    flags, offered = asked.flags, max(UDP_SIZE_MIN, asked.udp_size)
    return Request(
        asked.id,
        asked.qname,
        asked.qname_key,
        asked.qtype,
        flags & codes.RD != 0,
        flags & codes.CD != 0,
        asked.do,
        asked.edns_offset is not None,
        TCP_SIZE_MAX if tcp else min(offered, max(UDP_SIZE_MIN, udp_size_max)),
        asked.qclass,
    )


def _cookie_in(edns: Edns | None) -> bytes | None:
    """The client's COOKIE option, b"" for none; None for one of a length that none has (RFC 7873 section 5.2.2)."""
    cookie = edns.option(OptionCode.COOKIE) if edns is not None else None
    if cookie is None:
        return b""
    try:
        split_cookie(cookie)
    except FormatError:
        return None
    return cookie


def _question_in(datagram: bytes) -> Question | None:
    """The question of a message that is broken further on, if it is whole and uncompressed."""
    if datagram[4:6] != b"\x00\x01":
        return None
    try:
        end = names.end_of_name(datagram, _HEADER.size)
        rtype, rclass = struct.unpack_from("!HH", datagram, end)
    except (FormatError, struct.error):
        return None
    return Question(datagram[_HEADER.size : end], rtype, rclass)
