# SPDX-License-Identifier: ISC
"""The live mode: `resolver serve` as a process of its own, and the world's servers on loopback sockets in a thread.

One UDP and one TCP socket bound to the loopback interface stand for every address of 127.0.0.0/8; the address that was
asked is read from the packet, and answers come from it.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import dns.message

from resolver.engine.ports import Transport
from tests.faults.modes import Settings, Told, request
from tests.faults.world import ROOT_SERVER, Action, Close, Drip, Half, Packets, Silence, World
from tests.live.serving import Serving

IP_PKTINFO: Final = 8  # Linux's numbers, missing from Python 3.11's socket module
SO_BINDTODEVICE: Final = 25
PATIENCE = 15.0  # seconds a client waits
SETTLED_AFTER = 0.3  # seconds without a query: nothing goes on any more


class Authorities:
    """The servers of a world on sockets; `start` binds, `stop` ends the thread."""

    def __init__(self, world: World, port: int = 0) -> None:
        """Bind `port`, or one that is free."""
        self.world = world
        self.connections = 0
        self.failures: list[str] = []
        self.udp, self.tcp = _pair(port)
        self.port = int(self.udp.getsockname()[1])
        self.udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.tcp.listen(512)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="authorities", daemon=True)

    def start(self) -> Authorities:
        """Answer from now on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and close all sockets."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self.udp.close()
        self.tcp.close()

    def _run(self) -> None:
        self._loop.set_exception_handler(lambda _, context: self.failures.append(str(context)))
        self._loop.add_reader(self.udp.fileno(), self._read_udp)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve_tcp, sock=self.tcp))
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(task)
        self._loop.close()

    def _read_udp(self) -> None:
        for _ in range(64):
            try:
                data, extra, _, peer = self.udp.recvmsg(65535, 64)
            except BlockingIOError:
                return
            address = next(socket.inet_ntoa(packed[8:12]) for _, kind, packed in extra if kind == IP_PKTINFO)
            action = self.world.ask(address, Transport.UDP, data, time.monotonic(), peer[1])
            match action:
                case Packets(sent):
                    for octets, delay in sent:
                        self._loop.call_later(delay, self._send_udp, octets, address, peer)
                case Half(octets):
                    self._send_udp(octets[: len(octets) // 2], address, peer)
                case Silence() | Close() | Drip():
                    pass

    def _send_udp(self, octets: bytes, address: str, peer: tuple[str, int]) -> None:
        source = struct.pack("@I4s4s", 0, socket.inet_aton(address), bytes(4))
        with contextlib.suppress(OSError):  # the socket it was for is closed
            self.udp.sendmsg([octets], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, peer)

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        address = writer.get_extra_info("sockname")[0]
        port = writer.get_extra_info("peername")[1]
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                data = await reader.readexactly(size)
                action = self.world.ask(address, Transport.TCP, data, time.monotonic(), port)
                task = self._loop.create_task(_act(action, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        writer.close()


async def _act(action: Action, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        match action:
            case Packets(sent):
                for octets, delay in sent:
                    await asyncio.sleep(delay)
                    writer.write(len(octets).to_bytes(2, "big") + octets)
            case Close(delay):
                await asyncio.sleep(delay)
                writer.close()
            case Half(octets):
                writer.write(len(octets).to_bytes(2, "big") + octets[: len(octets) // 2])
            case Drip(octets, gap):
                for octet in len(octets).to_bytes(2, "big") + octets:
                    if writer.is_closing():  # they have had enough
                        break
                    writer.write(bytes((octet,)))
                    await asyncio.sleep(gap)
            case Silence():
                pass


def _pair(port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on that port, or on one that was free for both."""
    for _ in range(100):
        udp = _bound(socket.SOCK_DGRAM, port)
        try:
            return udp, _bound(socket.SOCK_STREAM, udp.getsockname()[1])
        except OSError:
            udp.close()
    raise AssertionError("no port is free for UDP and TCP")


def _bound(kind: int, port: int) -> socket.socket:
    """A socket on every loopback address: on all, but of the loopback interface alone."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"lo")
    if kind is socket.SOCK_STREAM:  # connections that were closed a moment ago hold the port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("0.0.0.0", port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def ask_at(
    port: int,
    requests: Sequence[bytes],
    read: Callable[[bytes], dns.message.Message | None] = dns.message.from_wire,
) -> list[Told]:
    """Ask 127.0.0.1 all these at once, each from a port of its own; what came back to each within PATIENCE."""
    begun_at = time.monotonic()
    told = [Told(None, PATIENCE)] * len(requests)
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for index, octets in enumerate(requests):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.connect(("127.0.0.1", port))
            sock.send(octets)
            selector.register(sock, selectors.EVENT_READ, index)
        while selector.get_map() and (left := begun_at + PATIENCE - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                with contextlib.suppress(ConnectionError):  # nobody listens there any more: it heard nothing
                    octets = key.fileobj.recv(65535)
                    told[key.data] = Told(read(octets), time.monotonic() - begun_at, len(octets))
                selector.unregister(key.fileobj)
    return told


class LiveSession:
    """A `modes.Session` on sockets. `serving` is the process, for signals, logs, memory and statistics."""

    def __init__(self, world: World, authorities: Authorities, serving: Serving) -> None:
        self.world = world
        self.authorities = authorities
        self.serving = serving

    def ask(self, name: str, rtype: str = "A") -> Told:
        return self.ask_all([request(name, rtype)])[0]

    def ask_all(self, requests: Sequence[bytes]) -> list[Told]:
        """Each is timed from its own sending to when its answer is read; what they say is looked at afterwards."""
        heard: list[tuple[bytes, float] | None] = [None] * len(requests)
        sent_at: list[float] = []
        with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
            sockets = [
                stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in requests
            ]
            for index, sock in enumerate(sockets):
                sock.connect(("127.0.0.1", self.serving.port))
                selector.register(sock, selectors.EVENT_READ, index)
            for sock, octets in zip(sockets, requests, strict=True):
                sent_at.append(time.monotonic())
                sock.send(octets)
            give_up_at = time.monotonic() + PATIENCE
            while selector.get_map() and (left := give_up_at - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    assert isinstance(key.fileobj, socket.socket)
                    heard[key.data] = key.fileobj.recv(65535), time.monotonic() - sent_at[key.data]
                    selector.unregister(key.fileobj)
        return [
            Told(None, PATIENCE) if one is None else Told(dns.message.from_wire(one[0]), one[1], len(one[0]))
            for one in heard
        ]

    def pass_time(self, seconds: float) -> None:
        time.sleep(seconds)

    def settle(self) -> None:
        end = time.monotonic() + 10
        count = -1
        while count != len(self.world.log) and time.monotonic() < end:
            count = len(self.world.log)
            time.sleep(SETTLED_AFTER)

    def processor_s(self) -> float:
        """Seconds of processor time that the resolver has used (Linux counts nanoseconds)."""
        schedule = Path(f"/proc/{self.serving.pid}/schedstat").read_text("ascii")
        return int(schedule.split()[0]) / 1e9

    @property
    def connections(self) -> int:
        return self.authorities.connections

    @property
    def crashes(self) -> list[str]:
        log = self.serving.log()
        return [log] if "Traceback" in log else []


class FileClock:
    """A clock of lifetimes in a file: time goes by when a test says so. `settings` have a resolver read it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock"
        self._now = 1_000_000.0
        self.settings: Settings = {"cache.clock": f"file:{self._path}"}
        self.go_on(0)

    def go_on(self, seconds: float) -> None:
        """So much later, or earlier, from now on."""
        self._now += seconds
        written = self._path.with_name("clock.next")
        written.write_text(str(self._now), "ascii")
        written.rename(self._path)


@contextlib.contextmanager
def live(
    world: World, settings: Settings | None = None, *, arguments: Sequence[str] = (), forgiven: str = "\n"
) -> Iterator[LiveSession]:
    """A fresh process in `world`. Leaving fails on a traceback in its log and on an exit code that is not 0.

    A traceback in which the word `forgiven` stands is what the test is about.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authorities = Authorities(world).start()
        hints = folder / "root.hints"
        hints.write_text(f". 3600000 NS root.invalid.\nroot.invalid. 3600000 A {ROOT_SERVER}\n", "utf-8")
        flags: dict[str, str] = {
            "upstream.port": str(authorities.port),
            "upstream.root_hints": str(hints),
            "upstream.dont_query": "[]",
            "upstream.priming": "false",
            "prefetch.enabled": "false",
            **(settings or {}),
        }
        given = [part for key, value in flags.items() for part in ("--set", f"{key}={value}")]
        serving = Serving(folder, "", *given, *arguments)
        try:
            with serving:
                session = LiveSession(world, authorities, serving)
                yield session
                if serving.is_running:
                    assert serving.stop() == 0, serving.log()
            unforgiven = [
                line for line in serving.log().splitlines() if "Traceback" in line and forgiven not in line
            ]
            assert not unforgiven, unforgiven[0]
            assert not authorities.failures, authorities.failures
        finally:
            authorities.stop()
