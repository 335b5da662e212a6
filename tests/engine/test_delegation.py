# SPDX-License-Identifier: ISC
"""Cuts and leases: what a parent grants, and whom we never ask."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.budget import Work
from resolver.engine.classify import Referral
from resolver.engine.delegation import (
    AddressFilter,
    Cut,
    CutKind,
    address_of,
    cut_of,
    granted,
    root_cut,
    unique_addresses,
)
from resolver.engine.limits import Limits, UpstreamSettings
from resolver.engine.ports import Server
from resolver.policy import Policy
from resolver.wire import from_text
from tests.engine.scripted import rr, rrs


def parent(lease_until: float = float("inf")) -> Cut:
    return Cut(from_text("shop0."), CutKind.REFERRAL, (), (), lease_until)


def a_referral(servers: int = 2, ttl: int = 3600) -> Referral:
    return Referral(
        from_text("leaf.shop0."),
        rrs(*[f"leaf.shop0. {ttl} NS ns{index}.leaf.shop0." for index in range(servers)]),
        rrs(*[f"ns{index}.leaf.shop0. {ttl} A 192.0.2.{index}" for index in range(servers)]),
    )


@given(ttl=st.integers(0, 2**31 - 1), lease=st.floats(0, 1e6), now=st.floats(0, 1e6))
def test_no_lease_outlives_what_is_left_of_its_parents(ttl: int, lease: float, now: float) -> None:
    """Ghost domains (Jiang 2012) and Phoenix (NDSS 2023): a child cannot stretch what its parent was granted."""
    delegation = granted(
        a_referral(ttl=ttl), parent(now + lease), now, Policy(), Work(Limits(), 8.0), range(2)
    )
    assert delegation.lifetime.fresh_until <= now + lease
    assert delegation.lifetime.stale_until == delegation.lifetime.fresh_until
    assert delegation.lifetime.kept_ttl <= 86400 + 1e-6


def test_nrdelegation_names_and_addresses_are_capped() -> None:
    """CVE-2022-3204: a referral to 1500 name servers."""
    delegation = granted(a_referral(200), parent(), 0.0, Policy(), Work(Limits(), 8.0), range(200))
    assert len(delegation.names) == 13
    assert len(delegation.addresses) == 13


def test_cve_2026_3592_the_same_address_counts_once() -> None:
    glue = [rr(f"ns{index}.leaf.shop0. 60 A 192.0.2.1") for index in range(10)]
    assert unique_addresses(glue) == [(from_text("ns0.leaf.shop0."), "192.0.2.1")]


def test_addresses_of_wrong_length_are_none() -> None:
    assert address_of(rr("ns.shop0. 60 A 192.0.2.1")._replace(rdata=b"\x01\x02")) is None
    assert address_of(rr("ns.shop0. 60 AAAA 2001:db8::1")) == "2001:db8::1"


def test_a17_unsafe_addresses_are_never_asked() -> None:
    allowed = AddressFilter(UpstreamSettings())
    unsafe = [
        "0.0.0.0",
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "169.254.1.1",
    ]
    unsafe += ["::", "::1", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1"]
    assert [a for a in unsafe if allowed.allows(Server(a), trusted=False)] == []
    assert allowed.allows(Server("192.0.2.1"), trusted=False)
    assert allowed.allows(Server("127.0.0.1"), trusted=True)


def test_we_never_ask_ourselves_even_when_trusted() -> None:
    allowed = AddressFilter(UpstreamSettings(), [Server("192.0.2.53", 5300), Server("0.0.0.0", 53)])
    assert not allowed.allows(Server("192.0.2.53", 5300), trusted=True)
    assert allowed.allows(Server("192.0.2.53", 5301), trusted=True)
    assert not allowed.allows(Server("127.0.0.1", 53), trusted=True)


def test_families_can_be_switched_off() -> None:
    four_only = AddressFilter(UpstreamSettings(ipv6=False))
    assert not four_only.allows(Server("2001:db8::1"), trusted=True)
    assert four_only.allows(Server("192.0.2.1"), trusted=True)


def test_nobody_grants_the_root_its_lease() -> None:
    root = granted(
        Referral(from_text("."), rrs(". 100 NS a.root."), rrs("a.root. 100 A 192.0.2.1")),
        root_cut([], 53),
        0.0,
        Policy(),
        Work(Limits(), 8.0),
        range(1),
    )
    assert cut_of(root, 53).lease_until == float("inf")


def test_hints_become_a_cut() -> None:
    cut = root_cut([(from_text("A.root."), "192.0.2.1"), (from_text("A.root."), "2001:db8::1")], 5353)
    assert cut.names == (from_text("A.root."),)
    assert [server for _, server in cut.addresses] == [Server("192.0.2.1", 5353), Server("2001:db8::1", 5353)]
