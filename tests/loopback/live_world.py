# SPDX-License-Identifier: ISC
"""A running resolver that lives in a trace's world: its servers on loopback sockets, its lifetime clock in a file.

Questions come one after the other; before each the clock is set, and after each the resolver comes to rest.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from resolver.engine.ports import Server, Transport
from resolver.lab.fullworld.hierarchy import Conditions, Hierarchy
from resolver.lab.fullworld.owners import Owners
from resolver.lab.fullworld.questions import Asked
from resolver.lab.fullworld.replies import Reply, read_reply
from resolver.lab.loopback import Loopback
from resolver.lab.network import Delivery
from resolver.lab.virtual_world import START_NOW
from resolver.wire import Edns, compose_query, peek, to_text
from tests.live.asking import wait_until
from tests.live.serving import PATIENCE, Serving
from tests.ports import free_port


class Heard(NamedTuple):
    """What became of one question: the response, and the queries that reached servers because of it."""

    reply: Reply
    queries: tuple[tuple[str, bytes, int], ...]


class _Scripted:
    """The trace's servers at the instant that is scripted: what arrives, and when it is, whatever clocks say."""

    def __init__(self, owners: Owners) -> None:
        self.hierarchy = Hierarchy(owners, Conditions(), random.Random(0))
        self.time = 0.0
        self.arrived: list[tuple[str, bytes, int]] = []

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        asked = peek(request)
        assert asked is not None
        self.arrived.append((server.address, asked.qname_key, asked.qtype))
        return self.hierarchy.deliver(server, transport, request, self.time, now)


class LiveWorld:
    """Starts both in a `with`. `config` is TOML without [lab], [cache] and [upstream]."""

    def __init__(self, folder: Path, config: str) -> None:
        self._folder = folder
        self._clock = folder / "clock"
        self._owners = Owners()
        self._network = _Scripted(self._owners)
        port = free_port(("127.53.0.1", "127.53.0.2"))
        self._loopback = Loopback(self._network, self._network.hierarchy.addresses(), port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._set_clock(0.0)
        self._write_hints()
        places = ", ".join(f'"{at}" = "{real.address}#{port}"' for at, real in self._loopback.map.items())
        self.serving = Serving(
            folder / "resolver",
            f'{config}\n[lab]\nmap = {{ {places} }}\n[cache]\nclock = "file:{self._clock}"\n'
            f'[upstream]\npriming = false\nroot_hints = "{folder / "root.hints"}"\n',
        )

    def ask(self, questions: Iterable[Asked]) -> Iterator[Heard]:
        """Ask at the scripted times, one after the other."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", self.serving.port))
            sock.settimeout(PATIENCE)
            for number, asked in enumerate(questions):
                self._owners.take(asked)
                self._network.time = asked.time
                self._set_clock(asked.time)
                self._network.arrived.clear()
                sock.send(
                    compose_query(
                        asked.name, asked.rtype, id=number & 0xFFFF, rd=True, edns=Edns(udp_size=1232)
                    )
                )
                octets = sock.recv(65535)
                assert octets[:2] == (number & 0xFFFF).to_bytes(2, "big")
                yield Heard(read_reply(octets), tuple(self._network.arrived))

    def rest(self) -> tuple[tuple[str, bytes, int], ...]:
        """Wait until nobody works on anything any more; everything that reached servers since the last question."""
        wait_until(lambda: not self.serving.statistics("in_flight"), "the resolver is at rest")
        return tuple(self._network.arrived)

    def _set_clock(self, time: float) -> None:
        """Another file in place of the one before: a file system's times are too coarse to tell two writes apart."""
        new = self._folder / "clock.new"
        new.write_text(f"{START_NOW + time!r}", "ascii")
        os.replace(new, self._clock)

    def _write_hints(self) -> None:
        ((name, address),) = self._network.hierarchy.hints()
        text = to_text(name)
        lines = f". 3600 NS {text}\n{text} 3600 A {address}\n"
        (self._folder / "root.hints").write_text(lines, "ascii")

    def __enter__(self) -> LiveWorld:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._loopback.start(), self._loop).result(PATIENCE)
        self.serving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.serving.is_running:
            self.serving.stop()
        asyncio.run_coroutine_threadsafe(self._loopback.close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
