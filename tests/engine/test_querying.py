# SPDX-License-Identifier: ISC
"""One query for one server: 0x20, EDNS, cookies (RFC 7873), and what is left out for servers that break."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from resolver.cache.servers import ServerState
from resolver.engine.limits import UpstreamSettings
from resolver.engine.ports import Query, Server, Transport
from resolver.engine.querying import Wanted, client_cookie, query_for, randomise_case
from resolver.wire import OptionCode, from_text, parse

NAME = from_text("www.leaf-of-many-letters.shop0.")
SECRET = bytes(range(32))
SERVER = Server("192.0.2.1")


def made(
    state: ServerState | None = None,
    *,
    plain: bool = False,
    tick: float = 0.0,
    transport: Transport = Transport.UDP,
    upstream: UpstreamSettings | None = None,
    wanted: Wanted | None = None,
) -> Query:
    return query_for(
        wanted or Wanted(from_text("shop0."), NAME, 1),
        SERVER,
        state or ServerState(),
        upstream or UpstreamSettings(),
        transport=transport,
        plain=plain,
        tick=tick,
        secret=SECRET,
        draw=random.Random(1).randrange,
    )


def test_the_defaults_are_mixed_case_edns_1232_do_and_a_cookie() -> None:
    query = made()
    message = parse(query.wire)
    assert message.question is not None
    assert message.question.name != NAME
    assert message.question.name.lower() == NAME
    assert message.edns is not None
    assert (message.edns.udp_size, message.edns.do) == (1232, True)
    assert message.edns.option(OptionCode.COOKIE) == client_cookie(SECRET, SERVER)
    assert query.exact_case
    assert query.spelling == NAME
    assert not message.rd


def test_plain_has_no_edns_and_takes_512_octets() -> None:
    query = made(plain=True)
    assert parse(query.wire).edns is None
    assert query.udp_size == 512
    assert query.cookie is None


def test_a_server_that_folds_case_is_not_held_to_it_for_a_while() -> None:
    state = ServerState(keeps_case=False, case_until=900.0)
    assert made(state).name == NAME
    assert not made(state).exact_case
    assert made(state, tick=901.0).exact_case


def test_switches() -> None:
    query = made(upstream=UpstreamSettings(case_randomisation=False, cookies=False, dnssec_ok=False))
    message = parse(query.wire)
    assert query.name == NAME
    assert message.edns is not None
    assert not message.edns.do
    assert message.edns.options == ()


def test_rfc7873_a_known_server_cookie_is_sent_back_and_then_required() -> None:
    query = made(ServerState(cookie=b"serverck"))
    message = parse(query.wire)
    assert message.edns is not None
    assert message.edns.option(OptionCode.COOKIE) == client_cookie(SECRET, SERVER) + b"serverck"
    assert query.cookie_required


def test_f14_each_server_gets_a_cookie_of_its_own() -> None:
    cookies = {client_cookie(SECRET, Server(f"192.0.2.{index}")) for index in range(100)}
    assert len(cookies) == 100
    assert client_cookie(SECRET, SERVER) != client_cookie(bytes(32), SERVER)


def test_a_forwarder_is_asked_for_recursion() -> None:
    message = parse(made(wanted=Wanted(b"\x00", NAME, 1, recursion=True, checking_disabled=True)).wire)
    assert message.rd
    assert message.cd


@given(st.binary(min_size=1, max_size=63), st.integers(min_value=0))
def test_randomising_case_changes_nothing_but_case(label: bytes, seed: int) -> None:
    name = bytes([len(label)]) + label + b"\x00"
    assert randomise_case(name, random.Random(seed).randrange).lower() == name.lower()
