# SPDX-License-Identifier: ISC
"""Spellings of addresses in the configuration: `ADDR:PORT` listens, `ADDR#PORT` is sent to.

No name is ever looked up here: a resolver that needs a resolver to start is a trap.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple


class Endpoint(NamedTuple):
    """An address and a port, as listened on or sent to."""

    address: str
    port: int


def read_listener(text: str) -> Endpoint:
    """Read `ADDR:PORT` or `[ADDR6]:PORT`; port 0 lets the system choose. Raises ValueError with the remedy."""
    address, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError("write it as ADDR:PORT or [ADDR6]:PORT")
    bare = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    if ":" in bare and bare == address:
        raise ValueError("put brackets around an IPv6 address: [ADDR6]:PORT")
    return Endpoint(read_address(bare), int(port))


def read_server(text: str, port: int = 53) -> Endpoint:
    """Read `ADDR` or `ADDR#PORT`, with `port` where none is given. Raises ValueError with the remedy."""
    address, mark, number = text.partition("#")
    if mark and not (number.isdecimal() and 0 < int(number) <= 65535):
        raise ValueError("write it as ADDR or ADDR#PORT")
    return Endpoint(read_address(address), int(number) if mark else port)


def read_address(text: str) -> str:
    """Return the canonical text of an IPv4 or IPv6 address. Raises ValueError with the remedy."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an IPv4 or IPv6 address; names are not looked up here") from None


def read_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return the network that `text` spells. Raises ValueError with the remedy."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        if "host bits" in str(error):
            meant = ipaddress.ip_network(text, strict=False)
            raise ValueError(f"{text!r} has bits set beyond its prefix; did you mean '{meant}'?") from None
        raise ValueError(
            f"{text!r} is not a network; write it like '10.0.0.0/8' or '2001:db8::/32'"
        ) from None
