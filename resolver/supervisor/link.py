# SPDX-License-Identifier: ISC
"""One worker process as the supervisor sees it: orders go out, answers come back, and its end is noticed at once.

Which process stands where, and what follows its end, is `post`'s and `fleet`'s business.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from resolver.control.commands import AnyCommand
from resolver.errors import ResolverError
from resolver.runtime.workers import WorkerProcess
from resolver.supervisor.messages import Answer, Do, Order, PassOn, Stop, encode, read_said


class WorkerGone(ResolverError):
    """The worker ended before it answered."""


class WorkerSilent(ResolverError):
    """The worker lives and did not answer in time."""


class WorkerRefused(ResolverError):
    """The worker did not do what it was told, and nothing has changed; the text is its own."""


class WorkerCrashed(WorkerRefused):
    """A bug of ours ended what it was told, and nobody knows how far it had got."""


class Link:
    """The orders under way to one process. `listen` has to run for answers to arrive.

    `pass_on` hears what the worker wants all the others to do.
    """

    def __init__(
        self, process: WorkerProcess, pass_on: Callable[[AnyCommand], object] = lambda do: None
    ) -> None:
        self.process = process
        self._pass_on = pass_on
        self._is_open = True
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def listen(self) -> None:
        """Hand out answers until the process ends; then everybody who waits for one hears WorkerGone."""
        try:
            while (message := await self.process.channel.receive()) is not None:
                match read_said(message):
                    case Answer() as answer:
                        self._hand_out(answer)
                    case PassOn(do):
                        self._pass_on(do)
        finally:
            self._is_open = False
            for waiter in self._waiting.values():
                if not waiter.done():
                    waiter.set_exception(_gone())

    def _hand_out(self, answer: Answer) -> None:
        waiter = self._waiting.pop(answer.id, None)
        if waiter is None or waiter.done():
            return
        if answer.error:
            waiter.set_exception((WorkerCrashed if answer.crashed else WorkerRefused)(answer.error))
        else:
            waiter.set_result(answer.value)

    def order(self, do: Do) -> asyncio.Future[Any]:
        """Give an order now; what comes of it is the future's. Raises WorkerGone."""
        if not self._is_open:
            raise _gone()
        number = next(self._ids)
        waiter = self._waiting[number] = asyncio.get_running_loop().create_future()
        waiter.add_done_callback(lambda _: self._waiting.pop(number, None))
        self.process.channel.send(encode(Order(number, do)))
        return waiter

    async def ask(self, do: Do, seconds: float) -> Any:
        """Give an order and return the value of its answer. Raises as `within` and `order` do."""
        return await within(self.order(do), seconds)

    def stop(self) -> None:
        """Have the worker answer who waits, and end."""
        self.process.channel.send(encode(Order(0, Stop())))


async def within(answer: asyncio.Future[Any], seconds: float) -> Any:
    """Wait for what `order` returned. Raises WorkerRefused, WorkerGone, and WorkerSilent after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError:
        raise WorkerSilent(f"a worker did not answer within {seconds:g} s - look at its log") from None


def _gone() -> WorkerGone:
    return WorkerGone("a worker ended before it answered - look at its log, then try again")
