# SPDX-License-Identifier: ISC
"""Runs resolvers side by side in one network namespace, the world on port 53, and asks them all the same at once.

What is asked is `differential_questions`', what the answers mean `differential_compare`'s.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.peers.contenders import Place, contenders
from tests.conftest import ROOT
from tests.faults.differential_questions import Asked
from tests.faults.differential_world import build
from tests.faults.modes_live import Authorities
from tests.faults.world import ROOT_SERVER

TARGETS: Final = {"resolver": 5301, "bind": 5302, "unbound": 5303}  # with the port each answers on
PATIENCE_S: Final = (6.0, 15.0)  # of the first try, and of the second
BEGINS_S: Final = 20.0  # for a resolver to begin
CACHE_MIB: Final = 128
SOCKETS: Final = 8  # to each resolver; each has IDs of its own
_STARTED: Final = bytes.fromhex("000001000001000000000000") + b"\x07started\x07invalid\x00\x00\x01\x00\x01"

Answers = tuple[bytes | None, ...]  # in the order of TARGETS; None for whoever said nothing


@contextlib.contextmanager
def running(seed: int) -> Iterator[None]:
    """The world and all resolvers, in this namespace. Raises AssertionError when one does not begin to answer."""
    context = multiprocessing.get_context("fork")
    ready, over = context.Event(), context.Event()
    world = context.Process(target=_serve, args=(seed, ready, over), daemon=True)
    world.start()
    assert ready.wait(BEGINS_S), "the authorities do not begin"
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, contextlib.ExitStack() as stack:
        stack.callback(over.set)
        for name, port in TARGETS.items():
            stack.enter_context(_resolver(name, port, Path(folder) / name))
        asyncio.run(_all_begin())
        yield
    world.join(5)


def _serve(seed: int, ready: threading.Event, over: threading.Event) -> None:
    authorities = Authorities(build(seed).world, 53).start()
    ready.set()
    over.wait()
    authorities.stop()


@contextlib.contextmanager
def _resolver(name: str, port: int, folder: Path) -> Iterator[None]:
    folder.mkdir()
    folder.chmod(0o755)
    contender = contenders()[name]
    place = Place(folder, folder / "root.hints", port, CACHE_MIB)
    place.hints.write_text(f". 3600000 NS ns.root.\nns.root. 3600000 A {ROOT_SERVER}\n", "ascii")
    if contender.file:
        (folder / contender.file).write_text(contender.configure(place), "utf-8")
    quiet = subprocess.DEVNULL
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(contender.command(place), cwd=ROOT, stdout=quiet, stderr=log)
    try:
        yield
        assert process.poll() is None, f"{name} ended by itself"
        assert "Traceback" not in (folder / "log").read_text("utf-8"), (folder / "log").read_text("utf-8")
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


class _Socket(asyncio.DatagramProtocol):
    """One UDP socket to one resolver: who waits, by ID."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[bytes]] = {}
        self._next = 0

    def open(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def close(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: object) -> None:
        future = self.waiting.pop(int.from_bytes(data[:2], "big"), None)
        if future and not future.done():
            future.set_result(data)

    async def exchange(self, octets: bytes, patience: float) -> bytes | None:
        self._next = (self._next + 1) & 0xFFFF
        ident = self._next
        future = asyncio.get_running_loop().create_future()
        self.waiting[ident] = future
        self._transport.sendto(ident.to_bytes(2, "big") + octets[2:])
        try:
            async with asyncio.timeout(patience):
                return bytes(await future)
        except TimeoutError:
            return None
        finally:
            self.waiting.pop(ident, None)


class Asker:
    """Asks all resolvers; `open` and `close` inside one event loop."""

    def __init__(self) -> None:
        self._sockets: dict[int, list[_Socket]] = {}
        self._turn = 0

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for port in TARGETS.values():
            for _ in range(SOCKETS):
                there = ("127.0.0.1", port)
                transport, sock = await loop.create_datagram_endpoint(_Socket, remote_addr=there)
                sock.open(transport)
                self._sockets.setdefault(port, []).append(sock)

    def close(self) -> None:
        for sockets in self._sockets.values():
            for sock in sockets:
                sock.close()

    async def ask(self, asked: Asked) -> Answers:
        """One question to all at once; whoever says nothing is asked twice."""
        self._turn += 1
        return tuple(await asyncio.gather(*(self._ask(asked, port) for port in TARGETS.values())))

    async def _ask(self, asked: Asked, port: int) -> bytes | None:
        for patience in PATIENCE_S:
            if asked.tcp:
                told = await _over_tcp(asked.octets, port, patience)
            else:
                told = await self._sockets[port][self._turn % SOCKETS].exchange(asked.octets, patience)
            if told is not None:
                return told
        return None


async def _over_tcp(octets: bytes, port: int, patience: float) -> bytes | None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(len(octets).to_bytes(2, "big") + octets)
                return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            finally:
                writer.close()
    return None


async def _all_begin() -> None:
    end = time.monotonic() + BEGINS_S
    for name, port in TARGETS.items():
        while await _over_tcp(_STARTED, port, 1.0) is None:
            assert time.monotonic() < end, f"{name} does not begin to answer"
            await asyncio.sleep(0.1)


async def ask_all(questions: Sequence[Asked], at_once: int) -> list[Answers]:
    """All questions, so many at a time; the answers in the order of the questions."""
    asker = Asker()
    await asker.open()
    found: list[Answers] = [()] * len(questions)
    remaining = iter(enumerate(questions))

    async def client() -> None:
        for number, asked in remaining:
            found[number] = await asker.ask(asked)

    try:
        await asyncio.gather(*(client() for _ in range(at_once)))
    finally:
        asker.close()
    return found
