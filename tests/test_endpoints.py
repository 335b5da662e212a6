# SPDX-License-Identifier: ISC
"""Spellings of addresses: what listens, what is sent to, what is a network."""

import pytest

from resolver.endpoints import Endpoint, read_listener, read_network, read_server, spell_listener


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:5300", ("127.0.0.1", 5300)),
        ("[::1]:5300", ("::1", 5300)),
        ("[2001:DB8:0::1]:53", ("2001:db8::1", 53)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
    ],
)
def test_listener(text: str, endpoint: tuple[str, int]) -> None:
    assert read_listener(text) == Endpoint(*endpoint)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("127.0.0.1", "ADDR:PORT"),
        ("127.0.0.1:", "ADDR:PORT"),
        ("127.0.0.1:65536", "ADDR:PORT"),
        ("127.0.0.1:-1", "ADDR:PORT"),
        ("127.0.0.1:\u0663", "ADDR:PORT"),
        ("127.0.0.1:\u00b2", "ADDR:PORT"),
        ("::1:53", "brackets"),
        ("localhost:53", "not an IPv4 or IPv6 address"),
        (":53", "ADDR:PORT"),
        ("[127.0.0.1]:53", "around no other"),
        ("[::1:53", "not an IPv4 or IPv6 address"),
    ],
)
def test_listener_remedies(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        read_listener(text)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1#5353", ("192.0.2.1", 5353)),
        ("2001:db8::1#53", ("2001:db8::1", 53)),
    ],
)
def test_server(text: str, endpoint: tuple[str, int]) -> None:
    assert read_server(text) == Endpoint(*endpoint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.0.2.1:53",
        "ns.example",
        "192.0.2.300",
        "192.0.2.1#",
        "192.0.2.1#0",
        "192.0.2.1#99999",
        "192.0.2.1#x",
        "#53",
        "[::1]#53",
    ],
)
def test_server_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"ADDR#PORT|address"):
        read_server(text)


def test_a_port_may_be_demanded() -> None:
    assert read_server("127.53.0.1#5399", port=None) == Endpoint("127.53.0.1", 5399)
    with pytest.raises(ValueError, match=r"^write it as ADDR#PORT$"):
        read_server("127.53.0.1", port=None)


def test_network_with_bits_beyond_its_prefix_is_asked_back() -> None:
    with pytest.raises(ValueError, match=r"did you mean '10\.0\.0\.0/8'"):
        read_network("10.0.0.1/8")


def test_network_refuses_text() -> None:
    with pytest.raises(ValueError, match="not a network"):
        read_network("my-net")


@pytest.mark.parametrize("text", ["127.0.0.1:53", "[::1]:53"])
def test_listeners_are_spelled_as_they_are_read(text: str) -> None:
    assert spell_listener(read_listener(text)) == text
