# SPDX-License-Identifier: ISC
"""The blocks `[server]` and `[server.tcp]`: defaults that are safe, and bounds that hold."""

from __future__ import annotations

import pytest

from resolver.endpoints import read_listener
from resolver.runtime.settings import ServerSettings
from resolver.units import DecodeError, Seconds, decode


def test_the_defaults_are_loopback_only() -> None:
    settings = ServerSettings()
    assert [read_listener(text) for text in settings.listen] == [("127.0.0.1", 5300), ("::1", 5300)]
    assert settings.allow == ("127.0.0.0/8", "::1/128")


def test_durations_are_read_with_units_and_blocks_nest() -> None:
    settings = decode(
        ServerSettings, {"drain": "250ms", "tcp": {"idle_timeout": "2s", "connections": 50}}, "server"
    )
    assert settings.drain == Seconds(0.25)
    assert settings.tcp.idle_timeout == 2
    assert settings.tcp.per_client == 256


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"tcp": {"in_flight": 0}}, "server.tcp.in_flight"),
        ({"tcp": {"idle_timeout": "0s"}}, "server.tcp.idle_timeout"),
        ({"edns_udp_size": 9000}, "server.edns_udp_size"),
        ({"rrset_order": "random"}, "server.rrset_order"),
        ({"lissten": []}, "server.lissten"),
    ],
)
def test_a_bad_value_is_named_by_its_path(values: dict[str, object], path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(ServerSettings, values, "server")
    assert caught.value.path == path
