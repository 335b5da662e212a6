# SPDX-License-Identifier: ISC
"""The laboratory's world: virtual clocks, seeded draws and a `Network` in the place of sockets.

No socket, no real clock, no event loop and no thread lives here. The same seed, network and calls give the
same list of exchanges, always; what would take seconds takes microseconds. How coroutines run: `trampoline`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from resolver.engine.matching import read_reply
from resolver.engine.ports import ExchangeFailed, Flight, Job, Query, Reply, Server, Transport
from resolver.events import Mismatch, ReplyDropped, Tell, Verdict, nobody
from resolver.lab.network import Delivery, Network
from resolver.lab.trampoline import Trampoline, VirtualJob, suspend

__all__ = ["Exchange", "VirtualFlight", "VirtualWorld"]

T = TypeVar("T")

START_NOW: Final = 1_000_000.0  # the clock of lifetimes at tick 0: not zero, so that a forgotten offset shows
START_WALL: Final = 1_800_000_000.0  # UNIX time at tick 0 (January 2027)
MAX_JOBS: Final = 4096  # concurrent fetches, security.md section 1


class Exchange(NamedTuple):
    """One query that left: when, where to and what for. `name` is the key, so that 0x20 does not show."""

    tick: float
    server: Server
    transport: Transport
    zone: bytes
    name: bytes
    rtype: int


class VirtualWorld:
    """Implements `engine.ports.World` over a `Network` in virtual time.

    `start_at`, `now_at` and `wall_at` set the three clocks in seconds, `max_jobs` bounds the job table, and
    `tell` hears of dropped datagrams. `exchanges` lists everything sent, in order (clear it at will),
    `open_flights` counts the sockets that are open.
    """

    def __init__(
        self,
        network: Network,
        *,
        seed: int = 0,
        start_at: float = 0.0,
        now_at: float = START_NOW,
        wall_at: float = START_WALL,
        max_jobs: int = MAX_JOBS,
        tell: Tell = nobody,
    ) -> None:
        self.network = network
        self.exchanges: list[Exchange] = []
        self.max_jobs = max_jobs
        self.tell = tell
        self.open_flights = 0
        self._random = random.Random(seed)
        self._now_offset = now_at - start_at
        self._wall_offset = wall_at - start_at
        self._trampoline = Trampoline(start_at)

    def now(self) -> float:
        """The clock of lifetimes, in seconds."""
        return self._trampoline.tick + self._now_offset

    def ticks(self) -> float:
        """Monotonic virtual seconds."""
        return self._trampoline.tick

    def wall(self) -> float:
        """Virtual UNIX time in seconds."""
        return self._trampoline.tick + self._wall_offset

    def draw(self, bound: int) -> int:
        """An integer, 0 <= n < bound, from the seed. Predictable on purpose: only laboratories run here."""
        return self._random.randrange(bound)

    async def sleep_until(self, tick: float) -> None:
        """Wait; an instant in the past lets others that are ready go first."""
        job = self._trampoline.running()
        self._trampoline.push(tick, job.wake, job.token)
        await suspend()

    def start(self, server: Server, query: Query, until: float) -> VirtualFlight:
        """Send one try. Replies that would arrive at `until` or later are not heard."""
        sent_id = self._random.getrandbits(16)
        request = sent_id.to_bytes(2, "big") + query.wire[2:]
        tick = self._trampoline.tick
        transport = query.transport
        self.exchanges.append(
            Exchange(tick, server, transport, query.zone.lower(), query.name.lower(), query.rtype)
        )
        deliveries = self.network.deliver(server, transport, request, tick, tick + self._now_offset)
        return VirtualFlight(self, server, query, sent_id, until, deliveries)

    async def first(self, flights: Sequence[Flight], until: float) -> VirtualFlight | None:
        """The first flight, in the order given, with something to take; None at the tick `until`."""
        mine = cast(Sequence[VirtualFlight], flights)
        for flight in mine:
            if flight.inbox:
                return flight
        trampoline = self._trampoline
        if trampoline.tick >= until:
            return None
        job = trampoline.running()
        for flight in mine:
            flight.waiters.append((job, job.token))
        trampoline.push(until, job.wake, job.token)
        await suspend()
        for flight in mine:
            if flight.inbox:
                return flight
        return None

    def spawn(
        self,
        work: Coroutine[Any, Any, T],
        deadline: float,
        ended: Callable[[T | None], object] | None = None,
    ) -> Job[T] | None:
        """Run `work` as a Job that is closed at the tick `deadline`; None, and `work` closed, when full."""
        if self.open_jobs >= self.max_jobs:
            work.close()
            return None
        job = VirtualJob(self._trampoline, work, ended)
        self._trampoline.push(deadline, job.end, None)
        return job

    @property
    def open_jobs(self) -> int:
        """How many jobs are not done."""
        return self._trampoline.open_jobs

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Drive `work` to its end and return its result; other jobs stand still where they then are.

        Raises what `work` raises, and `trampoline.Stuck` when it waits for what can never happen.
        """
        return self._trampoline.run(work)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on all clocks, and everything happen that falls into them."""
        self.run_until(self._trampoline.tick + seconds)

    def run_until(self, tick: float) -> None:
        """Let time pass up to and including the instant `tick`."""
        self._trampoline.run_until(tick)

    def step(self, until: float) -> bool:
        """Let the next thing happen that does by the tick `until`; False, and no time passes, if there is none."""
        return self._trampoline.step(until)

    def settle(self) -> None:
        """Let time pass until no job is left and every socket is closed."""
        self._trampoline.settle(lambda: self.open_jobs > 0 or self.open_flights > 0)

    def jump(self, *, now: float = 0.0, wall: float = 0.0) -> None:
        """Move the clock of lifetimes or UNIX time by so many seconds; ticks and timers never jump."""
        self._now_offset += now
        self._wall_offset += wall


class _Silence:
    """What arrives when nothing does: the end of a flight's time."""


_SILENCE: Final = _Silence()


def _delay(delivery: Delivery) -> float:
    return delivery.delay_s


class VirtualFlight:
    """One try over a `Network`: at most one of its deliveries is on the heap at a time."""

    __slots__ = (
        "_coming",
        "_id",
        "_late",
        "_until",
        "_world",
        "inbox",
        "is_open",
        "near_misses",
        "query",
        "server",
        "started_at",
        "waiters",
        "wrong_case",
    )

    def __init__(
        self,
        world: VirtualWorld,
        server: Server,
        query: Query,
        sent_id: int,
        until: float,
        deliveries: Sequence[Delivery],
    ) -> None:
        self.server = server
        self.query = query
        self.started_at = world.ticks()
        self.near_misses = 0
        self.wrong_case = False
        self.is_open = True
        self.inbox: list[Reply | ExchangeFailed] = []
        self.waiters: list[tuple[VirtualJob[Any], int]] = []
        self._world = world
        self._id = sent_id
        self._until = until
        self._coming = sorted(deliveries, key=_delay)[::-1] if len(deliveries) > 1 else list(deliveries)
        self._late: Callable[[Reply | None], None] | None = None
        world.open_flights += 1
        self._expect_next()

    def take(self) -> Reply | ExchangeFailed | None:
        """The next thing it brought and nobody took, or None."""
        return self.inbox.pop(0) if self.inbox else None

    def close(self) -> None:
        """Give the socket back; what was not taken is gone. Idempotent."""
        self.inbox.clear()
        if self.is_open:
            self.is_open = False
            self._world.open_flights -= 1

    def linger(self, until: float, late: Callable[[Reply | None], None]) -> None:
        """Keep listening to the tick `until`, then close; `late` hears the first late reply, or None."""
        self._late = late
        self._world._trampoline.push(min(until, self._until), self._tell_late, None)
        if self.inbox or not self.is_open:
            self._world._trampoline.push(self._world.ticks(), self._tell_late, None)

    def _expect_next(self) -> None:
        if self._coming:
            delay, data = self._coming.pop()
            if (at := self.started_at + delay) < self._until:
                self._world._trampoline.push(at, self._arrive, data)
                return
            self._coming.clear()
        self._world._trampoline.push(self._until, self._arrive, _SILENCE)

    def _arrive(self, what: bytes | _Silence | None) -> None:
        if not self.is_open:
            return
        if isinstance(what, _Silence):
            self._fail(Verdict.TIMEOUT)
        elif what is None:
            self._fail(Verdict.UNREACHABLE if self.query.transport is Transport.UDP else Verdict.CLOSED)
        else:
            self._hear(what)
        if self.is_open:
            self._expect_next()

    def _hear(self, datagram: bytes) -> None:
        message = read_reply(self.query, self._id, datagram)
        if not isinstance(message, Mismatch):
            self._bring(Reply(message, self._world.ticks() - self.started_at, len(datagram)))
        elif message is Mismatch.TOO_LARGE:
            self._fail(Verdict.TOO_LARGE)
        else:
            self.near_misses += 1
            self.wrong_case = self.wrong_case or message is Mismatch.WRONG_CASE
            self._world.tell(ReplyDropped(self._world.ticks(), self.server.address, message))

    def _fail(self, reason: Verdict) -> None:
        self.is_open = False
        self._world.open_flights -= 1
        self._bring(ExchangeFailed(reason))

    def _bring(self, thing: Reply | ExchangeFailed) -> None:
        self.inbox.append(thing)
        if self._late is not None:
            self._tell_late(None)
            return
        for job, token in self.waiters:
            job.wake(token)
        self.waiters.clear()

    def _tell_late(self, _: object) -> None:
        late, self._late = self._late, None
        if late is not None:
            thing = self.take()
            self.close()
            late(thing if isinstance(thing, Reply) else None)
