# SPDX-License-Identifier: ISC
"""Reading what a caller gave, as JSON or in a query string: names, types, flags, numbers. Else it is a BadRequest.

No HTTP here: workers, who are told commands and never speak it, import this without its library.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from resolver.errors import ResolverError
from resolver.units import Seconds
from resolver.wire import FormatError, from_text
from resolver.wire.codes import type_from_text

Parameters = Mapping[str, Any]


class BadRequest(ResolverError):
    """What the caller asked for cannot be done; `status` is the HTTP status to say so with."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def read_name(text: object) -> bytes:
    """Return a name in wire form."""
    if not isinstance(text, str):
        raise BadRequest("a name must be text")
    try:
        return from_text(text)
    except FormatError as error:
        raise BadRequest(f"not a domain name: {error}") from None


def read_type(text: object) -> int:
    """Return the number of a record type given as text."""
    try:
        return type_from_text(str(text))
    except FormatError:
        raise BadRequest("no such record type; write it like AAAA or TYPE65280") from None


def given_name(given: Parameters, key: str = "name") -> bytes | None:
    """Return the name under `key`, None when there is none."""
    text = given.get(key)
    return None if text is None else read_name(text)


def given_type(given: Parameters, key: str = "type") -> int | None:
    """Return the record type under `key`, None when there is none."""
    text = given.get(key)
    return None if text is None else read_type(text)


def read_flag(given: Parameters, key: str) -> bool:
    """Return a truth value, false when it is not there; a query string spells it 1, 0, true or false."""
    value = given.get(key, False)
    value = {"1": True, "true": True, "0": False, "false": False}.get(value, value) if value else value
    if not isinstance(value, bool):
        raise BadRequest(f"{key} must be true or false")
    return value


def read_count(given: Parameters, key: str, default: int, most: int) -> int:
    """Return a whole number, at most `most`, `default` when it is not there."""
    value = given.get(key, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadRequest(f"{key} must be a whole number")
    return min(value, most)


def read_text(given: Parameters, key: str) -> str | None:
    """Return a text that is not empty, None when it is not there."""
    value = given.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise BadRequest(f"{key} must be text")
    return value


def read_address(given: Parameters, key: str) -> str | None:
    """Return an IP address, spelled as entries spell the server they came from."""
    text = read_text(given, key)
    if text is None:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        raise BadRequest(f"{key} must be an IP address such as 192.0.2.53") from None


def read_seconds(given: Parameters, key: str) -> float | None:
    """Return a number of seconds, None when it is not there."""
    value = given.get(key)
    if value is None:
        return None
    try:
        return float(Seconds.read(value))
    except ValueError:
        raise BadRequest(f"{key} must be seconds, zero or more") from None
