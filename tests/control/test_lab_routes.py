# SPDX-License-Identifier: ISC
"""The lab's routes over a real socket, with the tiny internet behind them (no server socket is opened)."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from resolver.control.lab_routes import lab_application
from resolver.control.unix_socket import open_socket
from resolver.lab.control import LabControl
from resolver.lab.internet import Internet
from tests.control.conftest import exchange


@pytest.fixture
def ask(tmp_path):
    """Return a function that sends one request to a lab: (method, path, **options) -> (status, body)."""
    lab, stops = LabControl(Internet.load("tiny")), []

    def send(method, path, **options):
        async def run():
            runner = web.AppRunner(lab_application(lab, lambda: stops.append(1), lambda *crash: None))
            await runner.setup()
            await web.SockSite(runner, open_socket(tmp_path / "lab.sock")).start()
            try:
                connector = aiohttp.UnixConnector(path=str(tmp_path / "lab.sock"))
                return await exchange(connector, "http://lab" + path, method, options)
            finally:
                await runner.cleanup()

        return asyncio.run(run())

    send.stops = stops
    return send


def test_servers_and_zones_are_listed(ask):
    _, status = ask("GET", "/api/v1/lab/status")
    _, zones = ask("GET", "/api/v1/lab/zones")
    assert status["zones"] == len(zones["zones"])
    assert "a.root-servers.net0." in [server["name"] for server in status["servers"]]


def test_outage_latency_and_loss_change_one_server(ask):
    assert ask("POST", "/api/v1/lab/outage", json={"server": "192.0.2.1"})[1]["outage"] is True
    assert ask("POST", "/api/v1/lab/outage", json={"server": "192.0.2.1", "on": False})[1]["outage"] is False
    assert ask("POST", "/api/v1/lab/latency", json={"server": "192.0.2.1", "ms": 400})[1]["latency_ms"] == 400
    assert ask("POST", "/api/v1/lab/loss", json={"server": "192.0.2.1", "pct": 30})[1]["loss_pct"] == 30


def test_records_are_replaced(ask):
    body = {"name": "www.host.net0.", "type": "A", "ttl": 60, "rdata": ["198.18.0.99"]}
    status, reply = ask("POST", "/api/v1/lab/set", json=body)
    assert (status, reply["zone"], reply["records"]) == (200, "host.net0.", 1)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("outage", {}, 400),
        ("outage", {"server": "192.0.2.1", "on": "yes"}, 400),
        ("outage", {"server": "nobody"}, 409),
        ("latency", {"server": "192.0.2.1", "ms": True}, 400),
        ("latency", {"server": "192.0.2.1", "ms": -5}, 409),
        ("loss", {"server": "192.0.2.1", "pct": 101}, 409),
        ("set", {"name": "www.host.net0.", "type": "A", "ttl": 60, "rdata": "198.18.0.99"}, 400),
        ("set", {"name": "www.host.net0.", "type": "A", "ttl": 60, "rdata": ["nonsense"]}, 409),
        ("set", {"name": "www.host.net0.", "type": "A", "ttl": -1, "rdata": []}, 409),
    ],
)
def test_what_makes_no_sense_is_a_4xx_in_one_line(ask, path, body, status):
    got, reply = ask("POST", f"/api/v1/lab/{path}", json=body)
    assert got == status
    assert "\n" not in reply["error"]


def test_the_lab_alone_can_be_pinged_and_stopped(ask):
    assert ask("GET", "/api/v1/ping")[0] == 200
    assert ask("POST", "/api/v1/stop")[0] == 200
    assert ask.stops == [1]
