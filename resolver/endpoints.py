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


def spell_listener(endpoint: tuple[str, int]) -> str:
    """Return `ADDR:PORT` or `[ADDR6]:PORT`: what `read_listener` reads."""
    address, port = endpoint
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def read_listener(text: str) -> Endpoint:
    """Read `ADDR:PORT` or `[ADDR6]:PORT`; port 0 lets the system choose. Raises ValueError with the remedy."""
    address, _, number = text.rpartition(":")
    port = _port(number)
    if not address or port is None:
        raise ValueError("write it as ADDR:PORT or [ADDR6]:PORT")
    bracketed = address.startswith("[") and address.endswith("]")
    bare = read_address(address[1:-1] if bracketed else address)
    if bracketed != (":" in bare):
        raise ValueError("put brackets around an IPv6 address and around no other: [ADDR6]:PORT")
    return Endpoint(bare, port)


def read_server(text: str, port: int | None = 53) -> Endpoint:
    """Read `ADDR` or `ADDR#PORT`; `port` where none is given, None to demand one. Raises ValueError with the remedy."""
    address, mark, number = text.partition("#")
    chosen = _port(number) if mark else port
    if not chosen:
        raise ValueError("write it as ADDR#PORT" if port is None else "write it as ADDR or ADDR#PORT")
    return Endpoint(read_address(address), chosen)


def _port(text: str) -> int | None:
    """The port that ASCII digits spell; None for what is no port."""
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= 65535 else None


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
