# SPDX-License-Identifier: ISC
"""The process of one worker: opens an `Answerer`, does what the supervisor orders, and ends with it.

It reads no configuration, opens no control socket and hears no signal: all that is the supervisor's.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from typing import Any

from resolver.answerer import Answerer, Generation
from resolver.control.commands import Command, ZoneChanged
from resolver.control.live import Process
from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.runtime.loop import run
from resolver.runtime.workers import FRAME_MAX, Channel, leave_signals_to_the_supervisor, own_end, own_loop
from resolver.supervisor.messages import (
    Abort,
    Answer,
    Commit,
    Look,
    Order,
    PassOn,
    Prepare,
    Seen,
    Start,
    Stop,
    encode,
    read_order,
    unpack,
)
from resolver.telemetry.transfer import pack_samples


def main() -> None:
    """Run until the supervisor says stop, or is gone."""
    leave_signals_to_the_supervisor()
    run(_work(), own_loop())


async def _work() -> None:
    channel = await Channel.over(own_end())
    message = await channel.receive()
    if message is None:
        return
    order = read_order(message)
    if not isinstance(order.do, Start):
        raise ResolverError("a worker was told something before it was told to start")
    worker = Worker(channel, order.do)
    try:
        if await worker.start(order):
            await worker.obey()
    finally:
        worker.close()


class Worker:
    """One worker's answers to orders."""

    def __init__(self, channel: Channel, start: Start) -> None:
        self._channel = channel
        configuration = unpack(start.configuration)
        self._answerer = Answerer(
            configuration,
            worker=start.worker,
            workers=start.workers,
            pass_on=self._pass_on,
            master=start.master,
        )
        self._process = Process(self._answerer.view, lambda: True, dict, lambda: None, lambda name, mode: {})
        self._prepared: Generation | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._answerer.begin_log()

    async def start(self, order: Order) -> bool:
        """Open everything and answer the supervisor; whether it worked."""
        assert isinstance(order.do, Start)
        places = {address: Server(*place) for address, place in order.do.places.items()}
        try:
            self._answerer.open(order.do.hints, places)
            await self._answerer.start()
        except ResolverError as error:
            self._send(Answer(order.id, error=str(error)))
            await self._channel.receive()  # the supervisor has read it when it ends us
            return False
        self._operations = self._answerer.operations(self._process, tuple)
        self._send(Answer(order.id, os.getpid()))
        return True

    async def obey(self) -> None:
        """Do what is ordered until Stop, or until the supervisor is gone; then answer who waits."""
        while (message := await self._channel.receive()) is not None:
            order = read_order(message)
            if isinstance(order.do, Stop):
                break
            if isinstance(order.do, Command) and order.do.beside:
                task = asyncio.create_task(self._answer(order))
                self._beside.add(task)
                task.add_done_callback(self._beside.discard)
            else:
                await self._answer(order)
        await self._answerer.drain(asyncio.Event())

    def close(self) -> None:
        """Close every socket and the log."""
        self._answerer.close()
        self._answerer.end_log()

    async def _answer(self, order: Order) -> None:
        try:
            answer = Answer(order.id, await self._do(order))
        except ResolverError as error:
            answer = Answer(order.id, error=str(error))
        except Exception:  # noqa: BLE001 - a bug of ours must not end a worker that answers clients
            self._answerer.crashed("worker", traceback.format_exc())
            answer = Answer(order.id, error="internal error; the log has it", crashed=True)
        self._send(answer)

    async def _do(self, order: Order) -> Any:
        match order.do:
            case Look():
                return Seen(self._answerer.view(), pack_samples(self._answerer.samples()))
            case Prepare(configuration, hints):
                self._prepared = self._answerer.prepare(unpack(configuration), hints)
            case Commit():
                if self._prepared is None:
                    raise ResolverError("there is nothing prepared that could be adopted")
                self._answerer.adopt(self._prepared)
                self._prepared = None
            case Abort():
                self._prepared = None
            case Command():
                return await self._operations.run(order.do)
            case Start() | Stop():
                raise ResolverError("out of order")
        return None

    def _pass_on(self, zone: bytes, serial: int | None) -> None:
        """A NOTIFY came here, which the kernel gave to one worker of all: the others are to hear of it."""
        self._channel.send(encode(PassOn(ZoneChanged(zone, serial))))

    def _send(self, answer: Answer) -> None:
        message = encode(answer)
        if len(message) > FRAME_MAX:
            message = encode(Answer(answer.id, error="the answer is too long - ask for less (--limit, NAME)"))
        self._channel.send(message)
