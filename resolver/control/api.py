# SPDX-License-Identifier: ISC
"""The routes: HTTP in, `Operations` called, JSON out. What a request means is decided here, what happens is not.

GET  / /metrics /healthz /readyz /api/v1/{ping,status,stats,cache/stats}         both listeners
GET  /api/v1/cache/entries                                       the socket alone: it shows names
POST /api/v1/{reload,stop,trace,cache/flush}                                     the socket, or with the token
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from resolver.control import page
from resolver.control.guard import (
    BODY_BYTES_MAX,
    BadRequest,
    errors_as_json,
    known_hosts_only,
    reply,
    writes_need,
)
from resolver.control.operations import Crashed, FlushSpec, Operations
from resolver.control.requests import read_body, read_count, read_flag, read_name, read_type

ENTRIES_MAX: Final = 10_000  # entries in one reply of `cache show`
_ENTRIES_DEFAULT: Final = 1000
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def socket_application(
    operations: Operations, crashed: Crashed, more: Iterable[web.RouteDef] = ()
) -> web.Application:
    """Return the application for the control socket: everything. `more` are routes of other rooms (the lab)."""
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[errors_as_json(crashed)])
    routes = _Routes(operations)
    app.add_routes([*routes.reading(), *routes.private(), *more])
    return app


def tcp_application(
    operations: Operations, crashed: Crashed, *, hosts: tuple[str, ...] = (), token: str | None = None
) -> web.Application:
    """Return the application for TCP: it only reads, and shows no names of the cache, unless a `token` is set."""
    guards = [errors_as_json(crashed), known_hosts_only(hosts), writes_need(token)]
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=guards)
    routes = _Routes(operations)
    app.add_routes(routes.reading())
    if token is not None:
        app.add_routes(route for route in routes.private() if route.method == "POST")
    return app


class _Routes:
    def __init__(self, operations: Operations) -> None:
        self._do = operations

    def reading(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.index),
            web.get("/metrics", self.metrics),
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/api/v1/ping", self.ping),
            web.get("/api/v1/status", self.status),
            web.get("/api/v1/stats", self.statistics),
            web.get("/api/v1/cache/stats", self.cache_statistics),
        ]

    def private(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/cache/entries", self.cache_entries),
            web.post("/api/v1/cache/flush", self.cache_flush),
            web.post("/api/v1/trace", self.trace),
            web.post("/api/v1/reload", self.reload),
            web.post("/api/v1/stop", self.stop),
        ]

    async def index(self, request: web.Request) -> web.Response:
        text = page.render(await self._do.status(), await self._do.statistics())
        return web.Response(text=text, content_type="text/html")

    async def metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=await self._do.metrics(), headers={"Content-Type": _METRICS_TYPE})

    async def healthz(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(self, request: web.Request) -> web.Response:
        return (
            web.Response(text="ready\n")
            if self._do.is_ready
            else web.Response(text="not ready\n", status=503)
        )

    async def ping(self, request: web.Request) -> web.Response:
        return reply({"pong": True})

    async def status(self, request: web.Request) -> web.Response:
        return reply(await self._do.status())

    async def statistics(self, request: web.Request) -> web.Response:
        return reply(await self._do.statistics())

    async def cache_statistics(self, request: web.Request) -> web.Response:
        return reply(await self._do.cache_statistics())

    async def cache_entries(self, request: web.Request) -> web.Response:
        asked = request.query
        name, rtype = asked.get("name"), asked.get("type")
        limit = read_count(asked.get("limit", str(_ENTRIES_DEFAULT)))
        entries = await self._do.cache_entries(
            read_name(name) if name else None,
            read_type(rtype) if rtype else None,
            stale=asked.get("stale", "") in ("1", "true"),
            limit=min(limit, ENTRIES_MAX),
        )
        return reply(entries)

    async def cache_flush(self, request: web.Request) -> web.Response:
        body = await read_body(request, {"name", "type", "exact", "negative", "failures", "all", "dry_run"})
        name, rtype, everything = body.get("name"), body.get("type"), read_flag(body, "all")
        negative, failures = read_flag(body, "negative"), read_flag(body, "failures")
        if name is None and not (everything or negative or failures):
            raise BadRequest("nothing to flush; give a name, or all, negative or failures")
        if failures and (negative or rtype is not None):
            raise BadRequest("failures have no type and are no negative answers; flush them by themselves")
        if name is not None and everything:
            raise BadRequest("a name and all contradict each other; give one of them")
        spec = FlushSpec(
            name=None if name is None else read_name(name),
            rtype=None if rtype is None else read_type(rtype),
            subtree=not read_flag(body, "exact"),
            negative=negative,
            failures=failures,
            dry_run=read_flag(body, "dry_run"),
        )
        return reply({"flushed": await self._do.flush(spec), "dry_run": spec.dry_run})

    async def trace(self, request: web.Request) -> web.Response:
        body = await read_body(request, {"name", "type"})
        if "name" not in body:
            raise BadRequest("a trace needs a name")
        return reply(await self._do.trace(read_name(body["name"]), read_type(body.get("type", "A"))))

    async def reload(self, request: web.Request) -> web.Response:
        return reply(await self._do.reload())

    async def stop(self, request: web.Request) -> web.Response:
        self._do.stop()
        return reply({"stopping": True})
