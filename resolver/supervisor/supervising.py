# SPDX-License-Identifier: ISC
"""The supervisor: opens what there is one of, keeps the workers, and answers the operator for all of them.

log ─► lab ─► addresses reserved ─► control, HTTP, signals ─► workers start ─► banner
stop: workers answer who waits ─► they end, or are killed ─► control, lab close ─► log
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import msgspec

from resolver.control.statistics import statistics_line, statistics_view
from resolver.endpoints import spell_listener
from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.events import Crashed, Tell
from resolver.front import Front
from resolver.policy.settings import Mode
from resolver.runtime.clocks import ticks
from resolver.runtime.listeners import reserve
from resolver.runtime.loop import tell_crashes
from resolver.runtime.signals import Reactions, Signals
from resolver.settings.load import Loaded, with_policy
from resolver.settings.model import Configuration
from resolver.settings.reloading import Load, reloading
from resolver.supervisor.fleet import Fleet
from resolver.supervisor.operations import FleetOperations
from resolver.telemetry.counters import Counters, Source
from resolver.telemetry.listener import EventCounter, fan_out
from resolver.telemetry.logs import EventLog, Log

View = dict[str, Any]


async def supervise(loaded: Loaded, load: Load, say: Callable[[str], None], workers: int) -> None:
    """Run a resolver of several workers until it is told to stop; arguments and errors as `app.serve`."""
    supervisor = Supervisor(loaded, load, workers)
    try:
        await supervisor.start()
        for line in supervisor.banner():
            say(line)
        await supervisor.stopped()
    finally:
        await supervisor.close()


class Supervisor:
    """`start`, then `stopped` waits for the end, then `close`."""

    def __init__(self, loaded: Loaded, load: Load, workers: int) -> None:
        """Nothing is opened yet. Raises ResolverError for a configuration that cannot be served."""
        self._load = load
        self._loaded = loaded
        self._boot = self._in_force = loaded.configuration
        self._workers = workers
        self._counters = Counters()
        self._log = Log(
            self._boot.log,
            suppressed=lambda kind: self._counters.add("log_lines_suppressed_total", (kind,)),
        )
        self._tell: Tell = fan_out((EventCounter(self._counters), EventLog(self._log)))
        self._front = Front(self._boot, self._log, loaded.path)
        self._fleet: Fleet | None = None
        self._held: list[socket.socket] = []
        self._addresses: list[Server] = []
        self._signals: Signals | None = None
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()
        self._is_answering = False

    async def start(self) -> None:
        """Open everything, in the order of the head of this file. Raises ResolverError; `close` then cleans up."""
        loop, boot, front = asyncio.get_running_loop(), self._boot, self._front
        self._log.start()
        tell_crashes(loop, self._tell)
        await front.start_lab()
        self._addresses, self._held, warnings = reserve(boot.server.listen)
        for warning in warnings:
            self._log.warning("listen", warning)
        fleet = self._fleet = Fleet(
            self._workers, self._for_workers(boot), front.hints(boot), front.places(), self._log
        )
        await front.open(self._operations(fleet), self._crashed)
        self._signals = Signals(
            loop,
            Reactions(self._reload_by_signal, self._statistics_by_signal, self.stop, self._stop_now.set),
        )
        self._signals.install()  # before the workers: a stop meanwhile must not leave them to themselves
        await fleet.start()
        self._is_answering = True
        self._log.info("start", "answering", listen=", ".join(map(spell_listener, self._addresses)))

    @property
    def is_ready(self) -> bool:
        """Whether a worker answers, and we are not about to end."""
        return self._is_answering and not self._stop.is_set() and bool(self._fleet and self._fleet.up)

    def banner(self) -> Iterator[str]:
        """Yield the lines that say what runs where."""
        yield from self._front.banner(self._addresses, f"{self._workers} workers")

    def status(self) -> View:
        """What runs, JSON-ready: as of the last look at the workers."""
        view = self._front.view(self._in_force, self._addresses, pid=os.getpid(), is_ready=self.is_ready)
        if self._fleet is not None:
            view |= self._fleet.view()
            view["workers"] = {
                str(post.number): {"pid": post.pid, "up": post.is_up, "restarts": post.restarts}
                for post in self._fleet.posts
            }
        return view

    async def reload(self) -> View:
        """Read the configuration again; what can be applied is in force in all workers, or in none.

        Raises ResolverError when it is bad, or when a worker cannot adopt it: everything then stays as it was.
        """
        return await self._adopt(self._load(), "configuration read again")

    async def set_policy(self, name: str, mode: Mode) -> View:
        """Change the policy until the next reload, in all workers or in none; errors as `reload`."""
        return await self._adopt(with_policy(self._loaded, name, mode), f"policy {name}: {mode}")

    async def _adopt(self, fresh: Loaded, what: str) -> View:
        if self._fleet is None:
            raise ResolverError("there is no worker yet - try again in a second")
        plan = reloading(fresh, in_force=self._in_force, boot=self._boot)
        await self._fleet.adopt(self._for_workers(plan.configuration), self._front.hints(plan.configuration))
        self._in_force, self._loaded = plan.configuration, fresh
        self._log.configure(plan.configuration.log)
        self._log.info("reload", what, **plan.line())
        return plan.view()

    def stop(self) -> None:
        """Begin to end; `stopped` returns when the workers have answered who waits, and ended."""
        self._stop.set()

    async def stopped(self) -> None:
        """Wait for the stop, then for the workers: within `server.drain`, or at once after a second signal."""
        await self._stop.wait()
        self._log.info("stop", "answering who waits", seconds=float(self._in_force.server.drain))
        if self._fleet is not None:
            await self._fleet.stop(self._stop_now)

    async def close(self) -> None:
        """End and close everything; also after a start that failed half-way."""
        self._stop_now.set()
        if self._fleet is not None:
            await self._fleet.stop(self._stop_now)
        if self._signals is not None:
            self._signals.remove()
        for sock in self._held:
            sock.close()
        await self._front.close()
        self._log.info("stop", "ended")
        self._log.stop()

    def _for_workers(self, configuration: Configuration) -> Configuration:
        """The same, with the addresses that are really ours and secrets read, and without the lab, which runs here."""
        listen = tuple(map(spell_listener, self._addresses))
        return msgspec.structs.replace(
            configuration,
            server=msgspec.structs.replace(configuration.server.with_secrets(), listen=listen),
            lab=msgspec.structs.replace(configuration.lab, internet=""),
            notify=configuration.notify.with_secrets(),
        )

    def _operations(self, fleet: Fleet) -> FleetOperations:
        return FleetOperations(
            fleet,
            lambda: self._sources(fleet),
            status=self.status,
            is_ready=lambda: self.is_ready,
            reload=self.reload,
            stop=self.stop,
            set_policy=self.set_policy,
        )

    def _sources(self, fleet: Fleet) -> list[Source]:
        return [self._counters.samples, lambda: self._front.samples(is_ready=self.is_ready), fleet.samples]

    def _reload_by_signal(self) -> None:
        self._begin(self._reload_logged())

    def _statistics_by_signal(self) -> None:
        self._begin(self._log_statistics())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _reload_logged(self) -> None:
        try:
            await self.reload()
        except ResolverError as error:
            self._log.error("reload", f"{error}; the old configuration stays")

    async def _log_statistics(self) -> None:
        if self._fleet is not None:
            await self._fleet.look()
            line = statistics_line(statistics_view(self._sources(self._fleet)))
            self._log.say(logging.WARNING, "statistics", "so far", **line)

    def _crashed(self, where: str, trace: str) -> None:
        self._tell(Crashed(ticks(), where, trace))
