# SPDX-License-Identifier: ISC
"""What the service's tests are made of: questions as octets, entries, and an engine whose every answer is scripted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from resolver.cache import CacheSettings, build, build_images
from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.engine.budget import Work
from resolver.engine.limits import Limits, UpstreamSettings
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.engine.ports import Job
from resolver.events import Event
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy import Lifetime, Policy
from resolver.service import (
    AdmissionSettings,
    Client,
    NotifySettings,
    RebindingSettings,
    Service,
    ServiceCounters,
    ServiceOptions,
)
from resolver.service.request import Request, read_request
from resolver.wire import (
    Ede,
    Edns,
    Message,
    Question,
    Record,
    Rtype,
    codes,
    compose,
    from_text,
    parse,
    to_text,
)

Script = Callable[[bytes, int, bool, Work], Awaitable[Outcome]]


class Nowhere:
    """A network on which nothing is ever sent: the engine is scripted."""

    def deliver(self, *_: object) -> tuple[()]:
        return ()


def new_world() -> VirtualWorld:
    return VirtualWorld(Nowhere())


class ScriptedEngine:
    """Runs `script` for each question, and lists them."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[bytes, int, bool]] = []
        self.renewed: list[float] = []

    async def resolve(
        self, name: bytes, rtype: int, work: Work, *, cd: bool = False, renew: float | None = None
    ) -> Outcome:
        self.asked.append((name, rtype, cd))
        if renew is not None:
            self.renewed.append(renew)
        return await self.script(name, rtype, cd, work)


def ask(
    name: str = "www.example.com",
    rtype: int = Rtype.A,
    *,
    rclass: int = 1,
    id: int = 0x1234,
    flags: int = codes.RD,
    edns: Edns | None = None,
) -> bytes:
    """A question as octets."""
    return compose(Message(id, flags, 0, Question(from_text(name), int(rtype), rclass), edns=edns))


def request(
    name: str = "www.example.com", rtype: int = Rtype.A, *, tcp: bool = False, **more: object
) -> Request:
    """A question as the service reads it."""
    read = read_request(ask(name, rtype, **more), tcp=tcp, udp_size_max=1232)  # type: ignore[arg-type]  # by name
    assert isinstance(read, Request)
    return read


def lifetime(stored_at: float, ttl: float, stale: float = 86400.0) -> Lifetime:
    return Lifetime(stored_at, stored_at + ttl, stored_at + ttl + stale if ttl else stored_at, int(ttl))


def positive(
    name: str,
    rtype: int = Rtype.A,
    *rdatas: bytes,
    at: float = 1_000_000.0,
    ttl: float = 300,
    stale: float = 86400.0,
    signatures: tuple[Record, ...] = (),
    synthesized: bool = False,
    zone: str = "example.com",
) -> Entry:
    """A positive entry; an address by default."""
    owner = from_text(name)
    records = tuple(
        Record(owner, int(rtype), 1, int(ttl), rdata) for rdata in rdatas or (b"\xc0\x00\x02\x01",)
    )
    return Entry(
        Kind.POSITIVE,
        owner,
        int(rtype),
        records,
        signatures,
        None,
        (),
        Rank.AUTHORITATIVE_ANSWER,
        lifetime(at, ttl, stale),
        from_text(zone),
        "192.0.2.53",
        synthesized=synthesized,
    )


def cname(name: str, target: str, **more: object) -> Entry:
    return positive(name, Rtype.CNAME, from_text(target), **more)  # type: ignore[arg-type]  # by name


def negative(
    name: str,
    rtype: int | None = None,
    *,
    at: float = 1_000_000.0,
    ttl: float = 60,
    zone: str = "example.com",
    proofs: tuple[Record, ...] = (),
) -> Entry:
    """NXDOMAIN, or NODATA when a type is given."""
    apex = from_text(zone)
    soa = Record(apex, int(Rtype.SOA), 1, int(ttl), apex + apex + bytes(16) + int(ttl).to_bytes(4, "big"))
    kind = Kind.NXDOMAIN if rtype is None else Kind.NODATA
    return Entry(
        kind,
        from_text(name),
        NXDOMAIN_TYPE if rtype is None else int(rtype),
        (),
        (),
        soa,
        proofs,
        Rank.AUTHORITATIVE_ANSWER,
        lifetime(at, ttl),
        apex,
        "192.0.2.53",
    )


def read(datagram: bytes | None) -> Message:
    """The response, which must be one."""
    assert datagram is not None
    message = parse(datagram)
    assert message.qr
    return message


LOOPBACK = Client("127.0.0.1", 40000)
STRANGER = Client("192.0.2.7", 40000)


class Scene:
    """A whole service in virtual time over a scripted engine. Answers of the script are stored, as the engine would.

    `answers` maps a name to what the engine finds after `takes` seconds: entries, a failure, or an exception.
    """

    def __init__(
        self,
        *,
        policy: Policy | None = None,
        admission: AdmissionSettings | None = None,
        options: ServiceOptions | None = None,
        zones: tuple[bytes, ...] = (),
        rebinding: RebindingSettings | None = None,
        notify: NotifySettings | None = None,
        over: Scene | None = None,
    ) -> None:
        """`over` is a scene of which this is what a reload makes: another service over its world and caches."""
        self.world = over.world if over else new_world()
        self.told: list[Event] = []
        self.passed_on: list[tuple[bytes, int | None]] = []
        self.caches = over.caches if over else build(CacheSettings(), self.told.append)
        self.images = over.images if over else build_images(CacheSettings(), self.caches.records)
        self.engine = ScriptedEngine(self._resolve)
        self.answers: dict[str, Callable[[float], tuple[Entry, ...] | Failed | Exception]] = {}
        self.takes = 0.05
        self.stores = True
        self.lingers = 0.0  # seconds between the last reply and the end of the work
        self.service = Service(
            self.world,
            lambda sub_resolve: self.engine,
            self.caches,
            self.images,
            policy or Policy(),
            upstream=UpstreamSettings(),
            limits=Limits(),
            admission=admission or AdmissionSettings(),
            options=options or ServiceOptions(),
            configured_zones=zones,
            rebinding=rebinding,
            notify=notify,
            pass_on=lambda zone, serial: self.passed_on.append((zone, serial)),
            tell=self.told.append,
        )

    @property
    def counters(self) -> ServiceCounters:
        return self.service.counters

    def knows(self, name: str, *entries: Entry) -> None:
        """The engine finds these, stored anew at the instant of asking."""

        def found(now: float) -> tuple[Entry, ...]:
            return tuple(_renewed(entry, now) for entry in entries)

        self.answers[to_text(from_text(name))] = found

    def fails(self, name: str, cause: Cause = Cause.UNREACHABLE, zone: str = "example.com") -> None:
        """The engine fails."""
        failed = Failed(cause, Ede.NO_REACHABLE_AUTHORITY, "scripted", from_text(zone), queries=3)
        self.answers[to_text(from_text(name))] = lambda now: failed

    def start(self, datagram: bytes, client: Client = LOOPBACK) -> Job[bytes | None]:
        """Hand in a datagram; the job ends in its response."""
        handled = self.service.handle(datagram, client, self.world.now())

        async def done() -> bytes | None:
            return handled if handled is None or isinstance(handled, bytes) else await handled

        job = self.world.spawn(done(), 1e9)
        assert job is not None
        return job

    def ask(self, datagram: bytes, client: Client = LOOPBACK) -> bytes | None:
        """Hand in a datagram and wait for what comes back."""
        return self.world.run(_joined(self.start(datagram, client)))

    def response(self, name: str = "www.example.com", rtype: int = Rtype.A, **more: Any) -> Message:
        """Ask with EDNS and read the response."""
        more.setdefault("edns", Edns())
        return read(self.ask(ask(name, rtype, **more)))

    def at_once(self, datagram: bytes, client: Client = LOOPBACK) -> bytes | None:
        """Hand in a datagram that must be answered without waiting."""
        handled = self.service.handle(datagram, client, self.world.now())
        assert handled is None or isinstance(handled, bytes)
        return handled

    def assert_empty(self) -> None:
        """Nothing is left over: no resolution, no waiting client."""
        self.world.settle()
        assert len(self.service.flights) == 0
        assert len(self.service.waiting) == 0

    async def _resolve(self, name: bytes, rtype: int, cd: bool, work: Work) -> Outcome:
        await self.world.sleep_until(self.world.ticks() + self.takes)
        now = self.world.now()
        found = self.answers[to_text(name.lower())](now)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Failed):
            return found
        for zone in {entry.zone for entry in found}:
            self.caches.failures.zone_answered(zone)
        for entry in found if self.stores else ():
            self.caches.records.store(entry, now)
        await self.world.sleep_until(self.world.ticks() + self.lingers)
        return Resolved(found, 1)


def stand_still(world: VirtualWorld, seconds: float = 0.0) -> None:
    """Stop the whole process for longer than any deadline: what has not begun is ended before its first step."""
    world._trampoline.tick += seconds
    for job in list(world._trampoline.ready):
        job.end()


async def _joined(job: Job[bytes | None]) -> bytes | None:
    return await job.join()


def _renewed(entry: Entry, now: float) -> Entry:
    old = entry.lifetime
    fresh_until = now + old.kept_ttl
    stale_until = fresh_until + (old.stale_until - old.fresh_until)
    return replace(entry, lifetime=Lifetime(now, fresh_until, stale_until, old.published_ttl))
