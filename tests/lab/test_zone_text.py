# SPDX-License-Identifier: ISC
"""Presentation text to wire rdata, and what is refused."""

from __future__ import annotations

import pytest

from resolver.lab.zone_text import read_name, read_rdatas, read_zone
from resolver.lab.zones import ZoneError
from resolver.wire import ROOT, Rtype, from_text

ORIGIN = from_text("Shop0.")


def test_names_are_relative_to_the_origin_and_keep_their_spelling() -> None:
    (found,) = read_zone("WwW 60 MX 10 Mail\n", from_text("shop0."), 5)
    assert found.owner == from_text("WwW.shop0.")
    assert found.rdatas == (b"\x00\x0a" + from_text("Mail.shop0."),)
    assert (found.rtype, found.ttl) == (Rtype.MX, 60)


def test_a_record_without_ttl_has_the_default() -> None:
    assert [found.ttl for found in read_zone("a A 192.0.2.1\nb 7 A 192.0.2.1\n", ORIGIN, 99)] == [99, 7]


def test_rfc_2181_5_2_an_rrset_has_one_ttl_the_least() -> None:
    assert [found.ttl for found in read_zone("a 60 A 192.0.2.1\na 5 A 192.0.2.2\n", ORIGIN, 99)] == [5]


def test_generate_and_ttl_and_origin_work() -> None:
    found = read_zone("$TTL 11\n$ORIGIN in.shop0.\n$GENERATE 1-3 h$ A 198.18.0.$\n", ORIGIN, 99)
    assert [(r.owner, r.ttl, r.rdatas) for r in found][2] == (
        from_text("h3.in.shop0."),
        11,
        (b"\xc6\x12\x00\x03",),
    )


def test_rrsigs_are_one_set_for_each_type_covered() -> None:
    tail = "13 2 60 20400101000000 20200101000000 1 shop0. AAAA"
    found = read_zone(f"a RRSIG A {tail}\na RRSIG AAAA {tail}\n", ORIGIN, 99)
    assert [r.rdatas[0][:2] for r in found] == [b"\x00\x01", b"\x00\x1c"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a A 192.0.2\n", "<string>:2"),
        ("\na FROB x\n", "<string>:2"),
        ("a A 192.0.2.1\na CNAME b\n", "CNAME"),
        ("\n\nwww.other0. A 192.0.2.1\n", "outside the zone"),
        ("$INCLUDE /etc/hostname\n", "$INCLUDE"),
        ("a TXT " + "x" * 300 + "\n", "<string>:2"),
    ],
)
def test_bad_text_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ZoneError, match="zone Shop0") as caught:
        read_zone(text, ORIGIN, 99)
    assert why in str(caught.value)


def test_rdatas_of_one_type() -> None:
    assert read_rdatas("a", ("192.0.2.1", "192.0.2.2"), ROOT) == (
        1,
        (b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02"),
    )
    assert read_rdatas("CNAME", ("x",), from_text("shop0.")) == (5, (from_text("x.shop0."),))
    assert read_rdatas("TYPE65280", (r"\# 2 0a0b",), ROOT) == (65280, (b"\x0a\x0b",))


@pytest.mark.parametrize(("rtype", "rdata"), [("A", "x"), ("FROB", "x"), ("ANY", "x"), ("OPT", "")])
def test_what_is_no_record_is_refused(rtype: str, rdata: str) -> None:
    with pytest.raises(ZoneError):
        read_rdatas(rtype, (rdata,), ROOT)


def test_a_name_becomes_a_key() -> None:
    assert read_name("WWW.Shop0") == from_text("www.shop0.")
    with pytest.raises(ZoneError, match="no name"):
        read_name("a..b")
