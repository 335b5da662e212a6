# SPDX-License-Identifier: ISC
"""Configured zones: forward and stub, found by the longest match."""

from __future__ import annotations

import pytest

from resolver.engine.delegation import CutKind
from resolver.engine.limits import StaticZone
from resolver.engine.ports import Server
from resolver.engine.zones import ConfiguredZones
from resolver.wire import from_text

ZONES = ConfiguredZones(
    [
        StaticZone(name="corp0.", forward=("192.0.2.10", "2001:db8::10#5353")),
        StaticZone(name="lab.corp0.", stub=("192.0.2.11",), cache=False),
    ]
)


def test_the_deepest_zone_wins() -> None:
    lab = ZONES.match(from_text("www.lab.corp0."))
    assert lab is not None
    assert (lab.kind, lab.keep) == (CutKind.STUB, False)
    corp = ZONES.match(from_text("www.corp0."))
    assert corp is not None
    assert corp.kind is CutKind.FORWARD
    assert ZONES.match(from_text("notcorp0.")) is None


def test_servers_have_ports() -> None:
    assert Server("2001:db8::10", 5353) in ZONES.servers()
    assert Server("192.0.2.10", 53) in ZONES.servers()


def test_a_server_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="not an IPv4 or IPv6 address"):
        ConfiguredZones([StaticZone(name="corp0.", forward=("ns.shop0.",))])
