# SPDX-License-Identifier: ISC
"""The composition root: settings in, a running resolver out. The order in which things start and end stands here.

    log ─► lab ─► listeners ─► world ─► caches ─► service ─► answering ─► priming ─► control, HTTP ─► banner
    stop: no new questions ─► who waits is answered ─► jobs end ─► sockets, control, lab close ─► log

With more than one worker the same parts stand in several processes (`supervisor`). No DNS is decided here, and nothing
here is imported by any room below.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

from resolver.answerer import Answerer
from resolver.control.live import Process
from resolver.control.statistics import statistics_line, statistics_view
from resolver.endpoints import spell_listener
from resolver.errors import ResolverError
from resolver.front import Front
from resolver.policy.settings import Mode
from resolver.runtime.loop import run
from resolver.runtime.signals import Reactions, Signals
from resolver.runtime.workers import count_of
from resolver.settings.load import Loaded, with_policy
from resolver.settings.reloading import Load, reloading
from resolver.telemetry.counters import Sample

View = dict[str, Any]


def serve(loaded: Loaded, load: Load, say: Callable[[str], None]) -> None:
    """Run a resolver until it is told to stop. `load` reads the configuration again; `say` prints the banner.

    Raises ResolverError, in one line with the remedy, when it cannot start.
    """
    server = loaded.configuration.server
    workers, loop = count_of(server.workers), server.loop
    if workers == 1:
        run(_serve(loaded, load, say), loop)
    else:
        from resolver.supervisor import supervise

        run(supervise(loaded, load, say, workers), loop)


async def _serve(loaded: Loaded, load: Load, say: Callable[[str], None]) -> None:
    resolver = Resolver(loaded, load)
    try:
        await resolver.start()
        for line in resolver.banner():
            say(line)
        await resolver.stopped()
    finally:
        await resolver.close()


class Resolver:
    """One running resolver in one process: `start`, then `stopped` waits for the end, then `close`."""

    def __init__(self, loaded: Loaded, load: Load) -> None:
        """Nothing is opened yet. Raises ResolverError for a configuration that cannot be served."""
        self._load = load
        self._loaded = loaded
        self._boot = loaded.configuration
        self._answerer = Answerer(self._boot)
        self._front = Front(self._boot, self._answerer.journal, loaded.path)
        self._signals: Signals | None = None
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()
        self._is_answering = False

    async def start(self) -> None:
        """Open everything, in the order of the head of this file. Raises ResolverError; `close` then cleans up."""
        answerer, front = self._answerer, self._front
        answerer.begin_log()
        await front.start_lab()
        answerer.open(front.hints(self._boot), front.places())
        process = Process(self.status, lambda: self.is_ready, self.reload, self.stop, self.set_policy)
        self._operations = answerer.operations(process, self._own_samples)
        await answerer.start()
        await front.open(self._operations, answerer.crashed)
        self._signals = Signals(
            asyncio.get_running_loop(),
            Reactions(self._reload_logged, self._log_statistics, self.stop, self._stop_now.set),
        )
        self._signals.install()
        self._is_answering = True
        answerer.journal.info("start", "answering", listen=", ".join(map(spell_listener, answerer.addresses)))

    @property
    def is_ready(self) -> bool:
        """Whether it answers and is not about to end."""
        return self._is_answering and not self._stop.is_set()

    def banner(self) -> Iterator[str]:
        """Yield the lines that say what runs where."""
        path = "recvmmsg" if self._answerer.batches else "recvfrom"
        yield from self._front.banner(self._answerer.addresses, f"UDP by {path}")

    def status(self) -> View:
        """What runs, JSON-ready."""
        answerer = self._answerer
        view = self._front.view(
            answerer.configuration, answerer.addresses, pid=os.getpid(), is_ready=self.is_ready
        )
        return view | answerer.view()

    def reload(self) -> View:
        """Read the configuration again and apply what can be applied; say what needs a restart.

        Raises ResolverError when it is bad: everything then stays as it was.
        """
        return self._adopt(self._load(), "configuration read again")

    def set_policy(self, name: str, mode: Mode) -> View:
        """Change the policy until the next reload. Raises ResolverError: everything then stays as it was."""
        return self._adopt(with_policy(self._loaded, name, mode), f"policy {name}: {mode}")

    def _adopt(self, fresh: Loaded, what: str) -> View:
        answerer = self._answerer
        plan = reloading(fresh, in_force=answerer.configuration, boot=self._boot)
        answerer.adopt(answerer.prepare(plan.configuration, self._front.hints(plan.configuration)))
        self._loaded = fresh
        answerer.journal.info("reload", what, **plan.line())
        return plan.view()

    def stop(self) -> None:
        """Begin to end; `stopped` returns when who waits was answered."""
        self._stop.set()

    async def stopped(self) -> None:
        """Wait for the stop, then drain: within `server.drain`, or at once after a second signal."""
        await self._stop.wait()
        await self._answerer.drain(self._stop_now)

    async def close(self) -> None:
        """Close everything that was opened; also after a start that failed half-way."""
        if self._signals is not None:
            self._signals.remove()
        self._answerer.close()
        await self._front.close()
        if self._is_answering:  # a start that failed has its own word
            self._answerer.journal.info("stop", "ended")
        self._answerer.end_log()

    def _reload_logged(self) -> None:
        try:
            self.reload()
        except ResolverError as error:
            self._answerer.journal.error("reload", f"{error}; the old configuration stays")

    def _log_statistics(self) -> None:
        line = statistics_line(statistics_view([self._answerer.samples]))
        self._answerer.journal.say(logging.WARNING, "statistics", "so far", **line)

    def _own_samples(self) -> Iterator[Sample]:
        yield from self._front.samples(is_ready=self.is_ready)
        yield Sample("worker_up", ("1",), int(self._is_answering))
