# SPDX-License-Identifier: ISC
"""Asks a service a trace, in virtual time, and tells of each question what became of it.

    Asked ──► let time pass up to it ──► owners.take ──► service.handle ──┬─ octets: answered, from what was known
                                                                          └─ a coroutine: a job that ends in octets

Every fact comes from octets, from the instants of questions and answers, and from the cache entry that a hit stands on.
"""

from __future__ import annotations

import ipaddress
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final

from resolver.cache import NXDOMAIN_TYPE, Caches, CacheSettings, ImageCache, build, build_images
from resolver.engine.ports import World
from resolver.errors import ResolverError
from resolver.events import Crashed, Event, Evicted, Tell, TtlJudged
from resolver.lab.fullworld.hierarchy import Conditions, Hierarchy
from resolver.lab.fullworld.owners import Owners
from resolver.lab.fullworld.questions import Asked
from resolver.lab.fullworld.replies import NOTHING, Reply, read_reply
from resolver.lab.replay import outcome as out
from resolver.lab.replay.outcome import Kind
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy import AnswerClass
from resolver.service import Client, Service
from resolver.service.single_flight import FlightKey
from resolver.units import Bytes
from resolver.wire import Edns, Rtype, compose_query

# What puts a server together over a world: `composition` does it for the live one, and for us.
MakeService = Callable[[World, Caches, ImageCache, Sequence[tuple[bytes, str]], Tell], Service]
SIZE: Final = 1 << 30  # bytes; so much that nothing is evicted, unless somebody asks for less
JOBS: Final = 1 << 16  # of the world: clients that wait are jobs here, as fetches are
PATIENCE_S: Final = 60.0  # of a client; far beyond what a server ever takes
_PORT: Final = 53000
_EDNS: Final = Edns(udp_size=1232)


class ReplayCrashed(ResolverError):
    """The server under replay met a bug of its own: nothing that it said counts."""


@dataclass(slots=True)
class Answered:
    """A question and what became of it: an outcome as in `lab.replay`, the response, and the seconds until it came.

    `outdated_s`: for how long its data had been wrong by then. `outcome` is None until there is an answer.
    """

    asked: Asked
    queried: bool
    outcome: int | None = None
    reply: Reply = NOTHING
    waited_s: float = 0.0
    outdated_s: float = 0.0


@dataclass(slots=True)
class Replay:
    """A server in a world of its own. `ask` all questions once.

    Then `sent` counts queries to servers, `stores` what was kept of their answers, `kept_s` and `published_s` the
    seconds that policy granted to those and that owners published, and `evicted` entries that had to make room.
    """

    make: MakeService
    conditions: Conditions = field(default_factory=Conditions)
    size: int = SIZE
    seed: int = 1
    sent: int = 0
    stores: int = 0
    kept_s: float = 0.0
    published_s: float = 0.0
    evicted: int = 0
    _waiting: deque[Answered] = field(default_factory=deque)
    _needed_from: dict[tuple[bytes, int], float] = field(default_factory=dict)
    _clients: dict[str, Client] = field(default_factory=dict)
    _crashes: list[str] = field(default_factory=list)
    _owners: Owners = field(init=False)
    _world: VirtualWorld = field(init=False)
    _caches: Caches = field(init=False)
    _service: Service = field(init=False)

    def __post_init__(self) -> None:
        self._owners = Owners()
        network = Hierarchy(self._owners, self.conditions, random.Random(self.seed))
        self._world = VirtualWorld(network, seed=self.seed, max_jobs=JOBS, tell=self._tell)
        settings = CacheSettings(size=Bytes(self.size))
        self._caches = build(settings, self._tell)
        images = build_images(settings, self._caches.records)
        self._service = self.make(self._world, self._caches, images, network.hints(), self._tell)

    def ask(self, questions: Iterable[Asked]) -> Iterator[Answered]:
        """Answer all questions; yield them in order, each once it is answered. Raises ReplayCrashed."""
        world, waiting = self._world, self._waiting
        offset = world.now() - world.ticks()
        for asked in questions:
            world.run_until(asked.time)
            while waiting and waiting[0].outcome is not None:
                yield waiting.popleft()
            self._owners.take(asked)
            self._ask(asked, asked.time + offset)
        world.settle()
        self._count_sent()
        yield from waiting
        waiting.clear()
        if self._crashes:
            raise ReplayCrashed(f"the server crashed - report this: {self._crashes[0]}")

    def _ask(self, asked: Asked, now: float) -> None:
        self._count_sent()
        flights = self._service.flights
        key = FlightKey(asked.name, int(Rtype.A) if asked.rtype == Rtype.ANY else asked.rtype)
        was_under_way = flights.is_under_way(key)
        query = compose_query(asked.name, asked.rtype, id=0, rd=True, edns=_EDNS)
        answered = Answered(asked, queried=not was_under_way)
        self._waiting.append(answered)
        found = self._service.handle(query, self._client(asked.client), now)
        if isinstance(found, Coroutine):
            self._world.spawn(self._wait(found, answered), self._world.ticks() + PATIENCE_S)
            return
        answered.queried = not was_under_way and flights.is_under_way(key)
        self._judge(answered, found, waited=False)

    async def _wait(self, found: Coroutine[Any, Any, bytes | None], answered: Answered) -> None:
        self._judge(answered, await found, waited=True)

    def _judge(self, answered: Answered, octets: bytes | None, *, waited: bool) -> None:
        """Work out the outcome of a question whose answer has just come."""
        asked, at = answered.asked, self._world.ticks()
        reply = NOTHING if octets is None else read_reply(octets)
        kind = reply.kind(waited=waited)
        outcome = kind | (out.QUERIED if answered.queried else 0)
        if kind in (Kind.FRESH, Kind.NEGATIVE, Kind.STALE, Kind.STALE_WAITED):
            outcome |= self._facts(answered, reply, at)
            outcome |= self._prefetch(asked, kind, queried=answered.queried)
        elif kind is Kind.ANSWERED:
            self._needed_from.pop(_place(asked), None)
        if kind is not Kind.ANSWERED and asked.down:
            outcome |= out.OUTAGE
        answered.reply, answered.waited_s, answered.outcome = reply, at - asked.time, outcome

    def _facts(self, answered: Answered, reply: Reply, at: float) -> int:
        """What is wrong with data from the cache."""
        asked, facts = answered.asked, 0
        if reply.version is not None:
            wrong_for = self._owners.wrong_for(asked.name, asked.rtype, reply.answer, reply.version, at)
            if wrong_for is not None:
                facts |= out.OUTDATED
                answered.outdated_s = wrong_for
        entry = self._caches.records.peek(*_place_of(asked.name, asked.rtype, reply.answer))
        if entry is not None:
            lifetime = entry.lifetime
            if self._world.now() >= lifetime.stored_at + lifetime.published_ttl:
                facts |= out.BEYOND
        return facts

    def _prefetch(self, asked: Asked, kind: Kind, *, queried: bool) -> int:
        """Whether this is the first hit that a prefetch made one: the life before it had ended."""
        if kind not in (Kind.FRESH, Kind.NEGATIVE):
            return 0
        place = _place(asked)
        used = asked.time >= self._needed_from.get(place, inf)
        if used:
            del self._needed_from[place]
        if queried:
            entry = self._caches.records.peek(*place)
            if entry is not None:
                self._needed_from[place] = entry.lifetime.fresh_until - self._world.now() + asked.time
        return out.PREFETCH_USED if used else 0

    def _client(self, name: str) -> Client:
        known = self._clients.get(name)
        if known is None:
            try:
                version = ipaddress.ip_address(name).version
                known = Client(name, _PORT, "udp", "ipv6" if version == 6 else "ipv4")
            except ValueError:
                known = Client("127.0.0.1", _PORT)
            self._clients[name] = known
        return known

    def _count_sent(self) -> None:
        self.sent += len(self._world.exchanges)
        self._world.exchanges.clear()

    def _tell(self, event: Event) -> None:
        match event:
            case TtlJudged(kept=kept, published=published) if kept > 0:
                self.stores += 1
                self.kept_s += kept
                self.published_s += published
            case Evicted(cache="records", reason="dead" | "space", entries=entries):
                self.evicted += entries
            case Crashed(traceback=trace):
                self._crashes.append(trace)
            case _:
                pass


def _place(asked: Asked) -> tuple[bytes, int]:
    """Where the cache keeps what the owner says."""
    return _place_of(asked.name, asked.rtype, asked.said.answer)


def _place_of(name: bytes, rtype: int, answer: AnswerClass) -> tuple[bytes, int]:
    if answer is AnswerClass.NXDOMAIN:
        return name, NXDOMAIN_TYPE
    return name, int(Rtype.A) if rtype == Rtype.ANY else rtype
