# SPDX-License-Identifier: ISC
"""What fits an entry, element by element of MATCH."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from resolver.engine.ports import Transport
from resolver.lab.rpl_match import differences, fits
from resolver.lab.rpl_values import Entry, Packet
from resolver.wire import Edns, Message, Question, Record, Rtype, ede_option, from_text
from resolver.wire.codes import AA, QR, RD

NAME = from_text("www.example.")
QUESTION = Question(NAME, Rtype.A)
ADDRESS = Record(NAME, Rtype.A, 1, 300, b"\xc0\x00\x02\x01")
ALIAS = Record(NAME, Rtype.CNAME, 1, 300, from_text("Other.example."))
MESSAGE = Message(7, QR | RD, 0, QUESTION, (ADDRESS,), edns=Edns(do=True, options=((10, b"12345678"),)))


def entry(
    *match: str, ede: int | None = None, question: Question | None = QUESTION, **packet: object
) -> Entry:
    fields: dict[str, Any] = {"flags": QR | RD, "question": question, "sections": {"ANSWER": (ADDRESS,)}}
    made = replace(Packet(), **(fields | packet))
    return Entry(1, frozenset(match), frozenset(), (made,), ede)


def test_the_same_message_has_no_differences() -> None:
    assert differences(entry("all", "ttl", "opcode", "qcase", "edns", "DO", "cookie"), MESSAGE) == []


@pytest.mark.parametrize(
    ("element", "change"),
    [
        ("opcode", {"flags": QR | RD | 5 << 11}),
        ("flags", {"flags": QR | RD | AA}),
        ("rcode", {"rcode": 3}),
        ("qtype", {"question": Question(NAME, Rtype.AAAA)}),
        ("qname", {"question": Question(from_text("w.example."), Rtype.A)}),
        ("qcase", {"question": Question(from_text("WWW.example."), Rtype.A)}),
        ("subdomain", {"question": Question(from_text("example."), Rtype.A)}),
        ("question", {"question": Question(NAME, Rtype.A, 3)}),
        ("question", {"question": None}),
        ("answer", {"answer": ()}),
        ("answer", {"answer": (ADDRESS, ADDRESS)}),
        ("authority", {"authority": (ADDRESS,)}),
        ("additional", {"additional": (ADDRESS,)}),
        ("edns", {"edns": None}),
        ("edns", {"edns": Edns(udp_size=512)}),
        ("DO", {"edns": Edns()}),
        ("cookie", {"edns": Edns()}),
        ("server_cookie", {}),
        ("noedns", {}),
    ],
)
def test_each_element_sees_its_own_difference(element: str, change: dict[str, Any]) -> None:
    changed = replace(MESSAGE, **change)
    assert len(differences(entry(element), changed)) == 1
    assert not fits(entry(element), changed, Transport.UDP)


def test_names_fold_in_owners_and_rdata_but_numbers_do_not() -> None:
    folded = replace(
        MESSAGE, answer=(ALIAS._replace(owner=from_text("WWW.EXAMPLE."), rdata=from_text("oTHER.example.")),)
    )
    assert differences(entry("answer", sections={"ANSWER": (ALIAS,)}), folded) == []
    soa = Record(NAME, Rtype.SOA, 1, 300, NAME + NAME + b"\0\0\0X" * 5)
    lower = soa._replace(rdata=NAME + NAME + b"\0\0\0x" * 5)
    assert differences(entry("answer", sections={"ANSWER": (soa,)}), replace(MESSAGE, answer=(lower,)))


def test_ttls_count_when_asked_for() -> None:
    older = replace(MESSAGE, answer=(ADDRESS._replace(ttl=299),))
    assert differences(entry("all"), older) == []
    assert len(differences(entry("all", "ttl"), older)) == 2


def test_order_does_not_count() -> None:
    second = ADDRESS._replace(rdata=b"\xc0\x00\x02\x02")
    wanted = entry("answer", sections={"ANSWER": (ADDRESS, second)})
    assert differences(wanted, replace(MESSAGE, answer=(second, ADDRESS))) == []


def test_extended_errors() -> None:
    stale = replace(MESSAGE, edns=Edns(options=(ede_option(3), ede_option(22))))
    assert differences(entry("rcode", ede=22), stale) == []
    assert differences(entry("rcode", ede=-1), stale) == []
    assert differences(entry("rcode", ede=19), stale)
    assert differences(entry("rcode", ede=-1), MESSAGE)


def test_transport_and_the_default_of_a_query() -> None:
    assert fits(entry("qname", "UDP"), MESSAGE, Transport.UDP)
    assert not fits(entry("qname", "UDP"), MESSAGE, Transport.TCP)
    assert not fits(entry("qname", "TCP"), MESSAGE, Transport.UDP)
    assert fits(entry("TCP"), MESSAGE, Transport.TCP)
    assert not fits(entry(), replace(MESSAGE, question=Question(NAME, Rtype.MX)), Transport.UDP)


def test_subdomain_takes_the_name_itself_and_all_below() -> None:
    below = entry("subdomain", question=Question(from_text("example."), Rtype.A))
    assert fits(below, MESSAGE, Transport.UDP)
    assert not fits(
        below, replace(MESSAGE, question=Question(from_text("anexample."), Rtype.A)), Transport.UDP
    )
