# SPDX-License-Identifier: ISC
"""The live world beyond the contract that both worlds keep (`tests/loopback/world_contract.py`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from resolver.engine.ports import ExchangeFailed, Server
from resolver.errors import ResolverError
from resolver.events import Verdict
from resolver.runtime.aio_world import AioWorld, check_source_addresses
from resolver.runtime.clocks import lifetime_clock
from tests.loopback.scripted import query


def play(**settings: object) -> AioWorld:
    loop = asyncio.new_event_loop()
    try:
        return AioWorld(loop, **settings)  # type: ignore[arg-type]  # test shorthand
    finally:
        loop.close()


def refused(world: AioWorld, server: Server) -> bool:
    """Whether `server` is taken for ourselves; the loop is closed, so nothing could be sent anyway."""
    got = world.start(server, query(), world.ticks() + 1).take()
    return isinstance(got, ExchangeFailed) and got.detail == "our own address"


@pytest.mark.parametrize(
    ("listening", "asked", "ours"),
    [
        (Server("127.0.0.1", 53), Server("127.0.0.1", 53), True),
        (Server("::1", 53), Server("0:0::1", 53), True),
        (Server("127.0.0.1", 53), Server("::ffff:127.0.0.1", 53), True),
        (Server("0.0.0.0", 53), Server("127.9.9.9", 53), True),
        (Server("0.0.0.0", 53), Server("0.0.0.0", 53), True),
        (Server("::", 53), Server("::1", 53), True),
    ],
)
def test_f17_our_own_address_in_every_spelling(listening: Server, asked: Server, ours: bool) -> None:
    assert refused(play(own_addresses=[listening]), asked) is ours


def test_the_lab_map_is_not_a_way_around_it() -> None:
    world = play(
        own_addresses=[Server("127.0.0.1", 5300)], address_map={"192.0.2.1": Server("127.0.0.1", 5300)}
    )
    assert refused(world, Server("192.0.2.1"))


def test_other_ports_and_addresses_are_not_ours() -> None:
    async def main() -> None:
        world = AioWorld(
            asyncio.get_running_loop(), own_addresses=[Server("127.0.0.1", 5300), Server("0.0.0.0", 53)]
        )
        for server in (Server("127.0.0.1", 5301), Server("127.0.0.2", 5300), Server("192.0.2.1", 53)):
            assert not refused(world, server)
        world.close()

    asyncio.run(main())


def test_the_clock_of_lifetimes_is_the_one_given_and_ticks_are_not(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.write_text("5000000", encoding="ascii")
    world = play(clock=lifetime_clock(f"file:{path}"))
    assert world.now() == 5_000_000
    before = world.ticks()
    path.write_text("9000000000", encoding="ascii")
    assert world.now() == 9_000_000_000
    assert world.ticks() - before < 1000


def test_source_addresses_must_be_ours() -> None:
    check_source_addresses(("127.0.0.1", "127.3.2.1"))
    for bad in ("192.0.2.1", "localhost", ""):
        with pytest.raises(ResolverError, match="is not an address of this machine"):
            check_source_addresses((bad,))


def test_closing_ends_jobs_and_flights() -> None:
    async def main() -> None:
        world = AioWorld(asyncio.get_running_loop())
        flight = world.start(Server("127.0.0.1", 9), query(), world.ticks() + 60)
        job = world.spawn(asyncio.sleep(60), world.ticks() + 60)
        assert job is not None
        world.close()
        assert await job.join() is None
        await asyncio.sleep(0.005)  # the task itself ends some turns later
        assert (world.open_flights, world.open_jobs, world.waiting) == (0, 0, 0)
        assert flight.ended

    asyncio.run(main())


def test_a_pause_that_is_cancelled_leaves_nothing_behind() -> None:
    async def main() -> None:
        world = AioWorld(asyncio.get_running_loop())
        server = Server("127.0.0.1", 9)
        flight = world.start(server, query(), world.ticks() + 60)
        waiting = asyncio.ensure_future(world.first([flight], world.ticks() + 60))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert flight.waiters == []
        flight.close()

    asyncio.run(main())


def test_a_flight_without_a_socket_is_ready_at_once() -> None:
    async def main() -> None:
        world = AioWorld(asyncio.get_running_loop(), max_sockets=0)
        flight = world.start(Server("127.0.0.1", 9), query(), world.ticks() + 60)
        assert await world.first([flight], world.ticks() + 60) is flight
        got = flight.take()
        assert isinstance(got, ExchangeFailed)
        assert got.reason is Verdict.NO_SOCKET

    asyncio.run(main())
