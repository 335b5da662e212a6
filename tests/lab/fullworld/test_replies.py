# SPDX-License-Identifier: ISC
"""Responses read as a client reads them."""

from __future__ import annotations

import pytest

from resolver.lab.fullworld.rdata import rdata_of
from resolver.lab.fullworld.replies import read_reply
from resolver.lab.replay.outcome import Kind
from resolver.policy import AnswerClass
from resolver.wire import (
    Ede,
    Edns,
    FormatError,
    Message,
    Question,
    Rcode,
    Record,
    Rtype,
    compose,
    ede_option,
    from_text,
)
from resolver.wire.codes import QR

NAME = from_text("www.shop.lab.")
A = int(Rtype.A)
DATA = Record(NAME, A, 1, 60, rdata_of(A, 5))
SOA = Record(NAME, int(Rtype.SOA), 1, 30, from_text(".") * 2 + (7).to_bytes(4, "big") + bytes(16))


def octets(
    *answer: Record, rcode: int = 0, authority: tuple[Record, ...] = (), ede: Ede | None = None
) -> bytes:
    edns = Edns(options=(ede_option(ede),) if ede is not None else ())
    return compose(Message(1, QR, rcode, Question(NAME, A), answer, authority, edns=edns))


def test_data() -> None:
    reply = read_reply(octets(DATA._replace(ttl=90), DATA))
    assert (reply.answer, reply.ttl, reply.version, reply.stale) == (AnswerClass.POSITIVE, 60, 5, False)
    assert (reply.kind(waited=False), reply.kind(waited=True)) == (Kind.FRESH, Kind.ANSWERED)


@pytest.mark.parametrize(
    ("rcode", "answer"), [(Rcode.NOERROR, AnswerClass.NODATA), (Rcode.NXDOMAIN, AnswerClass.NXDOMAIN)]
)
def test_denials(rcode: int, answer: AnswerClass) -> None:
    reply = read_reply(octets(rcode=rcode, authority=(SOA,)))
    assert (reply.answer, reply.ttl, reply.version) == (answer, 30, 7)
    assert (reply.kind(waited=False), reply.kind(waited=True)) == (Kind.NEGATIVE, Kind.ANSWERED)
    assert read_reply(octets(rcode=rcode)).version is None


@pytest.mark.parametrize("ede", [Ede.STALE_ANSWER, Ede.STALE_NXDOMAIN_ANSWER])
def test_stale_data_say_so(ede: Ede) -> None:
    reply = read_reply(octets(DATA, ede=ede))
    assert (reply.kind(waited=False), reply.kind(waited=True)) == (Kind.STALE, Kind.STALE_WAITED)


def test_failures() -> None:
    reply = read_reply(octets(rcode=Rcode.SERVFAIL, ede=Ede.CACHED_ERROR))
    assert (reply.kind(waited=False), reply.kind(waited=True)) == (Kind.FAILURE, Kind.FAILED)
    assert read_reply(octets(rcode=Rcode.REFUSED)).answer is AnswerClass.FAILURE


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(FormatError):
        read_reply(b"\x00\x01")
