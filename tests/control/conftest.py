# SPDX-License-Identifier: ISC
"""A resolver that only pretends, behind the real API."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from resolver.control.api import socket_application, tcp_application
from resolver.control.commands import CacheStatistics, Flush, Trace
from resolver.control.unix_socket import open_socket
from resolver.errors import ResolverError


class FakeOperations:
    """Records what it was asked."""

    def __init__(self):
        self.is_ready = True
        self.asked = []
        self.bad_file = False

    async def status(self):
        return {"version": "<b>0</b>", "listen": ["127.0.0.1:5300"]}

    async def statistics(self):
        return {"questions": 3}

    async def metrics(self):
        return b"resolver_ready 1.0\n"

    async def run(self, command):
        self.asked.append(command)
        match command:
            case CacheStatistics():
                return {"records": {"entries": 2, "bytes": 700}}
            case Flush():
                return {"flushed": 7, "dry_run": command.dry_run}
            case Trace(name=b"\x05crash\x00"):
                raise RuntimeError("secret detail")
        return {}

    async def set_policy(self, name, mode):
        self.asked.append(("policy", name, mode))
        return {"applied": ["policy.name"]}

    async def reload(self):
        if self.bad_file:
            raise ResolverError("resolver.toml: cache.size = 'x' - write it like 128MiB")
        return {"reloaded": True}

    def stop(self):
        self.asked.append("stop")


@pytest.fixture
def operations():
    return FakeOperations()


@pytest.fixture
def crashes():
    return []


@pytest.fixture
def over_socket(operations, crashes, tmp_path):
    """Return a function that sends one request over a Unix socket: (method, path, **options) -> (status, body)."""

    def ask(method, path, **options):
        async def run():
            runner = web.AppRunner(socket_application(operations, lambda *crash: crashes.append(crash)))
            await runner.setup()
            socket_file = tmp_path / "control.sock"
            await web.SockSite(runner, open_socket(socket_file)).start()
            try:
                connector = aiohttp.UnixConnector(path=str(socket_file))
                return await exchange(connector, "http://control" + path, method, options)
            finally:
                await runner.cleanup()

        return asyncio.run(run())

    return ask


@pytest.fixture
def over_tcp(operations, crashes):
    """Return a function that sends one request over TCP: (method, path, *, hosts, token, **aiohttp options)."""

    def ask(method, path, *, hosts=(), token=None, **options):
        async def run():
            app = tcp_application(operations, lambda *crash: crashes.append(crash), hosts=hosts, token=token)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            try:
                return await exchange(
                    aiohttp.TCPConnector(), f"http://127.0.0.1:{port}{path}", method, options
                )
            finally:
                await runner.cleanup()

        return asyncio.run(run())

    return ask


async def exchange(connector, url, method, options):
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(method, url, **options) as response,
    ):
        text = await response.text()
        body = await response.json() if response.content_type == "application/json" else text
        return response.status, body
