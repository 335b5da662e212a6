# SPDX-License-Identifier: ISC
"""What the service is told of a client, and what its bugs cost."""

from __future__ import annotations

import asyncio

from resolver.events import Crashed
from resolver.runtime.serving import Serving, client_of
from resolver.runtime.strands import Strands
from resolver.runtime.tasks import TaskTable
from resolver.service.admission import Client


def test_a_client_is_named_by_address_port_and_transport() -> None:
    assert client_of(("192.0.2.1", 5353), over_tcp=False) == Client("192.0.2.1", 5353, "udp", "ipv4")
    assert client_of(("2001:db8::1", 1, 0, 0), over_tcp=True) == Client("2001:db8::1", 1, "tcp", "ipv6")


def test_a_scope_is_no_part_of_an_address() -> None:
    assert client_of(("fe80::1%eth0", 1, 0, 2), over_tcp=False).address == "fe80::1"


def test_a_bug_is_told_with_its_traceback_and_nothing_is_answered() -> None:
    events: list[object] = []

    def handle(datagram: bytes, client: Client, now: float) -> bytes:
        raise IndexError(f"at {now}")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        serving = Serving(loop, handle, lambda: 7.0, TaskTable(Strands(loop), events.append), events.append)
        assert serving.ask(b"question", client_of(("192.0.2.1", 1), over_tcp=False)) is None

    asyncio.run(main())
    (event,) = events
    assert isinstance(event, Crashed)
    assert event.where == "handle udp"
    assert "IndexError: at 7.0" in event.traceback
    assert "192.0.2.1" not in event.traceback
