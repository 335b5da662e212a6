# SPDX-License-Identifier: ISC
"""What answers DNS in one process: listeners, world, caches, the service of the moment, and all that it counts.

    log ─► open: listeners ─► world ─► caches ─► service      start: answering ─► priming
    drain: no new questions ─► who waits is answered ─► jobs end      close: sockets ─► log

A process that is alone has one (`app`), each of several workers has one (`supervisor`). Signals, control, HTTP and the
lab belong to those; no DNS is decided here. A reload makes a new service over the same world and caches (`prepare`,
`adopt`); the old one ends with the questions it still works on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from resolver.cache import CacheSettings, build, build_images
from resolver.cache.budget import shares
from resolver.composition import Engine, Hints, make_engine, make_service
from resolver.control.commands import Inside
from resolver.control.live import LiveOperations, Process
from resolver.control.server_samples import server_samples
from resolver.engine.outcome import Outcome
from resolver.engine.ports import Server
from resolver.engine.rejudging import Rejudging
from resolver.events import Crashed, Tell
from resolver.persistence.keeping import CacheFile, Persistence
from resolver.runtime.aio_world import MAX_SOCKETS, AioWorld
from resolver.runtime.clocks import lifetime_clock, ticks
from resolver.runtime.descriptors import raise_limit, share
from resolver.runtime.entropy import Entropy
from resolver.runtime.lag import LagMeter
from resolver.runtime.loop import tell_crashes
from resolver.runtime.server import DnsServer
from resolver.runtime.serving import Hits, Serving
from resolver.runtime.tasks import MAX_TASKS, TaskTable
from resolver.service import Client, Service
from resolver.service.cookies import MASTER_OCTETS
from resolver.service.single_flight import FlightKey, SingleFlight
from resolver.service.zone_changes import PassOn
from resolver.settings.model import Configuration
from resolver.telemetry.counters import Counters, Sample, Source
from resolver.telemetry.listener import EventCounter, fan_out
from resolver.telemetry.logs import EventLog, Log
from resolver.telemetry.query_log import Handle, QueryLog, Reply, logged
from resolver.telemetry.retired import Retired
from resolver.telemetry.sources import cache_samples, service_samples, shadow_samples
from resolver.units import Bytes

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Generation:
    """What a reload replaces: the configuration, and the service and engine made from it."""

    configuration: Configuration
    hints: Hints
    service: Service
    engine: Engine


class Answerer:
    """`open`, then `start`; `drain`, then `close`. The log is open before and after: `begin_log`, `end_log`."""

    def __init__(
        self,
        boot: Configuration,
        *,
        worker: int = 0,
        workers: int = 1,
        pass_on: PassOn | None = None,
        master: bytes = b"",
    ) -> None:
        """Nothing is opened yet. `worker` is our number among `workers`; 0 is a process that is alone.

        `pass_on` hears of zones that have changed, for the other workers; `master`, one for all of them, makes secrets.
        """
        self._master = master or Entropy().take(MASTER_OCTETS)
        self._pass_on = pass_on
        self._loop = asyncio.get_running_loop()
        self._boot = boot
        self._worker = worker
        self._workers = workers
        self._persistence: Persistence | None = None
        self._persisting: asyncio.Task[None] | None = None
        self.counters = Counters()
        self.journal = Log(
            boot.log,
            suppressed=lambda kind: self.counters.add("log_lines_suppressed_total", (kind,)),
            always={"worker": worker} if worker else {},
            writers=workers,
        )
        self._lag = LagMeter(self._loop)
        self._query_log = QueryLog(self.journal, boot.log.queries)
        self._counter = EventCounter(self.counters)
        self._tell: Tell = fan_out((self._counter, EventLog(self.journal)))
        self._handle: Handle
        self._retired = Retired()
        self._rejudging: asyncio.Task[None] | None = None
        self._opened: list[
            Callable[[], object]
        ] = []  # what closes that which was opened, in order of opening

    def begin_log(self) -> None:
        """Begin to write log lines, and to hear of what crashes in the loop."""
        self.journal.start()
        tell_crashes(self._loop, self._tell)

    def end_log(self) -> None:
        """Write what waits and end."""
        self.journal.stop()

    def open(self, hints: Hints, places: Mapping[str, Server]) -> None:
        """Listeners first: the world must know our own addresses, which are never asked. Raises ResolverError.

        `places` says where servers really are (the lab's map).
        """
        boot = self._boot
        upstream = max(1, MAX_SOCKETS // self._workers)
        budget = share(
            raise_limit(),
            listeners=len(boot.server.listen),
            connections=boot.server.tcp.connections,
            upstream=upstream,
        )
        self._dns = DnsServer(boot.server, tcp_connections=budget.tcp_clients, shared=self._workers > 1)
        self._opened.append(self._dns.close)
        for warning in self._dns.warnings:
            self.journal.warning("listen", warning)
        self._world = AioWorld(
            self._loop,
            clock=lifetime_clock(boot.cache.clock),
            tell=self._tell,
            max_jobs=_jobs_for(boot),
            max_sockets=budget.upstream,
            source_addresses=boot.upstream.source_addresses,
            own_addresses=self._dns.addresses,
            address_map={server: Server(*place) for server, place in places.items()},
        )
        self._opened.append(self._world.close)
        self._caches = build(boot.cache, self._tell)
        self._images = build_images(boot.cache, self._caches.records)
        self._now = self.prepare(boot, hints)
        self._choose_handle()
        self._persistence = self._make_persistence(self._worker)

    async def start(self) -> None:
        """Begin to answer, and to ask for the root's name servers."""
        await self._dns.start(
            Serving(
                self._loop,
                self._dispatch,
                self._world.now,
                TaskTable(self._world.strands, self._tell, max(1, MAX_TASKS // self._workers)),
                self._tell,
                self._hits,
                self._dispatch_missed,
            )
        )
        self._lag.start(self._world.strands)
        self._opened.append(self._lag.stop)
        self._now.engine.prime()
        if self._persistence is not None:
            every_s = float(self._boot.cache.persist_every)
            self._persisting = self._loop.create_task(self._persistence.run(every_s))

    def prepare(self, configuration: Configuration, hints: Hints) -> Generation:
        """Make the service and the engine of `configuration`, over the world and caches there are; nothing changes.

        Raises ResolverError when it cannot be served.
        """
        service, engine = make_service(
            configuration,
            self._world,
            self._caches,
            self._images,
            hints,
            self._tell,
            own=self._dns.addresses,
            pass_on=self._pass_on,
            lag=self._lag.lag,
            master=self._master,
        )
        return Generation(configuration, hints, service, engine)

    def adopt(self, generation: Generation) -> None:
        """Answer with `generation` from now on."""
        # What it counted stays for good; the service goes with its last question, which may have to wait for its turn.
        old_work_s = 2 * float(self._now.configuration.upstream.resolution_limit)
        self._retired.add(self._now.service.counters, ticks() + old_work_s, ticks())
        if generation.configuration.rules != self._now.configuration.rules:
            self._rejudge(generation.configuration)
        generation.service.changes.take_over(self._now.service.changes)
        self._now = generation
        self._world.max_jobs = _jobs_for(generation.configuration)
        self._images.begin_epoch()
        self.journal.configure(generation.configuration.log)
        self._query_log.enabled = generation.configuration.log.queries
        self._choose_handle()

    def _rejudge(self, configuration: Configuration) -> None:
        """Have what the cache holds live as the policy of `configuration` says; work under way ends before we do."""
        if self._rejudging is not None:
            self._rejudging.cancel()
        change = Rejudging(self._caches, self._world, configuration.rules)
        change.begin()
        old_work_s = float(self._now.configuration.upstream.resolution_limit)
        self._rejudging = self._loop.create_task(change.run(old_work_s))

    @property
    def configuration(self) -> Configuration:
        """What is in force."""
        return self._now.configuration

    @property
    def addresses(self) -> tuple[Server, ...]:
        """Where we listen, with the ports really bound."""
        return self._dns.addresses

    @property
    def batches(self) -> bool:
        """Whether datagrams are received and sent many at a time."""
        return self._dns.batches

    def view(self) -> View:
        """What goes on at the moment, JSON-ready: the part of `status` that adds up over workers."""
        return {
            "questions_in_flight": len(self._now.service.flights),
            "clients_waiting": len(self._now.service.waiting),
            "upstream_sockets": self._world.open_flights,
        }

    def operations(self, process: Process, own_samples: Source) -> LiveOperations:
        """What an operator may ask of us; `process` says and does what only the process can, and counts itself."""
        inside = Inside(
            self._world,
            self._caches,
            self._images,
            lambda: self._now.service,
            self.resolve_from_root,
            lambda: self._now.configuration.rules,
        )
        return LiveOperations(process, inside, lambda: [own_samples, *self.sources()])

    def crashed(self, where: str, trace: str) -> None:
        """Tell of a bug of ours."""
        self._tell(Crashed(ticks(), where, trace))

    def sources(self) -> list[Source]:
        """Everything counted here; it adds up over workers."""
        service = self._now.service
        return [
            self.counters.samples,
            lambda: [Sample("questions_in_flight", (), len(service.flights))],
            lambda: [Sample("event_loop_lag_seconds", (), self._lag.histogram)],
            lambda: server_samples(self._dns),
            lambda: self._retired.samples(ticks()),
            lambda: service_samples(service.counters),
            lambda: shadow_samples(service.shadows),
            lambda: cache_samples(self._caches, self._images, self._boot.cache.size),
        ]

    def samples(self) -> Iterator[Sample]:
        """The same, one after the other."""
        for source in self.sources():
            yield from source()

    async def resolve_from_root(self, name: bytes, rtype: int, tell: Tell) -> Outcome | None:
        """One resolution with caches of its own, for `trace`. It begins at the hints: priming would be a detour."""
        now = self._now
        upstream = msgspec.structs.replace(now.configuration.upstream, priming=False)
        configuration = msgspec.structs.replace(now.configuration, upstream=upstream)
        caches, heard = build(CacheSettings(size=Bytes(8 << 20)), tell), fan_out((tell, self._counter))
        limit = float(configuration.upstream.resolution_limit)
        flights = SingleFlight(
            self._world,
            lambda sub_resolve: make_engine(
                configuration, self._world, caches, now.hints, heard, sub_resolve, own=self._dns.addresses
            ),
            configuration.admission,
            configuration.limits,
            limit,
            tell,
        )
        return await flights.resolve(
            FlightKey(name.lower(), rtype), name, "client", self._world.ticks() + limit
        )

    async def drain(self, at_once: asyncio.Event) -> None:
        """Take no more questions and answer who waits, within `server.drain`, or less once `at_once` is set."""
        seconds = float(self._now.configuration.server.drain)
        self.journal.info("stop", "answering who waits", seconds=seconds)
        draining = self._loop.create_task(self._drain_and_save(seconds))
        hurry = self._loop.create_task(at_once.wait())
        await asyncio.wait((draining, hurry), return_when=asyncio.FIRST_COMPLETED)
        for task in (draining, hurry):
            task.cancel()
        await asyncio.gather(draining, hurry, return_exceptions=True)

    async def _drain_and_save(self, seconds: float) -> None:
        await self._drain(seconds)
        if self._persistence is not None and self._persisting is not None:
            self._persisting.cancel()  # a file half-written for the last time but one is begun anew
            await asyncio.gather(self._persisting, return_exceptions=True)
            await self._persistence.save()

    def _make_persistence(self, worker: int) -> Persistence | None:
        """What keeps the cache over a restart, when that is configured."""
        path = self._boot.cache.persist
        if not path:
            return None

        async def aside(work: Callable[[], None]) -> None:
            await self._loop.run_in_executor(None, work)

        return Persistence(
            CacheFile(path, worker),
            self._caches.records,
            shares(self._boot.cache.size).records,
            lambda: self._now.configuration.rules,
            lambda: (self._world.now(), self._world.wall()),
            asyncio.sleep,
            aside,
            lambda text, fields: self.journal.info("persist", text, **fields),
            lambda text: self.journal.error("persist", text),
        )

    async def _drain(self, seconds: float) -> None:
        """Half of the time for answers to come by themselves, then jobs end: who waits gets stale data or SERVFAIL."""
        self._now.service.drain()
        if not await self._dns.drain(seconds / 2):
            self._world.close()
            await self._dns.drain(seconds / 2)

    def close(self) -> None:
        """Close everything that was opened; also after a start that failed half-way."""
        if self._rejudging is not None:
            self._rejudging.cancel()
        for close in reversed(self._opened):
            close()
        self._opened.clear()

    def _dispatch(self, datagram: bytes, client: Client, now: float) -> Reply | Coroutine[Any, Any, Reply]:
        """The service of the moment: a reload changes it under the servers' feet."""
        return self._handle(datagram, client, now)

    def _dispatch_missed(
        self, datagram: bytes, client: Client, now: float
    ) -> Reply | Coroutine[Any, Any, Reply]:
        """The same for what `_hits` had no image of."""
        return self._now.service.handle_missed(datagram, client, now)

    def _hits(self) -> Hits | None:
        """The short way for hits, unless every question has to be logged."""
        return None if self._query_log.enabled else self._now.service.fast

    def _choose_handle(self) -> None:
        handle = self._now.service.handle
        self._handle = logged(handle, self._query_log, ticks) if self._query_log.enabled else handle


def _jobs_for(configuration: Configuration) -> int:
    """The jobs that there may be: sub-questions are jobs too; priming, checks and news of zones besides."""
    return 2 * configuration.admission.fetches + 64
