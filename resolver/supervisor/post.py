# SPDX-License-Identifier: ISC
"""A post is a place that one worker fills; when it ends, another takes its place. What it had counted stays.

    begin ─► start ─► up: looked at every second ─► ended, or silent and killed ─► a pause (`restarts`) ─► begin …

What is asked of all posts together is `fleet`'s.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from resolver.control.commands import AnyCommand
from resolver.errors import ResolverError
from resolver.runtime.clocks import ticks
from resolver.runtime.workers import WorkerProcess
from resolver.supervisor.link import Link, WorkerRefused, WorkerSilent, within
from resolver.supervisor.messages import Look, Seen, Start
from resolver.supervisor.restarts import Restarts
from resolver.telemetry.counters import Sample
from resolver.telemetry.logs import Log
from resolver.telemetry.transfer import Kept, unpack_samples

START_S: Final = 30.0  # a machine that takes longer to begin a process has other troubles
LOOK_EVERY_S: Final = 1.0  # what a worker had counted since the last look is lost with it
SILENCE_S: Final = 10.0  # a worker that does not answer for so long answers no client either

Begin = Callable[[], Awaitable[WorkerProcess]]
StartOrder = Callable[[int], Start]
PassOn = Callable[[int, AnyCommand], object]  # who of the workers says so, and what the others are to do


class Post:
    """Number `number` of the workers. `keep` fills it again and again until `closing` is set."""

    def __init__(
        self, number: int, begin: Begin, start_order: StartOrder, log: Log, pass_on: PassOn | None = None
    ) -> None:
        """`begin` gives a process; `start_order(number)` is what it is told first; `pass_on` see `Link`."""
        self.number = number
        self.link: Link | None = None
        self.is_up = False
        self.restarts = 0
        self.view: dict[str, int] = {}
        self.samples: list[Sample] = []
        self.kept = Kept()
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closing = asyncio.Event()
        self._begin = begin
        self._start_order = start_order
        self._log = log
        self._pass_on = pass_on

    @property
    def pid(self) -> int | None:
        """The process that fills it, None while nobody does."""
        return self.link.process.pid if self.link else None

    async def keep(self) -> None:
        """Fill the post again and again. How the first start went is told by `first`."""
        restarts = Restarts()
        while not self.closing.is_set():
            began_at = ticks()
            try:
                await self._fill()
            except OSError as error:
                self._failed(
                    ResolverError(f"a worker cannot be begun: {error.strerror} - look at the limits")
                )
            except Exception:  # noqa: BLE001 - a bug of ours must not leave the post empty for ever
                self._log.error("crash", "a bug of ours", post=self.number, trace=traceback.format_exc())
                self._failed(ResolverError("a bug of ours keeps a worker from starting - the log has it"))
            if self.closing.is_set():
                return
            pause = restarts.pause(ticks() - began_at)
            self.restarts += 1
            self._log.warning("worker", "is begun again", post=self.number, pause=pause)
            await set_within(self.closing, pause)

    async def look(self, seconds: float) -> None:
        """Ask what goes on and what was counted, and remember it. Raises WorkerSilent, WorkerGone, WorkerRefused."""
        link = self.link
        if link is None or not self.is_up:
            return
        seen = msgspec.convert(await link.ask(Look(), seconds), Seen)
        if link is self.link:
            self.view, self.samples = seen.view, unpack_samples(seen.samples)

    def close(self) -> None:
        """Let the worker answer who waits and end; nobody follows it."""
        self.closing.set()
        if self.link is not None:
            self.link.stop()

    def kill(self) -> None:
        """End the worker at once."""
        if self.link is not None:
            self.link.process.kill()

    async def _fill(self) -> None:
        """One worker's life, from its birth to its burial."""
        process = await self._begin()
        link = Link(process, self._said_unasked)
        listening = asyncio.create_task(link.listen())
        try:
            if not self.closing.is_set():
                await self._start(link)
                await self._watch(listening)
        except ResolverError as error:
            self._failed(error)
        finally:
            self._vacate()
            if not listening.done() or listening.exception() is not None:
                process.kill()
            code = await process.ended()
            await asyncio.wait((listening,))
            if broken := listening.exception():
                self._log.error("worker", f"what it said could not be read: {broken}", post=self.number)
            self._log.info("worker", "ended", post=self.number, pid=process.pid, code=code)

    def _said_unasked(self, do: AnyCommand) -> None:
        if self._pass_on is not None:
            self._pass_on(self.number, do)

    async def _start(self, link: Link) -> None:
        """From here on the worker gets every order, and this one first: a reload cannot pass it by."""
        self.link = link
        await within(link.order(self._start_order(self.number)), START_S)
        self.is_up = True
        self._log.info("worker", "answers", post=self.number, pid=link.process.pid)
        if not self.first.done():
            self.first.set_result(None)

    async def _watch(self, listening: asyncio.Task[None]) -> None:
        """Look at the worker now and then until it ends. Raises WorkerSilent for one that hangs."""
        while not listening.done():
            await asyncio.wait((listening,), timeout=None if self.closing.is_set() else LOOK_EVERY_S)
            if not (listening.done() or self.closing.is_set()):
                try:
                    await self.look(SILENCE_S)
                except WorkerRefused as error:  # it lives, and the reason is in its own log
                    self._log.error("worker", str(error), post=self.number)
                except WorkerSilent:
                    if not self.closing.is_set():  # who drains is silent by right
                        raise

    def _vacate(self) -> None:
        """Nobody is here any more: what it counted is kept, what it held is gone with it."""
        self.link = None
        self.is_up = False
        self.kept.keep(self.samples)
        self.samples, self.view = [], {}

    def _failed(self, error: ResolverError) -> None:
        if not self.first.done():
            self.first.set_exception(error)
        elif not self.closing.is_set():
            self._log.error("worker", str(error), post=self.number)


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
