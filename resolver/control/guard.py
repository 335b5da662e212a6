# SPDX-License-Identifier: ISC
"""What every request passes before a handler sees it: Host, token, and errors as JSON. No routes here."""

from __future__ import annotations

import hmac
import ipaddress
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from resolver.control.parameters import BadRequest
from resolver.errors import ResolverError

BODY_BYTES_MAX: Final = 64 << 10  # a request is a name, a type and some flags
SOCKET_BYTES_MAX: Final = 1 << 20  # over the control socket it may also be a page of cache entries
SCHEMA: Final = 1
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def reply(body: Mapping[str, Any], status: int = 200) -> web.Response:
    """Return `body` as JSON with `"schema": 1` in front."""
    return web.json_response({"schema": SCHEMA, **body}, status=status, dumps=_dumps)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def errors_as_json(crashed: Callable[[str, str], None]) -> Middleware:
    """Return the middleware that turns every exception into a JSON error.

    `crashed(where, traceback)` hears of those that are bugs of ours.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except BadRequest as error:
            response = reply({"error": str(error)}, error.status)
        except web.HTTPException as error:
            response = reply({"error": error.reason}, error.status)
            response.headers.extend({k: v for k, v in error.headers.items() if k == "Allow"})
        except ResolverError as error:
            response = reply({"error": str(error)}, 409)
        except Exception:  # noqa: BLE001 - a bug of ours must not show its traceback to a peer, nor end the server
            crashed("control", traceback.format_exc())
            response = reply({"error": "internal error; the log has it"}, 500)
        if not response.prepared:
            response.headers.extend(_HEADERS)
        return response

    return middleware


def known_hosts_only(names: tuple[str, ...]) -> Middleware:
    """Return the middleware against DNS rebinding: a Host that somebody else may control is refused."""
    allowed = frozenset({"localhost", *(name.lower().rstrip(".") for name in names)})

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not host_is_known(request.headers.get("Host", ""), allowed):
            raise BadRequest(
                "this name is not ours; use an IP address or localhost, or add it to http.hosts", 403
            )
        return await handler(request)

    return middleware


def host_is_known(header: str, allowed: frozenset[str]) -> bool:
    """Whether a Host header names us: an IP address literal or one of `allowed`, with or without a port."""
    host = header.strip().lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    if host.rstrip(".") in allowed:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def writes_need(token: str | None) -> Middleware:
    """Return the middleware of the TCP side: without `token` only GET and HEAD; with it, writes must bear it."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method in ("GET", "HEAD"):
            return await handler(request)
        if token is None:
            raise BadRequest("HTTP over TCP only reads; use the control socket, or set http.token_file", 403)
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise BadRequest("needs the token of http.token_file as 'Authorization: Bearer …'", 401)
        return await handler(request)

    return middleware
