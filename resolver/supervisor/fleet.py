# SPDX-License-Identifier: ISC
"""All workers as one: what is told to all of them reaches all or none, what they counted is added up.

    reload: Prepare to all ─► everyone acknowledged? ─► Commit to all     else Abort to all, and nothing has changed
    flush:  Flush to all ─► who does not acknowledge is ended: its cache goes with it, and the next one has none
                            who refuses lives on: nothing has changed there, and whoever asked hears why

HTTP, signals and the lab are not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard

from resolver.composition import Hints
from resolver.control.commands import AnyCommand, Command
from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.runtime.entropy import Entropy
from resolver.runtime.workers import WorkerProcess
from resolver.service.cookies import MASTER_OCTETS
from resolver.settings.model import Configuration
from resolver.supervisor.division import divided
from resolver.supervisor.link import Link, WorkerCrashed, WorkerGone, WorkerRefused
from resolver.supervisor.messages import Abort, Commit, Do, Prepare, Start, pack
from resolver.supervisor.post import LOOK_EVERY_S, Post, set_within
from resolver.telemetry.counters import Sample
from resolver.telemetry.logs import Log

MODULE: Final = "resolver.supervisor.worker"
ACKNOWLEDGE_S: Final = 10.0  # a worker that does not say so long that it has done it hangs
# What runs beside other work takes as long as there is to do: a flush of a full cache in turns, or a trace, which has
# `upstream.resolution_limit`, two minutes at most. That its worker lives, `Look` finds out meanwhile.
SLOWEST_S: Final = 150.0
LOOK_S: Final = 2.0  # for /metrics and status: a worker that is busier shows what it showed last
_GRACE_S: Final = 2.0  # beyond `server.drain`, for a worker to close its sockets and end
_SAVING_S: Final = 30.0  # and to write its cache, where `cache.persist` says so


class Fleet:
    """`start`, then everything else, then `stop`. `configuration` is what is in force, undivided."""

    def __init__(self, workers: int, configuration: Configuration, hints: Hints,
                 places: Mapping[str, Server], log: Log) -> None:  # fmt: skip
        self.configuration = configuration
        self._hints = hints
        self._places = places
        self._master = Entropy().take(MASTER_OCTETS)  # a client's cookie is good whichever worker it reaches
        self._log = log
        self._spare: WorkerProcess | None = None
        self._lock = asyncio.Lock()
        self._next = 0
        numbers = range(1, workers + 1)
        self.posts = [Post(n, self._take, self._start_order, log, self._pass_on) for n in numbers]
        self._tasks: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Fill every post. Raises ResolverError when a worker cannot start; `stop` then ends the others."""
        self._tasks = [asyncio.create_task(post.keep()) for post in self.posts]
        first = await asyncio.gather(*(post.first for post in self.posts), return_exceptions=True)
        for error in first:
            if isinstance(error, BaseException):
                raise error
        self._tasks.append(asyncio.create_task(self._keep_a_spare()))

    async def stop(self, at_once: asyncio.Event) -> None:
        """Let every worker answer who waits and end, within `server.drain`, or kill them once `at_once` is set."""
        for post in self.posts:
            post.close()
        if self._tasks:
            hurry = asyncio.create_task(at_once.wait())
            ended = asyncio.gather(*self._tasks, return_exceptions=True)
            seconds = float(self.configuration.server.drain) + _GRACE_S
            seconds += _SAVING_S if self.configuration.cache.persist else 0.0
            await asyncio.wait((ended, hurry), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            hurry.cancel()
            for post in self.posts:
                post.kill()
            await ended
            self._tasks.clear()

    @property
    def up(self) -> list[Post]:
        """The posts whose workers answer."""
        return [post for post in self.posts if post.is_up]

    async def look(self) -> None:
        """Ask all workers what goes on and what was counted."""
        looks = (post.look(LOOK_S) for post in self.up)
        await asyncio.gather(*looks, return_exceptions=True)

    def view(self) -> dict[str, int]:
        """What goes on in all of them, as of the last look."""
        sums: dict[str, int] = {}
        for post in self.posts:
            for key, number in post.view.items():
                sums[key] = sums.get(key, 0) + number
        return sums

    def samples(self) -> Iterator[Sample]:
        """What all of them counted, those that ended too, as of the last look; the reader adds up."""
        for post in self.posts:
            yield from post.samples
            yield from post.kept.samples()
            yield Sample("worker_up", (str(post.number),), int(post.is_up))
            yield Sample("worker_restarts_total", (str(post.number),), post.restarts)

    async def ask_each(self, do: Do) -> list[tuple[int, Any]]:
        """Ask every worker that is up; those that end meanwhile are left out. Raises the first other failure."""
        asked = self.up
        answers = await self._ask((post.link for post in asked), do)
        for answer in answers:
            if isinstance(answer, ResolverError) and not isinstance(answer, WorkerGone):
                raise answer
        return [
            (post.number, answer)
            for post, answer in zip(asked, answers, strict=True)
            if not isinstance(answer, ResolverError)
        ]

    async def ask_one(self, do: Do, seconds: float) -> Any:
        """Ask one of those that are up, another one each time. Raises ResolverError when there is none."""
        links = [post.link for post in self.up if post.link is not None]
        if not links:
            raise ResolverError("no worker answers at the moment - try again in a second")
        self._next += 1
        return await links[self._next % len(links)].ask(do, seconds)

    async def order_all(self, do: Do, *, but: int = 0) -> list[tuple[int, Any]]:
        """Have every worker (but number `but`) do it, and end each that does not say so; who did, and its answer.

        A command that a worker refuses has changed nothing in it, so it lives on: its refusal is raised when all have
        answered. Who refuses anything else is not as the others are, and is ended.
        """
        told = [
            (post.number, post.link) for post in self.posts if post.link is not None and post.number != but
        ]
        answers = await self._ask((link for _, link in told), do)
        refusals: list[WorkerRefused] = []
        for (number, link), answer in zip(told, answers, strict=True):
            if isinstance(do, Command) and _is_refusal(answer):
                refusals.append(answer)
            elif isinstance(answer, ResolverError) and not isinstance(answer, WorkerGone):
                self._log.error("worker", f"is ended, for it did not acknowledge: {answer}", post=number)
                link.process.kill()
        if refusals:
            raise refusals[0]
        return [
            (number, answer)
            for (number, _), answer in zip(told, answers, strict=True)
            if not isinstance(answer, ResolverError)
        ]

    async def adopt(self, configuration: Configuration, hints: Hints) -> None:
        """Put a configuration in force in all workers, or in none: then ResolverError says why."""
        async with self._lock:
            links = [post.link for post in self.posts if post.link is not None]
            order = Prepare(pack(divided(configuration, len(self.posts))), list(hints))
            failed = [a for a in await self._ask(links, order) if isinstance(a, ResolverError)]
            if failed:
                await self._ask(links, Abort())
                raise ResolverError(f"{failed[0]} (no worker has changed)")
            self.configuration, self._hints = configuration, hints
            await self.order_all(Commit())

    async def _ask(self, links: Iterable[Link | None], do: Do) -> list[Any]:
        """What each of them answered, a ResolverError in the place of an answer that did not come."""
        seconds = SLOWEST_S if isinstance(do, Command) and do.beside else ACKNOWLEDGE_S
        asked = (link.ask(do, seconds) for link in links if link is not None)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, ResolverError):
                raise answer
        return answers

    def _pass_on(self, number: int, do: AnyCommand) -> None:
        """A worker heard what concerns all: the others do it too."""
        errand = asyncio.create_task(self._do_elsewhere(do, number))
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _do_elsewhere(self, do: AnyCommand, number: int) -> None:
        try:
            await self.order_all(do, but=number)
        except WorkerRefused as error:
            self._log.error("worker", f"does not do what post {number} passed on: {error}")

    def _start_order(self, number: int) -> Start:
        """What a worker is told first: what is in force now."""
        workers = len(self.posts)
        configuration = pack(divided(self.configuration, workers))
        places = {address: (at.address, at.port) for address, at in self._places.items()}
        return Start(number, workers, configuration, list(self._hints), places, self._master)

    async def _take(self) -> WorkerProcess:
        """The spare, which has its imports behind it; else a process that begins now."""
        spare, self._spare = self._spare, None
        return spare if spare is not None and spare.is_running else await self._begin()

    async def _begin(self) -> WorkerProcess:
        return await WorkerProcess.begin(MODULE, self.configuration.server.loop)

    async def _keep_a_spare(self) -> None:
        """Have one process ready to take the next post that falls empty: a start costs half a second of a processor."""
        closing = self.posts[0].closing
        while not closing.is_set():
            if len(self.up) == len(self.posts) and (self._spare is None or not self._spare.is_running):
                self._spare = await self._begin()
            await set_within(closing, LOOK_EVERY_S)
        if self._spare is not None:
            self._spare.kill()
            await self._spare.ended()


def _is_refusal(answer: object) -> TypeGuard[WorkerRefused]:
    """Whether a worker said no and is as it was."""
    return isinstance(answer, WorkerRefused) and not isinstance(answer, WorkerCrashed)
