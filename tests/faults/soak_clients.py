# SPDX-License-Identifier: ISC
"""The clients of the soak: good ones, whose every answer is checked, and hostile ones that never behave; fixed rates.

Nothing of a client outlives its call but what `Clients.quiet` ends. Nothing is judged here.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

import dns.flags
import dns.message

from tests.faults.modes import request
from tests.faults.soak_world import TTLS, ZONES, SoakWorld
from tests.fuzz.mutate import mutate

PATIENCE: Final = 5.0  # seconds; a stub asks twice
TICK: Final = 0.02
_NAMES: Final = 20_000  # of each zone and TTL, drawn by Zipf's law
_WEIGHTS: Final = list(accumulate(1 / (n + 1) for n in range(_NAMES)))
_GOOD: Final = "127.0.0.1"
_HOSTILE: Final = "127.9.9.9"
_NOERROR, _NXDOMAIN = 0, 3


class Good(NamedTuple):
    """A question with one right outcome: the code, and whether data comes with it."""

    name: str
    rtype: str
    rcode: int
    data: bool
    zones: frozenset[int]  # honest zones that the answer needs


@dataclass(slots=True)
class Counts:
    """What came of the good questions, and how many hostile acts there were."""

    asked: int = 0
    right: int = 0
    excused: int = 0  # answered otherwise while a zone that was needed was dead
    again: int = 0  # a stub's second try
    unanswered: int = 0
    wrong: int = 0
    hostile: int = 0
    first_faults: list[str] = field(default_factory=list)

    def fault(self, what: str) -> None:
        """Keep what went wrong, the first twenty times."""
        if len(self.first_faults) < 20:
            self.first_faults.append(what)


def _no_socket(_: bytes) -> None:
    raise AssertionError("the clients are not open")


class _Stub(asyncio.DatagramProtocol):
    """One UDP socket of a stub: questions in flight by ID."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[bytes]] = {}
        self.send: Callable[[bytes], None] = _no_socket
        self.close: Callable[[], None] = lambda: None

    def opened(self, transport: asyncio.DatagramTransport) -> None:
        self.send, self.close = transport.sendto, transport.close

    def datagram_received(self, data: bytes, addr: object) -> None:
        future = self.waiting.pop(int.from_bytes(data[:2], "big"), None)
        if future and not future.done():
            future.set_result(data)


class Clients:
    """All clients of one resolver at (127.0.0.1, port), until `quiet` or `close`."""

    def __init__(self, world: SoakWorld, port: int, seed: int) -> None:
        self.counts = Counts()
        self._world, self._port = world, port
        self._draw = random.Random(seed)
        self._tasks: set[asyncio.Future[None]] = set()
        self._held: set[asyncio.Future[None]] = set()  # hostile connections
        self._stubs: list[_Stub] = []
        self._rude: list[_Stub] = []
        self._due: Counter[str] = Counter()
        # Per second; the whole comes to some 300 questions.
        self._kinds: dict[str, tuple[float, Callable[[], Awaitable[None]]]] = {
            "udp": (180, self._udp),
            "tcp": (8, self._one_shot),
            "pipelined": (1, self._pipelined),
            "any": (5, self._any),
            "attack": (45, self._attack),
            "mutated": (40, self._mutated),
            "half": (2, self._half),
            "never reads": (0.2, self._never_reads),
            "connects": (20, self._connect_and_close),
        }

    async def open(self) -> None:
        """Bind the stubs' sockets, which last as long as the soak."""
        loop = asyncio.get_running_loop()
        for address, stubs, count in ((_GOOD, self._stubs, 16), (_HOSTILE, self._rude, 8)):
            for _ in range(count):
                there = ("127.0.0.1", self._port)
                transport, stub = await loop.create_datagram_endpoint(
                    _Stub, remote_addr=there, local_addr=(address, 0)
                )
                stub.opened(transport)
                stubs.append(stub)

    async def run(self, seconds: float) -> None:
        """Ask at the fixed rates for so long; what falls due late is asked late."""
        loop = asyncio.get_running_loop()
        begun_at, last = loop.time(), 0.0
        while last < seconds:
            await asyncio.sleep(TICK)
            now = min(loop.time() - begun_at, seconds)
            for kind, (rate, act) in self._kinds.items():
                for _ in range(int(now * rate) - int(last * rate)):
                    self._begin(act(), self._held if kind in ("half", "never reads") else self._tasks)
            last = now

    async def quiet(self) -> None:
        """Hang up on what the hostile hold open, and wait for the answers due."""
        for task in self._held:
            task.cancel()
        while self._tasks or self._held:
            await asyncio.wait([*self._tasks, *self._held])

    def close(self) -> None:
        """Close the sockets."""
        for stub in self._stubs + self._rude:
            stub.close()

    def _begin(self, act: Awaitable[None], tasks: set[asyncio.Future[None]]) -> None:
        def done(task: asyncio.Future[None]) -> None:
            tasks.discard(task)
            if not task.cancelled() and (error := task.exception()):
                self.counts.wrong += 1
                self.counts.fault(f"the client itself failed: {error!r}")

        task = asyncio.ensure_future(act)
        tasks.add(task)
        task.add_done_callback(done)

    # Good clients

    def _good(self) -> Good:
        draw, zone = self._draw, self._draw.randrange(ZONES)
        (rank,) = draw.choices(range(_NAMES), cum_weights=_WEIGHTS)
        here, after = frozenset({zone}), frozenset((zone + n) % ZONES for n in range(3))
        luck = draw.random()
        if luck < 0.70:
            rtype = draw.choice(("A", "A", "A", "AAAA", "AAAA", "MX", "TXT"))
            return Good(f"n{rank}.t{draw.choice(TTLS)}.z{zone}.sk.", rtype, _NOERROR, True, here)
        if luck < 0.80:
            return Good(f"n{rank}.gone.z{zone}.sk.", "A", _NXDOMAIN, False, here)
        if luck < 0.87:
            return Good(f"n{rank}.t60.z{zone}.sk.", "SRV", _NOERROR, False, here)
        if luck < 0.97:
            return Good(f"n{rank}.alias.z{zone}.sk.", "A", _NOERROR, True, after)
        # So few that all are held soon: else they displace small entries for hours, and memory moves with the mixture.
        return Good(f"n{rank % 50}.big.z{zone}.sk.", "TXT", _NOERROR, True, here)

    def _octets(self, good: Good, ident: int) -> bytes:
        luck = self._draw.random()
        query = dns.message.make_query(good.name, good.rtype, use_edns=0 if luck < 0.8 else False, id=ident)
        if luck < 0.2:
            query.want_dnssec()
        return query.to_wire()

    async def _udp(self) -> None:
        good = self._good()
        self.counts.asked += 1
        for attempt in range(2):
            self.counts.again += attempt
            data = await self._exchange(
                self._draw.choice(self._stubs), lambda ident: self._octets(good, ident)
            )
            if data and data[2] & 0x02:  # TC: again over TCP, as a stub does
                data = next(iter(await self._over_tcp([self._octets(good, 1)])), None)
            if data:
                return self._check(good, data)
        self.counts.unanswered += 1
        self.counts.fault(f"no answer for {good.name} {good.rtype}")

    async def _exchange(self, stub: _Stub, make: Callable[[int], bytes]) -> bytes | None:
        ident = self._draw.randrange(65536)
        while ident in stub.waiting:
            ident = self._draw.randrange(65536)
        future = asyncio.get_running_loop().create_future()
        stub.waiting[ident] = future
        stub.send(make(ident))
        try:
            async with asyncio.timeout(PATIENCE):
                return bytes(await future)
        except TimeoutError:
            return None
        finally:
            stub.waiting.pop(ident, None)

    def _check(self, good: Good, data: bytes) -> None:
        rcode, answers = data[3] & 0x0F, int.from_bytes(data[6:8], "big")
        if rcode == good.rcode and bool(answers) == good.data:
            self.counts.right += 1
        elif good.zones & self._world.lately_dead:
            self.counts.excused += 1
        else:
            self.counts.wrong += 1
            self.counts.fault(f"{good.name} {good.rtype}: code {rcode} with {answers} records")

    async def _one_shot(self) -> None:
        await self._batch([self._good()])

    async def _pipelined(self) -> None:
        await self._batch([self._good() for _ in range(10)])

    async def _batch(self, batch: list[Good]) -> None:
        self.counts.asked += len(batch)
        answers = await self._over_tcp([self._octets(good, n) for n, good in enumerate(batch)])
        by_id = {int.from_bytes(data[:2], "big"): data for data in answers}
        for number, good in enumerate(batch):
            if number in by_id:
                self._check(good, by_id[number])
            else:
                self.counts.unanswered += 1
                self.counts.fault(f"no answer by TCP for {good.name} {good.rtype}")

    async def _over_tcp(self, requests: list[bytes]) -> list[bytes]:
        """All on one connection; what came back in time."""
        found: list[bytes] = []
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(2 * PATIENCE):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(_GOOD, 0))
                try:
                    writer.write(b"".join(len(one).to_bytes(2, "big") + one for one in requests))
                    while len(found) < len(requests):
                        size = int.from_bytes(await reader.readexactly(2), "big")
                        found.append(await reader.readexactly(size))
                finally:
                    writer.close()
        return found

    async def _any(self) -> None:
        good = self._good()._replace(rtype="ANY")
        await self._exchange(self._draw.choice(self._stubs), lambda ident: request(good.name, "ANY", ident))

    # Hostile clients

    async def _attack(self) -> None:
        """A name whose servers are hostile; the answer, if any, is not looked at."""
        draw, number = self._draw, self._draw.randrange(1 << 30)
        name = draw.choice(
            (
                *(f"r{number}.z{number % ZONES}.sk.",) * 6,  # random subdomains of a good zone
                *(f"r{number}.dead.sk.",) * 2,
                *(f"r{number}.ref.sk.",) * 2,
                f"r{number}.evil.nxns.sk.",
                f"r{number}.forge.sk.",
                f"r{number % 50}.drip.sk.",
                draw.choice(("www.a.pz.", "x.y.a.pz.", f"r{number}.b.pz.", "pz.", "c.b.pz.")),
            )
        )
        self.counts.hostile += 1
        await self._exchange(draw.choice(self._rude), lambda ident: request(name, "A", ident))

    async def _mutated(self) -> None:
        data = bytearray(self._octets(self._good(), self._draw.randrange(65536)))
        for _ in range(self._draw.choice((1, 1, 2, 6))):
            if len(data) < 12:
                break
            mutate(self._draw, data, bytes(data))
        self.counts.hostile += 1
        self._draw.choice(self._rude).send(bytes(data[:1400]))

    async def _half(self) -> None:
        """Half a message, and then nothing until they hang up on us, or twenty seconds."""
        octets = self._octets(self._good(), 7)
        await self._hold(len(octets).to_bytes(2, "big") + octets[: len(octets) // 2], reads=True)

    async def _never_reads(self) -> None:
        """Two hundred big answers asked for and not one read."""
        octets = b"".join(
            self._octets(Good(f"n{n}.big.z0.sk.", "TXT", 0, True, frozenset()), n) for n in range(3)
        )
        one = len(octets) // 3
        await self._hold((one.to_bytes(2, "big") + octets[:one]) * 200, reads=False)

    async def _hold(self, octets: bytes, *, reads: bool) -> None:
        self.counts.hostile += 1
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(20):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self._port, local_addr=(_HOSTILE, 0), limit=1024
                )
                try:
                    writer.write(octets)
                    await (reader.read(1024) if reads else asyncio.sleep(20))
                finally:
                    writer.transport.abort()

    async def _connect_and_close(self) -> None:
        self.counts.hostile += 1
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                _, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(_HOSTILE, 0))
                writer.transport.abort()
