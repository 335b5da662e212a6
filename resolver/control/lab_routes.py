# SPDX-License-Identifier: ISC
"""The routes of `resolver lab …`, for a process in which a simulated internet runs. They only call its control."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from resolver.control.guard import BODY_BYTES_MAX, errors_as_json, reply
from resolver.control.parameters import BadRequest, Parameters, read_flag
from resolver.control.requests import read_parameters
from resolver.lab.control import LabControl


def lab_application(
    lab: LabControl, stop: Callable[[], object], crashed: Callable[[str, str], None]
) -> web.Application:
    """Return the application for the socket of a process that is a lab and nothing else (`resolver lab up`)."""

    async def ping(request: web.Request) -> web.Response:
        return reply({"pong": True})

    async def stop_lab(request: web.Request) -> web.Response:
        stop()
        return reply({"stopping": True})

    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[errors_as_json(crashed)])
    app.add_routes([*lab_routes(lab), web.get("/api/v1/ping", ping), web.post("/api/v1/stop", stop_lab)])
    return app


def lab_routes(lab: LabControl) -> list[web.RouteDef]:
    """Return the routes; what makes no sense to the lab comes out as its own one-line error."""

    async def status(request: web.Request) -> web.Response:
        return reply(lab.status())

    async def zones(request: web.Request) -> web.Response:
        return reply(lab.zones())

    async def address_map(request: web.Request) -> web.Response:
        return reply(lab.map())

    async def outage(request: web.Request) -> web.Response:
        body = await read_parameters(request, {"server", "on"})
        return reply(lab.outage(_text(body, "server"), read_flag({"on": True, **body}, "on")))

    async def latency(request: web.Request) -> web.Response:
        body = await read_parameters(request, {"server", "ms"})
        return reply(lab.latency(_text(body, "server"), _number(body, "ms")))

    async def loss(request: web.Request) -> web.Response:
        body = await read_parameters(request, {"server", "pct"})
        return reply(lab.loss(_text(body, "server"), _number(body, "pct")))

    async def set_records(request: web.Request) -> web.Response:
        body = await read_parameters(request, {"name", "type", "ttl", "rdata"})
        rdata = body.get("rdata", [])
        if not isinstance(rdata, list) or not all(isinstance(item, str) for item in rdata):
            raise BadRequest("rdata must be a list of texts")
        return reply(lab.set(_text(body, "name"), _text(body, "type"), int(_number(body, "ttl")), *rdata))

    return [
        web.get("/api/v1/lab/status", status),
        web.get("/api/v1/lab/zones", zones),
        web.get("/api/v1/lab/map", address_map),
        web.post("/api/v1/lab/outage", outage),
        web.post("/api/v1/lab/latency", latency),
        web.post("/api/v1/lab/loss", loss),
        web.post("/api/v1/lab/set", set_records),
    ]


def _text(body: Parameters, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise BadRequest(f"{key} is missing or not text")
    return value


def _number(body: Parameters, key: str) -> float:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadRequest(f"{key} is missing or not a number")
    return value
