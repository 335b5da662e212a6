# SPDX-License-Identifier: ISC
"""The zones that the authorities are given: readable, and every referral has its glue."""

from __future__ import annotations

import dns.zone

from benchmarks.peers import internet


def test_the_root_refers_to_every_tld_with_glue() -> None:
    zone = dns.zone.from_text(internet.root_zone(), ".", relativize=False)
    for tld in range(internet.TLDS):
        assert zone.get_rdataset(f"ns.t{tld}.", "A")[0].address == internet.TLDS_AT
        assert str(zone.get_rdataset(f"t{tld}.", "NS")[0].target) == f"ns.t{tld}."


def test_the_tlds_refer_to_every_leaf_once_at_the_address_that_serves_it() -> None:
    leaves, found = 70, 0
    for tld in range(internet.TLDS):
        zone = dns.zone.from_text(internet.tld_zone(tld, leaves), f"t{tld}.", relativize=False)
        for number in range(leaves):
            if glue := zone.get_rdataset(f"ns.{internet.zone_of(number)}.", "A"):
                assert glue[0].address == internet.address_of(number)
                found += 1
    assert found == leaves


def test_wildcard_and_empty_zone_are_delegated() -> None:
    zone = dns.zone.from_text(internet.tld_zone(0, 0), "t0.", relativize=False)
    assert zone.get_rdataset(f"{internet.WILDCARD}.", "NS")
    zone = dns.zone.from_text(internet.tld_zone(1, 0), "t1.", relativize=False)
    assert zone.get_rdataset(f"{internet.EMPTY}.", "NS")


def test_one_leaf_file_serves_any_origin() -> None:
    text = internet.leaf_zone("127.77.1.3")
    for origin in ("z1.t1.", "z2.t2."):
        zone = dns.zone.from_text(text, origin, relativize=False)
        assert zone.get_rdataset(f"*.{origin}", "A")
        assert zone.get_rdataset(f"ns.{origin}", "A")[0].address == "127.77.1.3"
    assert "*" not in internet.leaf_zone("127.77.1.3", wildcard=False)


def test_the_hints_name_the_server_that_the_root_zone_names() -> None:
    zone = dns.zone.from_text(internet.root_zone(), ".", relativize=False)
    assert str(zone.get_rdataset(".", "NS")[0].target) == "a.root."
    assert f"a.root. 86400 IN A {internet.ROOT_AT}" in internet.hints()
