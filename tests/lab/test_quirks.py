# SPDX-License-Identifier: ISC
"""Each way in which a server may differ from a proper one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.quirks import COOKIE_AGE_S, Profile, answer_as
from resolver.lab.world_file import Behaviour, Cookies
from resolver.wire import Edns, Message, OptionCode, Rcode, Rtype, compose_query, from_text, parse
from resolver.wire.edns import join_cookie
from tests.lab.asking import request, serving, zone

ZONES = serving(
    zone("shop0.", "@ NS ns\nwww A 192.0.2.1\na.b A 192.0.2.2\nbig TXT " + '"%s" ' % ("x" * 250) * 4 + "\n")
)
CLIENT = b"12345678"


def tell(
    *behaviours: Behaviour, name: str = "www.shop0.", udp: bool = True, edns: bool = True
) -> Message | None:
    got = answer_as(Profile(frozenset(behaviours)), ZONES, request(name, edns=edns), udp=udp, now=0)
    return parse(got) if got is not None else None


def told(*behaviours: Behaviour, name: str = "www.shop0.", udp: bool = True, edns: bool = True) -> Message:
    got = tell(*behaviours, name=name, udp=udp, edns=edns)
    assert got is not None
    assert got.id == 4711
    return got


def test_none_at_all_is_proper() -> None:
    got = told()
    assert got.aa
    assert got.answer


@pytest.mark.parametrize(
    ("behaviour", "rcode"),
    [
        (Behaviour.REFUSES, Rcode.REFUSED),
        (Behaviour.SERVFAIL, Rcode.SERVFAIL),
        (Behaviour.NOTIMP, Rcode.NOTIMP),
        (Behaviour.EMPTY, Rcode.NOERROR),
    ],
)
def test_nothing_but_a_code(behaviour: Behaviour, rcode: Rcode) -> None:
    got = told(behaviour)
    assert (got.rcode, got.aa, got.answer, got.authority) == (rcode, False, (), ())
    assert got.edns is not None


def test_an_upward_referral_names_the_root() -> None:
    got = told(Behaviour.UPWARD)
    assert not got.aa
    assert {(record.owner, record.rtype) for record in got.authority} == {(b"\x00", int(Rtype.NS))}


def test_truncation_over_udp_alone() -> None:
    assert told(Behaviour.TRUNCATES).tc
    assert not told(Behaviour.TRUNCATES).answer
    assert told(Behaviour.TRUNCATES, udp=False).answer


def test_rfc_6891_7_formerr_without_opt_to_a_query_with_opt() -> None:
    got = told(Behaviour.NO_EDNS)
    assert got.rcode == Rcode.FORMERR
    assert got.edns is None
    assert told(Behaviour.NO_EDNS, edns=False).answer


def test_silence_to_a_query_with_opt() -> None:
    assert tell(Behaviour.DROPS_EDNS) is None
    assert told(Behaviour.DROPS_EDNS, edns=False).answer


def test_the_question_comes_back_in_lower_case() -> None:
    got = told(Behaviour.LOWERCASE, name="WwW.Shop0.")
    assert got.question is not None
    assert got.question.name == from_text("www.shop0.")
    assert got.answer


def test_no_aa() -> None:
    got = told(Behaviour.NO_AA)
    assert got.answer
    assert not got.aa


def test_nxdomain_at_an_empty_non_terminal() -> None:
    assert told(Behaviour.NO_NONTERMINALS, name="b.shop0.").rcode == Rcode.NXDOMAIN
    assert told(Behaviour.NO_NONTERMINALS, name="a.b.shop0.").answer


def test_its_own_size_bounds_the_answer() -> None:
    wire = request("big.shop0.", "TXT")
    small, large = (answer_as(Profile(udp_size=size), ZONES, wire, udp=True, now=0) for size in (512, 1232))
    assert small is not None
    assert large is not None
    assert parse(small).tc
    assert not parse(large).tc


def test_what_is_no_request_gets_nothing_or_formerr() -> None:
    assert answer_as(Profile(), ZONES, b"short", udp=True, now=0) is None
    got = answer_as(Profile(), ZONES, bytes(12) + b"\xff", udp=True, now=0)
    assert got is not None
    assert parse(got).rcode == Rcode.FORMERR


@given(
    st.binary(max_size=40),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4),
    st.sets(st.sampled_from(Behaviour)),
    st.sampled_from(Cookies),
    st.booleans(),
)
def test_nothing_raises_whatever_comes(
    option: bytes, flips: list[tuple[int, int]], having: set[Behaviour], cookies: Cookies, udp: bool
) -> None:
    """A request with a few octets changed, to a server with any mixture of quirks."""
    edns = Edns(options=((int(OptionCode.COOKIE), option),))
    wire = bytearray(compose_query(from_text("x.a.b.shop0."), 1, edns=edns))
    for place, octet in flips:
        wire[place % len(wire)] = octet
    got = answer_as(Profile(frozenset(having), cookies), ZONES, bytes(wire), udp=udp, now=0)
    assert got is None or parse(got).qr


class TestCookies:
    """RFC 7873 section 5.2, RFC 9018 section 4."""

    def talk(
        self,
        cookies: Cookies,
        cookie: bytes | None,
        now: float = 1000,
        secret: bytes = b"s",
        udp: bool = True,
    ) -> Message:
        options = () if cookie is None else ((int(OptionCode.COOKIE), cookie),)
        wire = compose_query(from_text("www.shop0."), 1, edns=Edns(options=options))
        got = answer_as(Profile(cookies=cookies, secret=secret), ZONES, wire, udp=udp, now=now)
        assert got is not None
        return parse(got)

    def cookie(self, message: Message) -> bytes | None:
        return message.edns.option(OptionCode.COOKIE) if message.edns else None

    def test_off_it_is_ignored(self) -> None:
        assert self.cookie(self.talk(Cookies.OFF, CLIENT)) is None

    def test_5_2_3_a_client_cookie_gets_a_server_cookie(self) -> None:
        got = self.talk(Cookies.ON, CLIENT)
        cookie = self.cookie(got)
        assert got.answer
        assert cookie is not None
        assert len(cookie) == 24
        assert cookie.startswith(CLIENT + b"\x01\x00\x00\x00" + (1000).to_bytes(4, "big"))

    def test_without_one_the_server_says_nothing_of_cookies(self) -> None:
        assert self.cookie(self.talk(Cookies.ON, None)) is None

    def test_5_2_2_a_length_that_cannot_be_is_formerr(self) -> None:
        assert self.talk(Cookies.ON, b"123").rcode == Rcode.FORMERR

    def test_5_2_3_who_insists_says_badcookie_and_gives_one_that_is_good(self) -> None:
        got = self.talk(Cookies.REQUIRED, CLIENT)
        assert got.rcode == Rcode.BADCOOKIE
        assert not got.answer
        again = self.talk(Cookies.REQUIRED, self.cookie(got))
        assert again.rcode == Rcode.NOERROR
        assert again.answer

    def test_without_a_cookie_who_insists_sends_to_tcp(self) -> None:
        assert self.talk(Cookies.REQUIRED, None).tc
        assert self.talk(Cookies.REQUIRED, None, udp=False).answer

    def test_over_tcp_nobody_insists(self) -> None:
        assert self.talk(Cookies.REQUIRED, CLIENT, udp=False).answer

    @pytest.mark.parametrize("change", ["secret", "age", "client", "early"])
    def test_9018_4_3_a_cookie_is_good_for_its_client_server_and_hour(self, change: str) -> None:
        made = self.cookie(self.talk(Cookies.REQUIRED, CLIENT))
        assert made is not None
        cookie = b"87654321" + made[8:] if change == "client" else made
        now = {"age": 1001 + COOKIE_AGE_S, "early": 600}.get(change, 1000)
        got = self.talk(Cookies.REQUIRED, cookie, now=now, secret=b"t" if change == "secret" else b"s")
        assert got.rcode == Rcode.BADCOOKIE

    def test_the_option_is_joined_as_rfc_7873_4_says(self) -> None:
        made = self.cookie(self.talk(Cookies.ON, CLIENT))
        assert made is not None
        assert join_cookie(CLIENT, made[8:]) == (OptionCode.COOKIE, made)
