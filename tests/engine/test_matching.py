# SPDX-License-Identifier: ISC
"""RFC 5452 section 9.1: only what matches the query in every respect is a reply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resolver.engine.matching import AUTHORITY_MOST, is_vouched, read_reply
from resolver.engine.ports import Query, Transport
from resolver.events import Mismatch
from resolver.wire import Edns, Message, Question, compose, compose_query, from_text
from resolver.wire.codes import AA, QR
from resolver.wire.edns import join_cookie
from tests.engine.scripted import rrs

SPELLED = from_text("wWw.LeAf.shop0.")
PLAIN = from_text("www.leaf.shop0.")
COOKIE = b"12345678"
ID = 4711


def query(**changes: object) -> Query:
    base = Query(
        zone=from_text("leaf.shop0."),
        name=SPELLED,
        rtype=1,
        transport=Transport.UDP,
        wire=compose_query(SPELLED, 1, edns=None),
        udp_size=1232,
        exact_case=True,
        spelling=PLAIN,
    )
    return base._replace(**changes)


def reply(**changes: object) -> Message:
    base = Message(
        id=ID,
        flags=QR | AA,
        question=Question(SPELLED, 1),
        answer=rrs("www.leaf.shop0. 60 A 192.0.2.9"),
    )
    return replace(base, **changes)


def judged(message: Message, **changes: object) -> Message | Mismatch:
    return read_reply(query(**changes), ID, compose(message))


def test_a_true_reply_is_read_in_the_spelling_from_before_0x20() -> None:
    """RFC 4343: random letters must not end up in the cache through compression pointers."""
    got = judged(reply())
    assert isinstance(got, Message)
    assert got.answer[0].owner == PLAIN
    assert got.question == Question(PLAIN, 1)


def test_a05_more_name_servers_than_any_zone_has_are_not_read() -> None:
    def over_tcp(count: int) -> Message | Mismatch:
        servers = rrs(*(f"shop0. 60 NS ns{n}.shop0." for n in range(count)))
        return judged(reply(answer=(), authority=servers), transport=Transport.TCP)

    assert isinstance(over_tcp(AUTHORITY_MOST), Message)
    assert over_tcp(AUTHORITY_MOST + 1) is Mismatch.TOO_LARGE


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": ID + 1}, Mismatch.WRONG_ID),
        ({"flags": AA}, Mismatch.NOT_A_RESPONSE),
        ({"flags": QR | 5 << 11}, Mismatch.NOT_A_RESPONSE),
        ({"question": Question(from_text("www.bank.shop0."), 1)}, Mismatch.WRONG_QUESTION),
        ({"question": Question(SPELLED, 28)}, Mismatch.WRONG_QUESTION),
        ({"question": Question(SPELLED, 1, 3)}, Mismatch.WRONG_QUESTION),
        ({"question": Question(PLAIN, 1)}, Mismatch.WRONG_CASE),
        ({"question": None, "answer": ()}, Mismatch.WRONG_QUESTION),
    ],
)
def test_tudor_what_does_not_match_is_no_reply(changes: dict[str, object], why: Mismatch) -> None:
    assert judged(reply(**changes)) is why


def test_letter_case_is_free_where_the_query_says_so() -> None:
    assert isinstance(judged(reply(question=Question(PLAIN, 1)), exact_case=False), Message)


@pytest.mark.parametrize("rcode", [1, 2, 4, 5])
def test_an_error_may_come_without_question(rcode: int) -> None:
    assert isinstance(judged(reply(question=None, answer=(), rcode=rcode)), Message)


@pytest.mark.parametrize(
    "datagram", [b"", b"\x12", ID.to_bytes(2, "big") + b"\x84\x00\x00\x01\x00\x01" + bytes(4) + b"\xc0\x0c"]
)
def test_garbage_is_malformed(datagram: bytes) -> None:
    assert read_reply(query(), ID, datagram) is Mismatch.MALFORMED


def test_f16_a_reply_larger_than_offered_is_dropped() -> None:
    assert judged(reply(), udp_size=20) is Mismatch.TOO_LARGE
    assert isinstance(judged(reply(), udp_size=20, transport=Transport.TCP), Message)


def with_cookie(cookie: bytes | None) -> Message:
    options = () if cookie is None else (join_cookie(cookie, b"serverck"),)
    return reply(edns=Edns(options=options))


def test_rfc7873_5_3_a_cookie_that_is_not_ours_is_forged() -> None:
    assert judged(with_cookie(b"87654321"), cookie=COOKIE) is Mismatch.WRONG_COOKIE
    assert isinstance(judged(with_cookie(COOKIE), cookie=COOKIE), Message)


def test_rfc7873_5_3_a_missing_cookie_is_forged_once_the_server_is_known_to_send_it() -> None:
    assert isinstance(judged(with_cookie(None), cookie=COOKIE), Message)
    assert judged(with_cookie(None), cookie=COOKIE, cookie_required=True) is Mismatch.WRONG_COOKIE
    assert isinstance(
        judged(with_cookie(None), cookie=COOKIE, cookie_required=True, transport=Transport.TCP), Message
    )


def test_cve_2025_40778_tcp_and_our_own_cookie_vouch_for_a_reply() -> None:
    assert is_vouched(query(cookie=COOKIE, exact_case=False), with_cookie(COOKIE))
    assert is_vouched(query(transport=Transport.TCP), reply())
    assert not is_vouched(query(cookie=COOKIE, exact_case=False), with_cookie(None))
    assert not is_vouched(query(exact_case=False), reply())


def test_a_cookie_in_a_reply_to_a_query_without_one_vouches_for_nothing() -> None:
    assert not is_vouched(query(exact_case=False), with_cookie(COOKIE))


@pytest.mark.parametrize(
    ("name", "enough"), [("wWw.LeAf.shop0.", False), ("wWw.1234567.LeAfOfA.shop0.", False)]
)
def test_the_letters_of_a_short_name_do_not_vouch(name: str, enough: bool) -> None:
    assert is_vouched(query(name=from_text(name)), reply()) is enough


def test_sixteen_letters_whose_case_came_back_vouch_unless_the_server_folds_case() -> None:
    long = from_text("wWw.LeAfOfATr.shop0.")
    assert is_vouched(query(name=long), reply())
    assert not is_vouched(query(name=long, exact_case=False), reply())
