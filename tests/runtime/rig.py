# SPDX-License-Identifier: ISC
"""A server with a fake service, on real loopback sockets, for one scenario."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from resolver.engine.ports import Server
from resolver.events import Crashed
from resolver.runtime.loop import loop_maker, tell_crashes
from resolver.runtime.server import DnsServer
from resolver.runtime.serving import Handle, Serving
from resolver.runtime.settings import ServerSettings, TcpSettings
from resolver.runtime.strands import Strands
from resolver.runtime.tasks import TaskTable
from resolver.runtime.tcp_server import TcpServer
from resolver.units import Seconds


@dataclass
class Rig:
    """What a scenario is given."""

    server: DnsServer
    tasks: TaskTable
    events: list[object]

    @property
    def address(self) -> Server:
        return self.server.addresses[0]

    @property
    def tcp(self) -> TcpServer:
        assert self.server.tcp is not None
        return self.server.tcp

    async def connect(self, source: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address, local_addr=(source, 0))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the server's side to have seen what the client's side did; the scenario's time limit ends it."""
        while not condition():  # noqa: ASYNC110 - any condition, of things that know nothing of this test
            await asyncio.sleep(0.002)


def has_ipv6() -> bool:
    """Whether this machine has `::1`."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def tcp_settings(
    *,
    connections: int = 10_000,
    per_client: int = 256,
    in_flight: int = 64,
    idle: float = 10.0,
    partial: float = 3.0,
    write: float = 10.0,
) -> TcpSettings:
    return TcpSettings(
        connections=connections,
        per_client=per_client,
        in_flight=in_flight,
        idle_timeout=Seconds(idle),
        partial_timeout=Seconds(partial),
        write_timeout=Seconds(write),
    )


def play(
    scenario: Callable[[Rig], Awaitable[None]],
    handle: Handle,
    *,
    listen: tuple[str, ...] = ("127.0.0.1:0",),
    tcp: TcpSettings | None = None,
    max_tasks: int = 1000,
    crashes: int = 0,
    batch: bool = True,
) -> None:
    """Run `scenario`; then everything the server held must be given back, and `crashes` crashes have been told."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = DnsServer(ServerSettings(listen=listen, tcp=tcp or TcpSettings(), batch=batch))
        events: list[object] = []
        rig = Rig(server, TaskTable(Strands(loop), events.append, max_tasks), events)
        tell_crashes(loop, rig.events.append)
        await server.start(Serving(loop, handle, lambda: 1000.0, rig.tasks, rig.events.append))
        try:
            await asyncio.wait_for(scenario(rig), 15)
        finally:
            server.close()
        await asyncio.wait_for(rig.until(lambda: not rig.tasks.tasks and not rig.tcp.connections), 5)
        assert not len(rig.tcp.idle) + len(rig.tcp.partial) + len(rig.tcp.unread)
        assert rig.tcp._per_client == {}
        told = [event for event in rig.events if isinstance(event, Crashed)]
        assert len(told) == crashes, told

    make, _ = loop_maker()
    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main())


def frame(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


async def read_message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


def message(number: int, text: bytes = b"question.") -> bytes:
    """Something long enough to be a question."""
    return number.to_bytes(2, "big") + b"\x00" * 10 + text
