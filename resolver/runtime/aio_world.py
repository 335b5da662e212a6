# SPDX-License-Identifier: ISC
"""The live world: the engine's port on asyncio or uvloop, with real sockets, clocks and entropy.

Nothing here decides whom to ask or what a reply means. How a try travels: `upstream_udp`, `upstream_tcp`.

    start ──► lab map ──► own address? ──► UdpFlight | TcpFlight ──► inbox ──► first ──► take
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from resolver.engine.ports import Flight, Query, Server, Transport
from resolver.errors import ResolverError
from resolver.events import Tell, Verdict, nobody
from resolver.runtime.clocks import Clock, lifetime_clock, ticks, wall
from resolver.runtime.deadlines import Deadlines
from resolver.runtime.entropy import Entropy
from resolver.runtime.flights import LiveFlight, Sockets
from resolver.runtime.jobs import AioJob, JobTable
from resolver.runtime.strands import Pause, Strands
from resolver.runtime.upstream_tcp import TcpFlight, TcpPatience
from resolver.runtime.upstream_udp import UdpFlight

T = TypeVar("T")

MAX_JOBS: Final = 4096  # concurrent fetches (security.md section 1; Unbound 2048, PowerDNS 2048)
_JUDGED: Final = 4096  # servers of which we remember whether they are ourselves
MAX_SOCKETS: Final = 8192  # two tries for each of them; `descriptors` may allow fewer


class AioWorld:
    """Implements `engine.ports.World`.

    `own_addresses` are the addresses we listen on, which are never asked, not even through `address_map` (the
    lab's: server address -> where it really is, applied in `start` alone). `clock` is the clock of lifetimes. `strands`
    drive its jobs; what waits for those goes on soonest when driven by the same.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        tell: Tell = nobody,
        max_jobs: int = MAX_JOBS,
        max_sockets: int = MAX_SOCKETS,
        source_addresses: Sequence[str] = (),
        own_addresses: Iterable[Server] = (),
        address_map: Mapping[str, Server] | None = None,
        patience: TcpPatience | None = None,
    ) -> None:
        check_source_addresses(source_addresses)
        # Called dozens of times a question: the functions themselves, without a method around them.
        self.now: Clock = clock or lifetime_clock("boottime")  # the clock of lifetimes, in seconds
        self.ticks: Clock = ticks  # monotonic seconds
        self.wall: Clock = wall  # UNIX time in seconds
        self.strands = Strands(loop)
        self._deadlines = Deadlines(loop)
        self._entropy = entropy or Entropy()
        self._jobs = JobTable(self.strands, self._deadlines, max_jobs, tell)
        self._sockets = Sockets(
            self.strands,
            self._deadlines,
            self._entropy,
            tell,
            limit=max_sockets,
            sources=tuple(source_addresses),
        )
        self._own = _OwnAddresses(own_addresses)
        self._map = dict(address_map or {})
        self._patience = patience or TcpPatience()

    def draw(self, bound: int) -> int:
        """An unpredictable integer, 0 <= n < bound."""
        return self._entropy.draw(bound)

    async def sleep_until(self, tick: float) -> None:
        """Wait; never wakes early. An instant in the past lets all else that is ready go first, sockets included."""
        if tick > ticks():
            await self.first([], tick)
        else:
            await asyncio.sleep(0)

    def start(self, server: Server, query: Query, until: float) -> LiveFlight:
        """Send one try. What goes wrong is found in the flight, as a thing it brought."""
        target = self._map.get(server.address, server) if self._map else server
        flight: LiveFlight
        if query.transport is Transport.UDP:
            flight = UdpFlight(self._sockets, server, query, until)
        else:
            flight = TcpFlight(self._sockets, server, query, until, self._patience)
        if self._own.has(target):
            flight.fail(Verdict.UNREACHABLE, "our own address")
        else:
            flight.launch(target)
        return flight

    async def first(self, flights: Sequence[Flight], until: float) -> LiveFlight | None:
        """The first flight, in the order given, with something to take; None at the tick `until`."""
        mine = cast("Sequence[LiveFlight]", flights)  # a world is only ever given its own flights back
        ready = _ready(mine)
        if ready is None and until > ticks():
            pause = Pause(self.strands)
            deadline = self._deadlines.call_at(until, pause.end)
            for flight in mine:
                flight.waiters.append(pause)
            try:
                await pause
            finally:
                deadline.cancel()
                for flight in mine:
                    if pause in flight.waiters:
                        flight.waiters.remove(pause)
            ready = _ready(mine)
        if ready is None:
            for flight in mine:
                flight.catch_up()
            ready = _ready(mine)
        return ready

    def spawn(
        self,
        work: Coroutine[Any, Any, T],
        deadline: float,
        ended: Callable[[T | None], object] | None = None,
    ) -> AioJob[T] | None:
        """Run `work` as a Job that ends at the tick `deadline`; None, and `work` closed, when full."""
        return self._jobs.spawn(work, deadline, ended)

    @property
    def open_jobs(self) -> int:
        """How many jobs are not done."""
        return len(self._jobs.jobs)

    @property
    def max_jobs(self) -> int:
        """How many jobs there may be at once; set lower, those there are go on."""
        return self._jobs.limit

    @max_jobs.setter
    def max_jobs(self, most: int) -> None:
        self._jobs.limit = most

    @property
    def open_flights(self) -> int:
        """How many upstream sockets are open."""
        return len(self._sockets.flights)

    @property
    def waiting(self) -> int:
        """How many callers wait for a job."""
        return self._jobs.waiting

    def own(self, addresses: Iterable[Server]) -> None:
        """Set the addresses we listen on, once they are bound."""
        self._own = _OwnAddresses(addresses)

    def close(self) -> None:
        """End every job and close every socket."""
        for job in list(self._jobs.jobs):
            job.end()
        for flight in list(self._sockets.flights):
            flight.close()
        self._sockets.readers.close()


def _ready(flights: Sequence[LiveFlight]) -> LiveFlight | None:
    for flight in flights:
        if flight.ready:
            return flight
    return None


class _OwnAddresses:
    """Where we listen ourselves: asking there would be a loop that costs two sockets a turn."""

    def __init__(self, addresses: Iterable[Server]) -> None:
        exact = [(ipaddress.ip_address(address), port) for address, port in addresses]
        self._exact = {pair for pair in exact if not pair[0].is_unspecified}
        self._everywhere = {port for address, port in exact if address.is_unspecified}
        self._ports = {port for _, port in exact}
        self._judged: dict[Server, bool] = {}

    def has(self, target: Server) -> bool:
        """Whether `target` is ours. A wildcard bind owns its port on every address that is local."""
        if target.port not in self._ports:
            return False
        known = self._judged.get(target)
        if known is None:
            if len(self._judged) >= _JUDGED:
                self._judged.clear()
            known = self._judged[target] = self._judge(target)
        return known

    def _judge(self, target: Server) -> bool:
        address = ipaddress.ip_address(target.address)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if (address, target.port) in self._exact:
            return True
        return target.port in self._everywhere and (address.is_unspecified or _is_local(address))


def _is_local(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether a datagram to `address` would never leave this machine: only local addresses can be bound."""
    if address.is_loopback:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def check_source_addresses(addresses: Sequence[str]) -> None:
    """Raise ResolverError when one of `upstream.source_addresses` is not an address of this machine."""
    for address in addresses:
        try:
            local = _is_local(ipaddress.ip_address(address))
        except ValueError:
            local = False
        if not local:
            raise ResolverError(
                f"upstream.source_addresses: {address} is not an address of this machine - "
                "list addresses that `ip address` shows, or leave the list empty"
            )
