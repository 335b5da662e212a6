# SPDX-License-Identifier: ISC
"""What an HTTP request gives to a command: its query string, or the JSON object that is its body."""

from __future__ import annotations

import json
from collections.abc import Collection

from aiohttp import web

from resolver.control.guard import SCHEMA
from resolver.control.parameters import BadRequest, Parameters


async def read_parameters(request: web.Request, allowed: Collection[str]) -> Parameters:
    """Return what the request says. Raises BadRequest when it cannot be read, and on keys that mean nothing."""
    given = dict(request.query) if request.method == "GET" else _object_of(await _body_of(request))
    unknown = sorted(set(given) - set(allowed) - {"schema"})
    if unknown:
        raise BadRequest(
            f"no such key: {', '.join(unknown)[:100]}; keys here are {', '.join(sorted(allowed)) or 'none'}"
        )
    if str(given.pop("schema", SCHEMA)) != str(SCHEMA):
        raise BadRequest(f"this resolver speaks schema {SCHEMA}")
    return given


async def _body_of(request: web.Request) -> bytes:
    """What was sent; a client that goes away, or frames it wrongly, half-way through is no bug of ours."""
    try:
        return await request.read()
    except (ConnectionResetError, web.RequestPayloadError):
        raise BadRequest("the body is cut short") from None


def _object_of(raw: bytes) -> dict[str, object]:
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body
