# SPDX-License-Identifier: ISC
"""The composition root: settings in, a running resolver out. The order in which things start and end stands here.

    log ─► lab ─► listeners ─► world ─► caches ─► service ─► control, HTTP ─► answering ─► priming ─► banner
    stop: no new questions ─► who waits is answered ─► jobs end ─► sockets, control, lab close ─► log

No DNS is decided here, and nothing here is imported by any room below. A reload builds a new service over the same
world and caches; the old one ends with the questions it still works on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from resolver import __version__
from resolver.cache import CacheSettings, build, build_images
from resolver.composition import Engine, Hints, make_engine, make_service
from resolver.control.api import socket_application, tcp_application
from resolver.control.lab_routes import lab_routes
from resolver.control.listening import Listening, read_token, spell_server
from resolver.control.live import LiveOperations, Process
from resolver.control.server_samples import server_samples
from resolver.control.settings import socket_path
from resolver.control.statistics import statistics_line, statistics_view
from resolver.endpoints import read_listener
from resolver.engine.outcome import Outcome
from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.events import Crashed, Tell
from resolver.lab.running import RunningLab
from resolver.runtime.aio_world import MAX_SOCKETS, AioWorld
from resolver.runtime.clocks import lifetime_clock, ticks, wall
from resolver.runtime.descriptors import raise_limit, share
from resolver.runtime.loop import loop_maker, run, tell_crashes
from resolver.runtime.server import DnsServer
from resolver.runtime.serving import Hits, Serving
from resolver.runtime.signals import Reactions, Signals
from resolver.runtime.tasks import TaskTable
from resolver.service import Client, Service
from resolver.service.single_flight import FlightKey, SingleFlight
from resolver.settings.hints import read_hints
from resolver.settings.load import Loaded
from resolver.settings.model import Configuration
from resolver.settings.reloading import applicable, changed_keys, needs_restart
from resolver.telemetry.counters import Counters, Sample, Source
from resolver.telemetry.listener import EventCounter, fan_out
from resolver.telemetry.logs import EventLog, Log
from resolver.telemetry.query_log import Handle, QueryLog, Reply, logged
from resolver.telemetry.sources import cache_samples, service_samples
from resolver.units import Bytes
from resolver.wire import from_text

View = dict[str, Any]
Load = Callable[[], Loaded]


def serve(loaded: Loaded, load: Load, say: Callable[[str], None]) -> None:
    """Run a resolver until it is told to stop. `load` reads the configuration again; `say` prints the banner.

    Raises ResolverError, in one line with the remedy, when it cannot start.
    """
    run(_serve(loaded, load, say))


async def _serve(loaded: Loaded, load: Load, say: Callable[[str], None]) -> None:
    resolver = Resolver(loaded, load)
    try:
        await resolver.start()
        for line in resolver.banner():
            say(line)
        await resolver.stopped()
    finally:
        await resolver.close()


@dataclass(frozen=True, slots=True)
class _Generation:
    """What a reload replaces: the configuration, and the service and engine made from it."""

    configuration: Configuration
    service: Service
    engine: Engine


class Resolver:
    """One running resolver: `start`, then `stopped` waits for the end, then `close`."""

    def __init__(self, loaded: Loaded, load: Load) -> None:
        """Nothing is opened yet. Raises ResolverError for a configuration that cannot be served."""
        self._load = load
        self._path = loaded.path
        self._loop = asyncio.get_running_loop()
        self._boot = configuration = loaded.configuration
        self._started_at = wall()
        self._counters = Counters()
        self._log = Log(
            configuration.log,
            suppressed=lambda kind: self._counters.add("log_lines_suppressed_total", (kind,)),
        )
        self._query_log = QueryLog(self._log, configuration.log.queries)
        self._counter = EventCounter(self._counters)
        self._tell: Tell = fan_out((self._counter, EventLog(self._log)))
        self._lab = RunningLab(configuration.lab) if configuration.lab.internet else None
        self._listening = Listening(lambda text: self._log.info("http", text))
        self._http = ""
        self._signals: Signals | None = None
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()
        self._is_answering = False
        self._handle: Handle
        self._retired: list[Source] = []
        self._opened: list[
            Callable[[], object]
        ] = []  # what closes that which was opened, in order of opening

    async def start(self) -> None:
        """Open everything, in the order of the head of this file. Raises ResolverError; `close` then cleans up."""
        self._log.start()
        tell_crashes(self._loop, self._tell)
        if self._lab is not None:
            await self._lab.start()
        self._open_world()
        self._now = self._make_generation(self._boot)
        self._choose_handle()
        await self._open_control()
        await self._dns.start(
            Serving(
                self._loop,
                self._dispatch,
                self._world.now,
                TaskTable(self._loop, self._tell),
                self._tell,
                self._hits,
            )
        )
        self._signals = Signals(
            self._loop, Reactions(self._reload_logged, self._log_statistics, self.stop, self._stop_now.set)
        )
        self._signals.install()
        self._is_answering = True
        self._now.engine.prime()
        self._log.info("start", "answering", listen=", ".join(map(spell_server, self._dns.addresses)))

    def _open_world(self) -> None:
        """Listeners first: the world must know our own addresses, which are never asked."""
        boot = self._boot
        budget = share(
            raise_limit(),
            listeners=len(boot.server.listen),
            connections=boot.server.tcp.connections,
            upstream=MAX_SOCKETS,
        )
        self._dns = DnsServer(boot.server, tcp_connections=budget.tcp_clients)
        self._opened.append(self._dns.close)
        for warning in self._dns.warnings:
            self._log.warning("listen", warning)
        places = boot.lab.endpoints() | (self._lab.map if self._lab else {})
        self._world = AioWorld(
            self._loop,
            clock=lifetime_clock(boot.cache.clock),
            tell=self._tell,
            max_jobs=2 * boot.admission.fetches
            + 64,  # sub-questions are jobs too; priming and refreshes besides
            max_sockets=budget.upstream,
            source_addresses=boot.upstream.source_addresses,
            own_addresses=self._dns.addresses,
            address_map={server: Server(*place) for server, place in places.items()},
        )
        self._opened.append(self._world.close)
        self._caches = build(boot.cache, self._tell)
        self._images = build_images(boot.cache, self._caches.records)

    async def _open_control(self) -> None:
        boot = self._boot
        process = Process(self.status, lambda: self.is_ready, self._resolve_from_root, self.reload, self.stop)
        operations = LiveOperations(process, self._world, self._caches, self._images, self._sources)
        routes = lab_routes(self._lab.control) if self._lab else []
        path = socket_path(boot.control)
        await self._listening.open_unix(socket_application(operations, self._crashed, routes), path)
        if boot.http.listen:
            address, port = read_listener(boot.http.listen)
            app = tcp_application(
                operations, self._crashed, hosts=boot.http.hosts, token=read_token(boot.http.token_file)
            )
            bound = await self._listening.open_tcp(app, address, port)
            self._http = f"http://{spell_server(Server(address, bound))}/"

    def _make_generation(self, configuration: Configuration) -> _Generation:
        """The service and the engine of `configuration`, over the world and caches there are."""
        hints, own = self._hints(configuration), self._dns.addresses
        service, engine = make_service(
            configuration, self._world, self._caches, self._images, hints, self._tell, own=own
        )
        return _Generation(configuration, service, engine)

    def _hints(self, configuration: Configuration) -> Hints:
        """The root servers: those of the lab when one runs here, else those of the hints file."""
        if self._lab is not None:
            return [(from_text(name), address) for name, address in self._lab.hints()]
        servers = read_hints(configuration.upstream.root_hints)
        return [(server.name, address) for server in servers for address in server.addresses]

    def _dispatch(self, datagram: bytes, client: Client, now: float) -> Reply | Coroutine[Any, Any, Reply]:
        """The service of the moment: a reload changes it under the servers' feet."""
        return self._handle(datagram, client, now)

    def _hits(self) -> Hits | None:
        """The short way for hits, unless every question has to be logged."""
        return None if self._query_log.enabled else self._now.service.fast

    def _choose_handle(self) -> None:
        handle = self._now.service.handle
        self._handle = logged(handle, self._query_log, ticks) if self._query_log.enabled else handle

    @property
    def is_ready(self) -> bool:
        """Whether it answers and is not about to end."""
        return self._is_answering and not self._stop.is_set()

    def banner(self) -> Iterator[str]:
        """Yield the lines that say what runs where."""
        yield f"resolver {__version__} on {', '.join(map(spell_server, self._dns.addresses))} (UDP and TCP)"
        path = "recvmmsg" if self._dns.batches else "recvfrom"
        yield f"  loop {loop_maker()[1]} · UDP by {path} · http {self._http or 'off'}"
        yield f"  control {socket_path(self._boot.control)}"
        if self._lab is not None:
            lab = self._lab.internet
            yield f"  lab {self._boot.lab.internet}: {len(lab.zones())} zones on {len(lab.hosts())} servers"

    def status(self) -> View:
        """What runs, JSON-ready."""
        configuration = self._now.configuration
        view: View = {
            "version": __version__,
            "pid": os.getpid(),
            "ready": self.is_ready,
            "uptime": round(wall() - self._started_at, 3),
            "listen": [spell_server(address) for address in self._dns.addresses],
            "http": self._http,
            "control": str(socket_path(self._boot.control)),
            "config": str(self._path) if self._path else "",
            "python": platform.python_version(),
            "loop": loop_maker()[1],
            "policy": configuration.policy.name,
            "stale": configuration.stale.enabled,
            "questions_in_flight": len(self._now.service.flights),
            "clients_waiting": len(self._now.service.waiting),
            "upstream_sockets": self._world.open_flights,
        }
        if self._lab is not None:
            view["lab"] = self._boot.lab.internet
        return view

    def reload(self) -> View:
        """Read the configuration again and apply what can be applied; say what needs a restart.

        Raises ResolverError when it is bad: everything then stays as it was.
        """
        fresh = self._load()
        old, new = self._now.configuration, fresh.configuration
        changed = changed_keys(old, new)
        waiting = [key for key in changed_keys(self._boot, new) if needs_restart(key)]
        generation = self._make_generation(applicable(new, self._boot))
        service = self._now.service
        self._retired.append(lambda: service_samples(service.counters))
        self._now = generation
        self._images.begin_epoch()
        self._log.configure(new.log)
        self._query_log.enabled = new.log.queries
        self._choose_handle()
        applied = [key for key in changed if not needs_restart(key)]
        self._log.info(
            "reload", "configuration read again", applied=", ".join(applied), restart=", ".join(waiting)
        )
        return {"reloaded": True, "applied": applied, "needs_restart": waiting}

    def stop(self) -> None:
        """Begin to end; `stopped` returns when who waits was answered."""
        self._stop.set()

    def _reload_logged(self) -> None:
        try:
            self.reload()
        except ResolverError as error:
            self._log.error("reload", f"{error}; the old configuration stays")

    def _log_statistics(self) -> None:
        self._log.say(
            logging.WARNING, "statistics", "so far", **statistics_line(statistics_view(self._sources()))
        )

    async def _resolve_from_root(self, name: bytes, rtype: int, tell: Tell) -> Outcome | None:
        """One resolution with caches of its own, for `trace`. It begins at the hints: priming would be a detour."""
        configuration = self._now.configuration
        upstream = msgspec.structs.replace(configuration.upstream, priming=False)
        configuration = msgspec.structs.replace(configuration, upstream=upstream)
        caches, heard = build(CacheSettings(size=Bytes(8 << 20)), tell), fan_out((tell, self._counter))
        hints = self._hints(configuration)
        limit = float(configuration.upstream.resolution_limit)
        flights = SingleFlight(
            self._world,
            lambda sub_resolve: make_engine(
                configuration, self._world, caches, hints, heard, sub_resolve, own=self._dns.addresses
            ),
            configuration.admission,
            configuration.limits,
            limit,
            tell,
        )
        return await flights.resolve(
            FlightKey(name.lower(), rtype), name, "client", self._world.ticks() + limit
        )

    def _crashed(self, where: str, trace: str) -> None:
        self._tell(Crashed(ticks(), where, trace))

    def _sources(self) -> list[Source]:
        service = self._now.service
        return [
            self._counters.samples,
            self._own_samples,
            lambda: server_samples(self._dns),
            lambda: service_samples(service.counters),
            lambda: cache_samples(self._caches, self._images, self._boot.cache.size),
            *self._retired,
        ]

    def _own_samples(self) -> Iterator[Sample]:
        labels = (__version__, platform.python_version(), loop_maker()[1])
        yield Sample("build_info", labels, 1)
        yield Sample("start_time_seconds", (), self._started_at)
        yield Sample("ready", (), int(self.is_ready))
        yield Sample("questions_in_flight", (), len(self._now.service.flights))

    async def stopped(self) -> None:
        """Wait for the stop, then drain: within `server.drain`, or at once after a second signal."""
        await self._stop.wait()
        self._log.info("stop", "answering who waits", seconds=float(self._now.configuration.server.drain))
        draining = self._loop.create_task(self._drain(float(self._now.configuration.server.drain)))
        at_once = self._loop.create_task(self._stop_now.wait())
        await asyncio.wait((draining, at_once), return_when=asyncio.FIRST_COMPLETED)
        for task in (draining, at_once):
            task.cancel()
        await asyncio.gather(draining, at_once, return_exceptions=True)

    async def _drain(self, seconds: float) -> None:
        """Half of the time for answers to come by themselves, then jobs end: who waits gets stale data or SERVFAIL."""
        self._now.service.drain()
        if not await self._dns.drain(seconds / 2):
            self._world.close()
            await self._dns.drain(seconds / 2)

    async def close(self) -> None:
        """Close everything that was opened; also after a start that failed half-way."""
        if self._signals is not None:
            self._signals.remove()
        for close in reversed(self._opened):
            close()
        await self._listening.close()
        if self._lab is not None:
            await self._lab.close()
        self._log.info("stop", "ended")
        self._log.stop()
