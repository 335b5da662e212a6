# SPDX-License-Identifier: ISC
"""What is derived between the zones of a world: SOA, NS, delegations, glue; and changes to one of them."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.lab.assembly import Assembly, assemble, replace_rrset
from resolver.lab.world_file import WorldFileError, read
from resolver.lab.zones import Zone, ZoneError
from resolver.wire import RRset, Rtype, from_text
from resolver.wire.records import first_name, soa_fields

SERVERS = [
    {"name": "a.root.net0.", "addresses": ["192.0.2.1", "2001:db8::1"]},
    {"name": "ns.net0.", "addresses": ["192.0.2.2"]},
    {"name": "ns.oak.shop0.", "addresses": ["192.0.2.3"]},
    {"name": "ns.elm.shop0.", "addresses": ["192.0.2.4"]},
]


def world(*zones: dict[str, Any], servers: list[dict[str, Any]] = SERVERS) -> Assembly:
    base = [
        {"name": ".", "servers": ["a.root.net0."]},
        {"name": "net0.", "servers": ["ns.net0."]},
        {"name": "shop0.", "servers": ["ns.net0."]},
    ]
    return assemble(read({"server": servers, "zone": [*base, *zones]}))


def at(built: Assembly, origin: str, name: str, rtype: Rtype) -> RRset | None:
    return built.zones[from_text(origin)].find(from_text(name), rtype)


def test_soa_and_ns_are_derived() -> None:
    built = world(
        {"name": "oak.shop0.", "servers": ["ns.oak.shop0."], "lame": ["ns.net0."], "negative_ttl": 60}
    )
    ns = at(built, "oak.shop0.", "oak.shop0.", Rtype.NS)
    assert ns is not None
    assert [first_name(rdata) for rdata in ns.rdatas] == [from_text("ns.oak.shop0."), from_text("ns.net0.")]
    soa = built.zones[from_text("oak.shop0.")].soa
    assert soa.ttl == soa_fields(soa.rdatas[0]).minimum == 60
    assert built.serving[from_text("ns.net0.")] == (from_text("net0."), from_text("shop0."))


def test_the_parent_delegates_with_glue_below_the_cut() -> None:
    built = world({"name": "oak.shop0.", "servers": ["ns.oak.shop0."]})
    assert at(built, "shop0.", "oak.shop0.", Rtype.NS)
    assert at(built, "shop0.", "ns.oak.shop0.", Rtype.A)
    assert at(built, "oak.shop0.", "ns.oak.shop0.", Rtype.A)


def test_rfc_9609_the_root_has_the_addresses_of_its_own_servers() -> None:
    assert at(world(), ".", "a.root.net0.", Rtype.AAAA)


@pytest.mark.parametrize(("glue", "sibling"), [("all", True), ("required", False), ("none", False)])
def test_sibling_glue_is_a_choice(glue: str, sibling: bool) -> None:
    built = world(
        {"name": "oak.shop0.", "servers": ["ns.oak.shop0."], "glue": "none"},
        {"name": "elm.shop0.", "servers": ["ns.oak.shop0."], "glue": glue},
    )
    assert bool(at(built, "shop0.", "ns.oak.shop0.", Rtype.A)) is sibling


def test_no_glue_for_servers_elsewhere() -> None:
    built = world({"name": "oak.shop0.", "servers": ["ns.net0."]})
    assert from_text("ns.net0.") not in built.zones[from_text("shop0.")].nodes


def test_what_a_text_states_stands() -> None:
    built = world(
        {"name": "oak.shop0.", "servers": ["ns.oak.shop0."], "text": "@ 5 NS other\nns 6 A 198.18.0.1\n"},
    )
    ns = at(built, "oak.shop0.", "oak.shop0.", Rtype.NS)
    address = at(built, "oak.shop0.", "ns.oak.shop0.", Rtype.A)
    assert ns is not None
    assert address is not None
    assert (ns.ttl, len(ns.rdatas), address.ttl) == (5, 1, 6)
    parent = at(built, "shop0.", "oak.shop0.", Rtype.NS)
    assert parent is not None
    assert first_name(parent.rdatas[0]) == from_text("ns.oak.shop0.")


def test_a_zone_may_stay_undelegated() -> None:
    built = world({"name": "oak.shop0.", "servers": ["ns.oak.shop0."], "delegated": False})
    assert at(built, "shop0.", "oak.shop0.", Rtype.NS) is None


def test_a_signed_parent_has_the_ds_of_a_signed_child() -> None:
    built = world(
        {"name": "up.net0.", "servers": ["ns.net0."], "signed": True},
        {"name": "in.up.net0.", "servers": ["ns.net0."], "signed": True},
        {"name": "on.net0.", "servers": ["ns.net0."], "signed": True},
    )
    assert at(built, "up.net0.", "in.up.net0.", Rtype.DS)
    assert at(built, "net0.", "on.net0.", Rtype.DS) is None


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        ({"name": "oak.shop0.", "servers": ["ns.none0."]}, "zone oak.shop0.: no server is called ns.none0."),
        ({"name": "oak.shop0.", "servers": []}, "has no servers"),
        ({"name": "NET0.", "servers": ["ns.net0."]}, "there twice"),
        ({"name": "a..b", "servers": ["ns.net0."]}, "is no name"),
        ({"name": "oak.shop0.", "servers": ["ns.net0."], "text": "x FROB y"}, "zone oak.shop0.: <string>:1"),
    ],
)
def test_a_bad_zone_is_named(zone: dict[str, Any], why: str) -> None:
    with pytest.raises(WorldFileError, match=why):
        world(zone)


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ({"name": "b.", "addresses": ["192.0.2"]}, "server b.: '192.0.2'"),
        ({"name": "b.", "addresses": ["2001:DB8::1"]}, "another server's address"),
        ({"name": "NS.net0.", "addresses": ["192.0.2.9"]}, "there twice"),
    ],
)
def test_a_bad_server_is_named(server: dict[str, Any], why: str) -> None:
    with pytest.raises(WorldFileError, match=why):
        world(servers=[*SERVERS, server])


class TestReplace:
    """A change makes a new zone; the old one stays as it was."""

    @pytest.fixture
    def oak(self) -> Zone:
        entry = {"name": "oak.shop0.", "servers": ["ns.net0."], "signed": True, "text": "www 60 A 198.18.0.1"}
        return world(entry).zones[from_text("oak.shop0.")]

    NAME = from_text("www.oak.shop0.")

    def test_the_set_is_replaced_and_the_serial_goes_up(self, oak: Zone) -> None:
        new = replace_rrset(oak, RRset(self.NAME, 1, 1, 5, (b"\xc6\x12\x00\x02",)), signed=True)
        assert new.nodes[self.NAME].sets[1].rdatas == (b"\xc6\x12\x00\x02",)
        assert (oak.serial, new.serial) == (1, 2)
        assert oak.nodes[self.NAME].sets[1].rdatas == (b"\xc6\x12\x00\x01",)

    def test_signatures_are_made_anew_or_go(self, oak: Zone) -> None:
        change = RRset(self.NAME, 1, 1, 5, (b"\xc6\x12\x00\x02",))
        signed = replace_rrset(oak, change, signed=True)
        assert signed.nodes[self.NAME].signatures[1] != oak.nodes[self.NAME].signatures[1]
        assert 1 not in replace_rrset(oak, change, signed=False).nodes[self.NAME].signatures

    def test_an_empty_set_removes(self, oak: Zone) -> None:
        assert self.NAME not in replace_rrset(oak, RRset(self.NAME, 1, 1, 0, ()), signed=True).nodes

    def test_a_conflict_is_refused(self, oak: Zone) -> None:
        with pytest.raises(ZoneError, match="CNAME"):
            replace_rrset(oak, RRset(self.NAME, 5, 1, 60, (self.NAME,)), signed=True)
