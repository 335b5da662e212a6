# SPDX-License-Identifier: ISC
"""The routes: HTTP in, `Operations` called, JSON out. What a request means, each command says for itself.

GET  / /metrics /healthz /readyz /api/v1/{ping,status,stats}, commands that only count  both listeners
GET  /api/v1/…  commands that show names of the cache                                   the socket alone
POST /api/v1/{reload,stop,policy/set}, commands that write                              the socket, or with the token
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, get_args

from aiohttp import web

from resolver.control import page
from resolver.control.commands import AnyCommand
from resolver.control.guard import (
    BODY_BYTES_MAX,
    SOCKET_BYTES_MAX,
    errors_as_json,
    known_hosts_only,
    reply,
    writes_need,
)
from resolver.control.operations import Crashed, Operations
from resolver.control.parameters import BadRequest
from resolver.control.requests import read_parameters
from resolver.policy.settings import Mode

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_COMMANDS: Final[tuple[type[AnyCommand], ...]] = get_args(AnyCommand)


def socket_application(
    operations: Operations, crashed: Crashed, more: Iterable[web.RouteDef] = ()
) -> web.Application:
    """Return the application for the control socket: everything. `more` are routes of other rooms (the lab)."""
    app = web.Application(client_max_size=SOCKET_BYTES_MAX, middlewares=[errors_as_json(crashed)])
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
            *(self._of(command) for command in _COMMANDS if not (command.writes or command.shows_names)),
        ]

    def private(self) -> list[web.RouteDef]:
        return [
            *(self._of(command) for command in _COMMANDS if command.writes or command.shows_names),
            web.post("/api/v1/reload", self.reload),
            web.post("/api/v1/policy/set", self.set_policy),
            web.post("/api/v1/stop", self.stop),
        ]

    def _of(self, command: type[AnyCommand]) -> web.RouteDef:
        """The route of a command."""
        route = web.post if command.writes else web.get
        return route(f"/api/v1/{command.path}", self._runs(command))

    def _runs(self, command: type[AnyCommand]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            given = await read_parameters(request, command.keys)
            return reply(await self._do.run(command.read(given)))

        return handle

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

    async def reload(self, request: web.Request) -> web.Response:
        return reply(await self._do.reload())

    async def set_policy(self, request: web.Request) -> web.Response:
        given = await read_parameters(request, ("name", "mode"))
        name, mode = given.get("name"), given.get("mode", Mode.ENFORCE)
        if not isinstance(name, str) or not name:
            raise BadRequest("no policy; give a name")
        if mode not in list(Mode):
            raise BadRequest(f"no such mode; give one of {', '.join(Mode)}")
        return reply(await self._do.set_policy(name, Mode(mode)))

    async def stop(self, request: web.Request) -> web.Response:
        self._do.stop()
        return reply({"stopping": True})
