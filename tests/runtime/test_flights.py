# SPDX-License-Identifier: ISC
"""What flights share: the table of sockets, source addresses, and which errors are whose."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket

import pytest

from resolver.engine.ports import ExchangeFailed, Server, Transport
from resolver.events import Verdict, nobody
from resolver.runtime.aio_world import AioWorld
from resolver.runtime.deadlines import Deadlines
from resolver.runtime.entropy import Entropy
from resolver.runtime.flights import Sockets, explain
from resolver.runtime.strands import Strands
from tests.loopback.scripted import query


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.EADDRINUSE])
def test_running_out_of_sockets_is_no_fault_of_the_server(code: int) -> None:
    assert explain(OSError(code, "")) == (Verdict.NO_SOCKET, errno.errorcode[code])


@pytest.mark.parametrize(
    "code", [errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EMSGSIZE, errno.EPERM]
)
def test_other_errors_mean_that_it_cannot_be_reached(code: int) -> None:
    assert explain(OSError(code, "")) == (Verdict.UNREACHABLE, errno.errorcode[code])


def test_sources_are_chosen_by_family() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        sockets = Sockets(
            Strands(loop), Deadlines(loop), Entropy(), nobody, limit=1, sources=("192.0.2.1", "192.0.2.2")
        )
        assert {sockets.source(ipv6=False) for _ in range(100)} == {"192.0.2.1", "192.0.2.2"}
        assert sockets.source(ipv6=True) == "::"

    asyncio.run(main())


@pytest.mark.parametrize("transport", list(Transport))
def test_o09_the_limit_on_open_files_ends_tries_and_not_the_process(transport: Transport) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            world = AioWorld(loop)
            target = Server(*server.getsockname())
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            highest = max(int(name) for name in os.listdir("/proc/self/fd")) + 5  # some below may be free too
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
            try:
                flights = [world.start(target, query(transport), world.ticks() + 5) for _ in range(highest)]
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            brought = [flight.take() for flight in flights]
            reasons = {thing.reason for thing in brought if isinstance(thing, ExchangeFailed)}
            assert Verdict.NO_SOCKET in reasons
            for flight in flights:
                flight.close()
            assert world.open_flights == 0

    asyncio.run(main())


def test_an_unreachable_network_is_told_at_once() -> None:
    async def main() -> None:
        world = AioWorld(asyncio.get_running_loop(), source_addresses=("127.0.0.1",))
        flight = world.start(Server("192.0.2.1"), query(), world.ticks() + 5)  # from loopback nothing leaves
        got = flight.take()
        assert isinstance(got, ExchangeFailed)
        assert got.reason is Verdict.UNREACHABLE
        assert world.open_flights == 0

    asyncio.run(main())
