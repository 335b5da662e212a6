# SPDX-License-Identifier: ISC
"""UDP to servers on real sockets: what leaves, and what floods and errors do to a try (RFC 5452, RFC 9715)."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest

from resolver.engine.ports import ExchangeFailed, Reply, Server, Transport
from resolver.errors import ResolverError
from resolver.events import Verdict
from resolver.lab.network import Delivery
from resolver.runtime.aio_world import AioWorld
from resolver.runtime.upstream_udp import IP_MTU_DISCOVER, PMTUDISC_PROBE, UdpFlight
from tests.loopback.scripted import CLOSED, GOOD, Loopback, Respond, ScriptedNetwork, query, reply_to
from tests.runtime.rig import has_ipv6

LONG = 3.0


def play(
    scenario: Callable[[AioWorld], Awaitable[None]],
    respond: Respond = lambda server, transport, request: [Delivery(0.0, reply_to(request))],
    servers: Sequence[tuple[Server, str]] = ((GOOD, "127.0.0.1"),),
    **settings: object,
) -> ScriptedNetwork:
    network = ScriptedNetwork(respond)

    async def main() -> None:
        async with Loopback(network, servers) as loopback:
            loop = asyncio.get_running_loop()
            world = AioWorld(loop, address_map=loopback.address_map, **settings)  # type: ignore[arg-type]  # test shorthand
            await scenario(world)
            world.close()
            assert world.open_flights == 0
            assert world.open_jobs == 0

    asyncio.run(asyncio.wait_for(main(), 20))
    return network


@pytest.mark.parametrize("asked", ["first", "expiry"])
def test_a_reply_that_lies_in_the_socket_is_in_time(asked: str) -> None:
    """A busy loop runs its timers before it reads: what a starved process takes for silence is its own slowness."""

    async def scenario(world: AioWorld) -> None:
        until = world.ticks() + (LONG if asked == "first" else 0.05)
        flight = world.start(GOOD, query(), until)
        assert isinstance(flight, UdpFlight)
        assert flight._socket is not None
        flight._sockets.readers.remove(flight._socket.fileno())  # the loop does not come to it
        await asyncio.sleep(0.1)
        assert await world.first([flight], world.ticks()) is flight
        assert isinstance(flight.take(), Reply)

    play(scenario)


def test_f01_f02_3000_queries_have_unpredictable_ports_and_ids() -> None:
    ports: list[int] = []
    ids: list[int] = []

    class Watching(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
            ports.append(peer[1])
            ids.append(int.from_bytes(data[:2], "big"))
            if len(ids) % 50 == 0:
                batch.set()

    batch = asyncio.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        watcher, _ = await loop.create_datagram_endpoint(Watching, local_addr=("127.0.0.1", 0))
        world = AioWorld(loop)
        server = Server(*watcher.get_extra_info("sockname"))
        while len(ports) < 3000:
            flights = [world.start(server, query(), world.ticks() + LONG) for _ in range(50)]
            await batch.wait()
            batch.clear()
            for flight in flights:
                flight.close()
        watcher.close()

    asyncio.run(asyncio.wait_for(main(), 20))
    assert len(set(ports)) >= 2880
    assert max(ports) - min(ports) >= 60_000
    assert min(ports) >= 1024
    # Chi-square over 16 equal slices of 1024-65535: 15 degrees of freedom, 58.8 is p = 4e-7.
    slices = Counter((port - 1024) * 16 // 64512 for port in ports)
    expected = len(ports) / 16
    assert sum((slices[n] - expected) ** 2 / expected for n in range(16)) < 58.8
    for bit in range(16):  # each bit within 5 sigma of a half
        ones = sum(number >> bit & 1 for number in ids)
        assert abs(ones - len(ids) / 2) < 5 * (len(ids) / 4) ** 0.5
    steps = Counter((b - a) & 0xFFFF for a, b in itertools.pairwise(ports))
    assert steps.most_common(1)[0][1] < 10  # no arithmetic sequence


def test_sockets_are_connected_and_never_fragment() -> None:
    async def scenario(world: AioWorld) -> None:
        flight = world.start(GOOD, query(), world.ticks() + LONG)
        assert isinstance(flight, UdpFlight)
        sock = flight._socket
        assert sock is not None
        assert sock.getpeername()[0] == "127.0.0.1"
        assert sock.getsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER) == PMTUDISC_PROBE

    play(scenario)


def test_f05_500_forged_replies_before_the_true_one() -> None:
    """In batches: more than some 250 at once overflow the kernel's buffer before anybody could count them."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
            server.bind(("127.0.0.1", 0))
            world = AioWorld(loop)
            flight = world.start(Server(*server.getsockname()), query(), world.ticks() + LONG)
            request, peer = await loop.sock_recvfrom(server, 512)
            for n in range(500):
                server.sendto(reply_to(request, change_id=n + 1), peer)
                while n % 100 == 99 and flight.near_misses <= n:  # noqa: ASYNC110 - the flight has no event
                    await asyncio.sleep(0.001)
            server.sendto(reply_to(request), peer)
            assert await world.first([flight], world.ticks() + LONG) is flight
            assert isinstance(flight.take(), Reply)
            assert flight.near_misses == 500
            flight.close()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_an_icmp_error_ends_its_own_try_alone() -> None:
    async def scenario(world: AioWorld) -> None:
        until = world.ticks() + LONG
        closed, good = world.start(CLOSED, query(), until), world.start(GOOD, query(), until)
        things = {}
        for _ in range(2):
            flight = await world.first([closed, good], until)
            assert flight is not None
            things[flight.server] = flight.take()
        assert isinstance(things[GOOD], Reply)
        failed = things[CLOSED]
        assert isinstance(failed, ExchangeFailed)
        assert failed.reason is Verdict.UNREACHABLE

    play(scenario)


def test_replies_nobody_takes_are_bounded() -> None:
    def respond(server: Server, transport: Transport, request: bytes) -> Sequence[Delivery]:
        return [Delivery(0.0, reply_to(request))] * 100

    async def scenario(world: AioWorld) -> None:
        flight = world.start(GOOD, query(), world.ticks() + LONG)
        await world.sleep_until(world.ticks() + 0.05)
        taken = 0
        while flight.take() is not None:
            taken += 1
        assert 1 <= taken <= 8

    play(scenario, respond)


def test_a_full_socket_table_is_told_as_no_socket_and_frees_up() -> None:
    async def scenario(world: AioWorld) -> None:
        until = world.ticks() + LONG
        held = [world.start(GOOD, query(), until) for _ in range(3)]
        refused = world.start(GOOD, query(), until)
        got = refused.take()
        assert isinstance(got, ExchangeFailed)
        assert got.reason is Verdict.NO_SOCKET
        held[0].close()
        assert world.start(GOOD, query(), until).take() is None

    play(scenario, max_sockets=3)


@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])
def test_f17_our_own_address_is_never_asked_even_through_the_map(listening: str) -> None:
    async def scenario(world: AioWorld) -> None:
        target = world._map[GOOD.address]
        world.own([Server(listening, target.port)])
        for server in (GOOD, target):
            got = world.start(server, query(), world.ticks() + LONG).take()
            assert isinstance(got, ExchangeFailed)
            assert got.reason is Verdict.UNREACHABLE
        assert world.open_flights == 0

    assert play(scenario).asked == []


def test_queries_leave_from_the_source_addresses() -> None:
    peers: set[str] = set()

    class Watching(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
            peers.add(peer[0])

    async def main() -> None:
        loop = asyncio.get_running_loop()
        watcher, _ = await loop.create_datagram_endpoint(Watching, local_addr=("127.0.0.1", 0))
        world = AioWorld(loop, source_addresses=("127.0.0.8", "127.0.0.9", "::1"))
        for _ in range(40):
            world.start(Server(*watcher.get_extra_info("sockname")), query(), world.ticks() + LONG)
        await world.sleep_until(world.ticks() + 0.02)
        world.close()
        watcher.close()

    asyncio.run(main())
    assert peers == {"127.0.0.8", "127.0.0.9"}


def test_a_source_address_that_is_not_ours_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ResolverError, match=r"upstream.source_addresses: 192\.0\.2\.7 is not an address"):
        play(lambda world: asyncio.sleep(0), source_addresses=("192.0.2.7",))


@pytest.mark.parametrize("transport", list(Transport))
def test_servers_with_ipv6_addresses(transport: Transport) -> None:
    async def scenario(world: AioWorld) -> None:
        flight = world.start(six, query(transport), world.ticks() + LONG)
        assert await world.first([flight], world.ticks() + LONG) is flight
        assert isinstance(flight.take(), Reply)
        flight.close()

    six = Server("2001:db8::1")
    if not has_ipv6():
        pytest.skip("this machine has no ::1")
    play(scenario, servers=[(six, "::1")])


def test_a_late_listener_that_raises_is_told_and_ends_nothing() -> None:
    events: list[object] = []

    def broken(reply: Reply | None) -> None:
        raise RuntimeError("listener")

    async def scenario(world: AioWorld) -> None:
        flight = world.start(GOOD, query(), world.ticks() + LONG)
        flight.linger(world.ticks() + LONG, broken)
        await world.sleep_until(world.ticks() + 0.05)
        assert world.open_flights == 0

    play(scenario, tell=events.append)
    assert ["RuntimeError: listener" in getattr(event, "traceback", "") for event in events] == [True]
