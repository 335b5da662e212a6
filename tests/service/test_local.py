# SPDX-License-Identifier: ISC
"""Names that never leave: RFC 6761, 6303, 7793, 6762, 7686, 8375, 9462 and the rest of the 25 (B10, F19)."""

from __future__ import annotations

import ipaddress

import pytest

from resolver.service.local import LocalZones
from resolver.service.respond import Answer
from resolver.wire import Rcode, Rtype, from_text
from tests.service.fakes import request

REVERSE = [
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "192.0.2.1",
    "fd00::1",
    "::1",
]
NOTHING = [
    "x.test",
    "x.invalid",
    "x.onion",
    "x.local",
    "x.home.arpa",
    "x.internal",
    "x.alt",
    "x.example",
    "x.service.arpa",
    "x.6tisch.arpa",
    "x.eap-noob.arpa",
]


def ask(name: str, rtype: int = Rtype.A, zones: LocalZones | None = None) -> Answer | None:
    return (zones or LocalZones()).answer(request(name, rtype))


def told(name: str, rtype: int = Rtype.A) -> Answer:
    answer = ask(name, rtype)
    assert answer is not None
    return answer


@pytest.mark.parametrize("name", ["localhost", "LocalHost", "foo.localhost", "a.b.localhost"])
def test_rfc6761_section_6_3_localhost_is_loopback(name: str) -> None:
    assert [record.rdata for record in told(name).answer] == [bytes((127, 0, 0, 1))]
    assert [record.rdata for record in told(name, Rtype.AAAA).answer] == [bytes(15) + b"\x01"]
    assert told(name, Rtype.MX).rcode == Rcode.NOERROR
    assert told(name, Rtype.MX).answer == ()


@pytest.mark.parametrize("address", REVERSE)
def test_rfc6303_reverse_names_of_private_space(address: str) -> None:
    answer = told(ipaddress.ip_address(address).reverse_pointer, Rtype.PTR)
    if ipaddress.ip_address(address).is_loopback:
        assert [record.rdata for record in answer.answer] == [from_text("localhost")]
    else:
        assert answer.rcode == Rcode.NXDOMAIN


@pytest.mark.parametrize("name", NOTHING)
def test_names_below_special_zones_do_not_exist(name: str) -> None:
    answer = told(name)
    assert answer.rcode == Rcode.NXDOMAIN
    assert [record.rtype for record in answer.authority] == [Rtype.SOA]
    assert answer.authoritative


@pytest.mark.parametrize(("name", "rtype"), [("_dns.resolver.arpa", Rtype.SVCB), ("resolver.arpa", Rtype.A)])
def test_rfc9462_section_6_4_resolver_arpa_is_nodata(name: str, rtype: int) -> None:
    answer = told(name, rtype)
    assert (answer.rcode, answer.answer) == (Rcode.NOERROR, ())
    assert [record.owner for record in answer.authority] == [from_text("resolver.arpa")]


def test_rfc6303_section_3_the_apex_has_soa_and_ns() -> None:
    assert [record.rtype for record in told("10.in-addr.arpa", Rtype.SOA).answer] == [Rtype.SOA]
    assert [record.rtype for record in told("10.in-addr.arpa", Rtype.NS).answer] == [Rtype.NS]
    assert told("10.in-addr.arpa", Rtype.A).rcode == Rcode.NOERROR


def test_rfc8020_names_above_a_pointer_exist() -> None:
    assert told("0.0.127.in-addr.arpa", Rtype.PTR).rcode == Rcode.NOERROR
    assert told("2.0.0.127.in-addr.arpa", Rtype.PTR).rcode == Rcode.NXDOMAIN


def test_rfc8375_section_4_the_ds_of_home_arpa_is_the_parents() -> None:
    assert ask("home.arpa", Rtype.DS) is None
    assert told("x.home.arpa", Rtype.DS).rcode == Rcode.NXDOMAIN


@pytest.mark.parametrize(
    "name",
    [
        "example.com",
        "www.test.com",
        "com",
        ".",
        "1.1.1.1.in-addr.arpa",
        "1.0.15.172.in-addr.arpa",
        "notlocal",
        "xlocalhost",
    ],
)
def test_everything_else_is_resolved(name: str) -> None:
    assert ask(name) is None


def test_rfc6303_the_switch_turns_it_off() -> None:
    assert all(ask(name, zones=LocalZones(enabled=False)) is None for name in (*NOTHING, "localhost"))


def test_a_configured_zone_beats_it_for_its_own_names_alone() -> None:
    zones = LocalZones([from_text("Corp.Internal"), from_text("10.in-addr.arpa")])
    assert ask("www.corp.internal", zones=zones) is None
    assert ask("1.0.0.10.in-addr.arpa", Rtype.PTR, zones) is None
    assert ask("www.other.internal", zones=zones) is not None


def test_forwarding_everything_does_not_leak_them() -> None:
    assert ask("x.onion", zones=LocalZones([b"\x00"])) is not None
