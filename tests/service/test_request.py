# SPDX-License-Identifier: ISC
"""What a strange request deserves: RFC 8906, 9619, 6891, 7873, 8482, row by row."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.service.request import Refusal, Request, is_version_question, read_request
from resolver.wire import Ede, Edns, Rcode, Rtype, codes, from_text
from tests.service.fakes import ask

OPT = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00"


def read(datagram: bytes, *, tcp: bool = False) -> Request | Refusal | str:
    return read_request(datagram, tcp=tcp, udp_size_max=1232)


def refused(datagram: bytes) -> Refusal:
    refusal = read(datagram)
    assert isinstance(refusal, Refusal)
    return refusal


def with_counts(datagram: bytes, *, qd: int = 1, ar: int = 0) -> bytes:
    return datagram[:4] + struct.pack("!4H", qd, 0, 0, ar) + datagram[12:]


def test_a_plain_question_is_read_with_its_spelling() -> None:
    request = read(ask("wWw.Example.COM", flags=codes.RD | codes.CD))
    assert isinstance(request, Request)
    assert request.qname == from_text("wWw.Example.COM")
    assert request.key == from_text("www.example.com")
    assert (request.rd, request.cd, request.do, request.edns) == (True, True, False, False)


@pytest.mark.parametrize("opcode", [1, 2, 3, 4, 5, 6, 15])
def test_rfc8906_other_opcodes_get_notimp_and_a_header_only(opcode: int) -> None:
    refusal = refused(ask(flags=opcode << 11 | codes.RD))
    assert (refusal.rcode, refusal.question, refusal.edns) == (Rcode.NOTIMP, None, False)
    assert refusal.flags & codes.OPCODE_MASK == opcode << 11


def test_responses_and_runts_get_nothing() -> None:
    assert read(ask(flags=codes.QR)) == "response"
    assert read(b"\x00" * 11) == "short"
    assert read(b"") == "short"


@pytest.mark.parametrize("count", [0, 2])
def test_rfc9619_one_question_or_formerr(count: int) -> None:
    body = ask()[12:]
    refusal = refused(with_counts(ask()[:12] + body * count, qd=count))
    assert (refusal.rcode, refusal.question) == (Rcode.FORMERR, None)


def test_rfc6891_version_1_gets_badvers_with_opt() -> None:
    refusal = refused(ask(edns=Edns(version=1)))
    assert (refusal.rcode, refusal.edns) == (Rcode.BADVERS, True)


@pytest.mark.parametrize("do", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        ask(edns=Edns(version=1)),
        ask(edns=Edns(options=((10, bytes(3)),))),
        ask(rtype=int(Rtype.AXFR), edns=Edns()),
        with_counts(ask()[:12], qd=0, ar=1) + OPT + b"\0\0",
    ],
    ids=["version", "cookie", "transfer", "no question"],
)
def test_rfc3225_section_3_a_refusal_has_do_as_the_query_had_it(asked: bytes, do: bool) -> None:
    at = asked.rindex(b"\0\0\x29") + 7  # the flags in OPT's TTL
    asked = asked[:at] + (0x8000 if do else 0).to_bytes(2, "big") + asked[at + 2 :]
    assert (refused(asked).edns, refused(asked).do) == (True, do)


def test_rfc6891_two_opts_get_formerr_with_opt() -> None:
    refusal = refused(with_counts(ask(), ar=2) + (OPT + b"\x00\x00") * 2)
    assert (refusal.rcode, refusal.edns) == (Rcode.FORMERR, True)


def test_rfc6891_a_bad_option_length_gets_formerr_with_opt() -> None:
    refusal = refused(with_counts(ask(), ar=1) + OPT + b"\x00\x04\x00\x0a\x00\x09")
    assert (refusal.rcode, refusal.edns) == (Rcode.FORMERR, True)
    assert refusal.question is not None


@pytest.mark.parametrize("length", [0, 1, 7, 9, 15, 41])
def test_rfc7873_a_cookie_of_impossible_length_gets_formerr(length: int) -> None:
    assert refused(ask(edns=Edns(options=((10, bytes(length)),)))).rcode == Rcode.FORMERR


@pytest.mark.parametrize("length", [8, 16, 40])
def test_rfc7873_a_good_cookie_is_let_pass(length: int) -> None:
    request = read(ask(edns=Edns(options=((10, bytes(length)),))))
    assert isinstance(request, Request)


def test_trailing_garbage_gets_formerr() -> None:
    assert refused(ask() + b"\x00").rcode == Rcode.FORMERR


@pytest.mark.parametrize(
    "name",
    [b"\x40" + b"a" * 64 + b"\x00", b"\xc0\x0c", (b"\x3f" + b"a" * 63) * 4 + b"\x00"],
    ids=["label", "pointer", "255"],
)
def test_rfc1035_names_that_cannot_be_get_formerr(name: bytes) -> None:
    assert refused(ask()[:12] + name + b"\x00\x01\x00\x01").rcode == Rcode.FORMERR


@pytest.mark.parametrize(
    ("rclass", "rcode"), [(0, Rcode.REFUSED), (4, Rcode.REFUSED), (254, Rcode.REFUSED), (255, Rcode.NOTIMP)]
)
def test_other_classes(rclass: int, rcode: int) -> None:
    assert refused(ask(rclass=rclass)).rcode == rcode


def test_class_chaos_is_read_so_that_version_bind_can_be_told() -> None:
    request = read(ask("VERSION.bind", Rtype.TXT, rclass=3))
    assert isinstance(request, Request)
    assert is_version_question(request)


@pytest.mark.parametrize(
    ("rtype", "rcode"),
    [
        (Rtype.AXFR, Rcode.REFUSED),
        (Rtype.IXFR, Rcode.REFUSED),
        (Rtype.MAILA, Rcode.NOTIMP),
        (Rtype.MAILB, Rcode.NOTIMP),
        (Rtype.OPT, Rcode.FORMERR),
        (Rtype.TSIG, Rcode.FORMERR),
        (Rtype.TKEY, Rcode.FORMERR),
        (Rtype.NXNAME, Rcode.FORMERR),
        (0, Rcode.FORMERR),
    ],
)
def test_types_that_are_no_data(rtype: int, rcode: int) -> None:
    assert refused(ask(rtype=rtype)).rcode == rcode


@pytest.mark.parametrize("rtype", [Rtype.ANY, Rtype.RRSIG, 65280, 65535])
def test_rfc3597_unknown_types_are_questions_like_any(rtype: int) -> None:
    assert isinstance(read(ask(rtype=rtype)), Request)


def test_rfc8914_no_extended_error_without_edns() -> None:
    assert refused(ask(rtype=Rtype.NXNAME)).ede == ()
    assert refused(ask(rtype=Rtype.NXNAME, edns=Edns())).ede == ((Ede.INVALID_QUERY_TYPE, ""),)


@pytest.mark.parametrize(
    ("size", "limit"),
    [(None, 512), (0, 512), (511, 512), (512, 512), (1000, 1000), (4096, 1232), (65535, 1232)],
)
def test_rfc6891_section_6_2_3_sizes(size: int | None, limit: int) -> None:
    request = read(ask(edns=None if size is None else Edns(udp_size=size)))
    assert isinstance(request, Request)
    assert request.limit == limit


def test_tcp_has_room_for_everything() -> None:
    request = read(ask(), tcp=True)
    assert isinstance(request, Request)
    assert request.limit == 65535


@given(st.binary(max_size=80), st.booleans())
def test_nothing_raises(noise: bytes, behind_a_question: bool) -> None:
    read(ask() + noise if behind_a_question else noise)
