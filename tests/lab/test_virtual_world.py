# SPDX-License-Identifier: ISC
"""The virtual world keeps the port's promises: clocks, flights, late replies, jobs, deadlines, seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.engine.ports import ExchangeFailed, Reply, Server, Transport, World
from resolver.events import Event, Mismatch, ReplyDropped, Verdict
from resolver.lab.network import Delivery
from resolver.lab.virtual_world import VirtualFlight, VirtualWorld
from resolver.wire import ROOT, Question, Rtype, compose, from_text
from tests.lab.scripted_network import (
    A_SERVER,
    B_SERVER,
    NAME,
    ZONE,
    ScriptedNetwork,
    after,
    query,
    reply_to,
    world_of,
)


async def ask(world: World, server: Server, seconds: float, **more: Any) -> Reply | ExchangeFailed | None:
    flight = world.start(server, query(**more), world.ticks() + seconds)
    first = await world.first([flight], world.ticks() + seconds)
    taken = first.take() if first else None
    flight.close()
    return taken


# --- clocks ---------------------------------------------------------------------------------------


def test_clocks_move_together_and_apart() -> None:
    world = VirtualWorld(ScriptedNetwork(), start_at=5.0, now_at=100.0, wall_at=1000.0)
    assert (world.ticks(), world.now(), world.wall()) == (5.0, 100.0, 1000.0)
    world.advance(2.5)
    assert (world.ticks(), world.now(), world.wall()) == (7.5, 102.5, 1002.5)
    world.jump(now=3600.0)
    assert (world.ticks(), world.now(), world.wall()) == (7.5, 3702.5, 1002.5)
    world.jump(wall=-500.0)
    assert (world.ticks(), world.now(), world.wall()) == (7.5, 3702.5, 502.5)


def test_a_jump_of_now_moves_no_timer() -> None:
    world = world_of()

    async def nap() -> float:
        await world.sleep_until(world.ticks() + 10)
        return world.ticks()

    job = world.spawn(nap(), deadline=100)
    assert job is not None
    world.jump(now=1e6)
    world.advance(9.999)
    assert not job.done
    world.advance(0.001)
    assert job.done


# --- draws ----------------------------------------------------------------------------------------


def test_the_seed_decides_every_draw() -> None:
    def draws(seed: int) -> list[int]:
        world = VirtualWorld(ScriptedNetwork(), seed=seed)
        return [world.draw(1 << 16) for _ in range(8)]

    assert draws(7) == draws(7) != draws(8)
    assert {VirtualWorld(ScriptedNetwork(), seed=n).draw(2) for n in range(32)} == {0, 1}


def test_ids_differ_from_try_to_try() -> None:
    network = ScriptedNetwork()
    world = VirtualWorld(network)
    for _ in range(16):
        world.start(A_SERVER, query(), 1.0)
    assert len({request[:2] for request in network.requests}) > 14
    assert {request[2:] for request in network.requests} == {query().wire[2:]}


# --- flights --------------------------------------------------------------------------------------


def test_a_reply_comes_after_its_delay_with_its_round_trip() -> None:
    world = world_of(**{"192_0_2_1": after(0.025)})
    taken = world.run(ask(world, A_SERVER, 1.0))
    assert isinstance(taken, Reply)
    assert taken.rtt == pytest.approx(0.025)
    assert world.ticks() == pytest.approx(0.025)
    assert taken.size == len(compose(taken.message))
    assert world.open_flights == 0


def test_every_exchange_is_listed_with_the_name_folded() -> None:
    world = world_of(**{"192_0_2_1": after(0.5)})
    world.run(ask(world, A_SERVER, 1.0, name=from_text("wWw.eXample.org")))
    world.run(ask(world, B_SERVER, 1.0, transport=Transport.TCP))
    assert [tuple(exchange) for exchange in world.exchanges] == [
        (0.0, A_SERVER, Transport.UDP, ZONE, NAME, Rtype.A),
        (0.5, B_SERVER, Transport.TCP, ZONE, NAME, Rtype.A),
    ]


def test_silence_is_a_timeout_at_the_tick_given() -> None:
    world = world_of()
    flight = world.start(A_SERVER, query(), until=2.0)

    async def wait() -> VirtualFlight | None:
        return await world.first([flight], until=10.0)

    assert world.run(wait()) is flight
    assert world.ticks() == 2.0
    failure = flight.take()
    assert isinstance(failure, ExchangeFailed)
    assert failure.reason is Verdict.TIMEOUT
    assert flight.take() is None
    assert world.open_flights == 0


def test_a_reply_at_the_end_of_its_time_is_too_late() -> None:
    world = world_of(**{"192_0_2_1": after(1.0)})
    taken = world.run(ask(world, A_SERVER, 1.0))
    assert isinstance(taken, ExchangeFailed)
    assert taken.reason is Verdict.TIMEOUT
    world.advance(5)
    assert world.open_flights == 0


def test_first_gives_none_at_its_own_end_and_the_flight_goes_on() -> None:
    world = world_of(**{"192_0_2_1": after(0.7)})

    async def hedge() -> tuple[VirtualFlight | None, float, VirtualFlight | None, float]:
        flight = world.start(A_SERVER, query(), until=5.0)
        early = await world.first([flight], until=0.2)
        at = world.ticks()
        late = await world.first([flight], until=5.0)
        return early, at, late, world.ticks()

    early, at, late, arrived = world.run(hedge())
    assert early is None
    assert at == 0.2
    assert late is not None
    assert arrived == pytest.approx(0.7)
    assert isinstance(late.take(), Reply)


def test_first_returns_the_quicker_of_two() -> None:
    world = world_of(**{"192_0_2_1": after(0.7), "192_0_2_2": after(0.1)})

    async def race() -> Server:
        flights = [world.start(server, query(), until=5.0) for server in (A_SERVER, B_SERVER)]
        winner = await world.first(flights, until=5.0)
        assert winner is not None
        return winner.server

    assert world.run(race()) == B_SERVER


def test_first_returns_at_once_when_one_is_ready() -> None:
    world = world_of(**{"192_0_2_1": after(0.1)})
    flight = world.start(A_SERVER, query(), until=5.0)
    world.advance(1.0)

    async def poll() -> VirtualFlight | None:
        return await world.first([flight], until=0.0)

    assert world.run(poll()) is flight
    assert world.ticks() == 1.0


def test_first_of_nothing_waits_to_its_end() -> None:
    world = world_of()

    async def nothing() -> object:
        return await world.first([], until=3.0)

    assert world.run(nothing()) is None
    assert world.ticks() == 3.0


def test_one_flight_brings_a_servfail_first_and_the_true_reply_later() -> None:
    def script(request: bytes, tick: float) -> Sequence[Delivery]:
        return [Delivery(0.3, reply_to(request)), Delivery(0.1, reply_to(request, flags=0x8002))]

    world = world_of(**{"192_0_2_1": script})

    async def both() -> list[int]:
        flight = world.start(A_SERVER, query(), until=5.0)
        rcodes = []
        for _ in range(2):
            assert await world.first([flight], until=5.0) is flight
            taken = flight.take()
            assert isinstance(taken, Reply)
            rcodes.append(taken.message.rcode)
        return rcodes

    assert world.run(both()) == [2, 0]
    assert world.ticks() == pytest.approx(0.3)


def test_a_near_miss_is_counted_told_and_waited_past() -> None:
    def forged_first(request: bytes, tick: float) -> Sequence[Delivery]:
        return [
            Delivery(0.001, reply_to(request, id_shift=1)),
            Delivery(0.002, b"\x00"),
            Delivery(0.003, b""),
            Delivery(0.004, request),
            Delivery(0.005, reply_to(request)),
        ]

    heard: list[Event] = []
    network = ScriptedNetwork().answers(A_SERVER, forged_first)
    world = VirtualWorld(network, tell=heard.append)
    flight = world.start(A_SERVER, query(), until=5.0)

    async def wait() -> VirtualFlight | None:
        return await world.first([flight], until=5.0)

    assert world.run(wait()) is flight
    assert isinstance(flight.take(), Reply)
    assert flight.near_misses == 4
    assert not flight.wrong_case
    assert [event.why for event in heard if isinstance(event, ReplyDropped)] == [
        Mismatch.WRONG_ID,
        Mismatch.MALFORMED,
        Mismatch.MALFORMED,
        Mismatch.NOT_A_RESPONSE,
    ]


def test_a_reply_in_another_spelling_is_a_near_miss_of_case() -> None:
    def folded(request: bytes, tick: float) -> Sequence[Delivery]:
        return [Delivery(0.01, reply_to(request[:12] + request[12:].lower()))]

    world = world_of(**{"192_0_2_1": folded})
    flight = world.start(A_SERVER, query(from_text("wWw.example.org"), exact_case=True), until=1.0)
    world.advance(0.5)
    assert flight.take() is None
    assert flight.wrong_case
    assert flight.near_misses == 1


def test_an_icmp_unreachable_ends_a_udp_try() -> None:
    world = world_of(**{"192_0_2_1": lambda request, tick: [Delivery(0.02, None)]})
    failure = world.run(ask(world, A_SERVER, 1.0))
    assert isinstance(failure, ExchangeFailed)
    assert failure.reason is Verdict.UNREACHABLE
    assert world.ticks() == pytest.approx(0.02)


def test_nothing_comes_after_a_failure() -> None:
    def refuses_then_speaks(request: bytes, tick: float) -> Sequence[Delivery]:
        return [Delivery(0.02, None), Delivery(0.03, reply_to(request))]

    world = world_of(**{"192_0_2_1": refuses_then_speaks})
    flight = world.start(A_SERVER, query(), until=1.0)
    world.advance(2.0)
    assert isinstance(flight.take(), ExchangeFailed)
    assert flight.take() is None


def test_a_closed_tcp_connection_is_closed() -> None:
    world = world_of(**{"192_0_2_1": lambda request, tick: [Delivery(0.02, None)]})
    failure = world.run(ask(world, A_SERVER, 1.0, transport=Transport.TCP))
    assert isinstance(failure, ExchangeFailed)
    assert failure.reason is Verdict.CLOSED


def test_tcp_carries_what_udp_may_not() -> None:
    def large(request: bytes, tick: float) -> Sequence[Delivery]:
        return [Delivery(0.01, reply_to(request, records=100))]

    world = world_of(**{"192_0_2_1": large})
    over_udp = world.run(ask(world, A_SERVER, 1.0))
    assert isinstance(over_udp, ExchangeFailed)
    assert over_udp.reason is Verdict.TOO_LARGE
    assert isinstance(world.run(ask(world, A_SERVER, 1.0, udp_size=4096)), Reply)
    assert isinstance(world.run(ask(world, A_SERVER, 1.0, transport=Transport.TCP)), Reply)


def test_closing_is_idempotent_and_nothing_comes_afterwards() -> None:
    world = world_of(**{"192_0_2_1": after(0.1)})
    flight = world.start(A_SERVER, query(), until=1.0)
    assert world.open_flights == 1
    flight.close()
    flight.close()
    assert world.open_flights == 0
    world.advance(2)
    assert flight.take() is None


# --- laws -----------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.sampled_from((A_SERVER, B_SERVER)), st.floats(0, 2)), max_size=12),
    st.integers(0, 5),
)
def test_the_same_seed_and_calls_give_the_same_run(tries: list[tuple[Server, float]], seed: int) -> None:
    def outcome() -> list[object]:
        network = ScriptedNetwork()
        world = VirtualWorld(network, seed=seed)

        def at_random(request: bytes, tick: float) -> Sequence[Delivery]:
            return [Delivery(world.draw(100) / 100, reply_to(request))]

        network.answers(A_SERVER, at_random)
        trail: list[object] = []

        async def one(server: Server, at: float) -> None:
            await world.sleep_until(at)
            taken = await ask(world, server, 0.5)
            trail.append((world.ticks(), server, type(taken)))

        for server, at in tries:
            world.spawn(one(server, at), deadline=100)
        world.settle()
        assert world.open_flights == world.open_jobs == 0
        return [*trail, *world.exchanges, *network.requests]

    assert outcome() == outcome()


def test_the_virtual_world_is_a_world() -> None:
    world: World = world_of()
    assert world.ticks() == 0.0
    assert Question(ROOT, Rtype.NS).key == ROOT
