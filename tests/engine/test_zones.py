# SPDX-License-Identifier: ISC
"""Configured zones: forward and stub, found by the longest match."""

from __future__ import annotations

import pytest

from resolver.engine.delegation import CutKind
from resolver.engine.limits import StaticZone
from resolver.engine.ports import Server
from resolver.engine.zones import ConfiguredZones, parse_server
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
    assert parse_server("192.0.2.1") == Server("192.0.2.1", 53)


@pytest.mark.parametrize(
    "text", ["", "ns.shop0.", "192.0.2.1#0", "192.0.2.1#99999", "192.0.2.1#x", "192.0.2.300"]
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_server(text)
