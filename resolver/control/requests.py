# SPDX-License-Identifier: ISC
"""Reading what a caller sent: JSON bodies, names, types, numbers. Everything that does not read is a BadRequest."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from resolver.control.guard import SCHEMA, BadRequest
from resolver.wire import FormatError, from_text
from resolver.wire.codes import type_from_text


async def read_body(request: web.Request, allowed: set[str]) -> dict[str, Any]:
    """Return the JSON object of a request. Raises BadRequest on anything else, and on keys that mean nothing."""
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    unknown = sorted(set(body) - allowed - {"schema"})
    if unknown:
        raise BadRequest(
            f"no such key: {', '.join(unknown)[:100]}; keys here are {', '.join(sorted(allowed))}"
        )
    if body.get("schema", SCHEMA) != SCHEMA:
        raise BadRequest(f"this resolver speaks schema {SCHEMA}")
    return body


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


def read_flag(body: dict[str, Any], key: str) -> bool:
    """Return a boolean of a body, false when it is not there."""
    value = body.get(key, False)
    if not isinstance(value, bool):
        raise BadRequest(f"{key} must be true or false")
    return value


def read_count(text: str) -> int:
    """Return a whole number given in a query string."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest("limit must be a whole number")
    return int(text)
