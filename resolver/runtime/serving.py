# SPDX-License-Identifier: ISC
"""What the servers over UDP and TCP have in common: the service they call, and what they do when it crashes."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from resolver.events import Crashed, Tell
from resolver.runtime.clocks import Clock, ticks
from resolver.runtime.tasks import TaskTable
from resolver.service.admission import Client

Work = Coroutine[Any, Any, bytes | None]


class Handle(Protocol):
    """The service: one datagram or message in; its answer, nothing, or the work that will give one of the two."""

    def __call__(self, datagram: bytes, client: Client, now: float) -> bytes | Work | None:
        """Answer now (bytes), never (None) or when the coroutine ends. `now` is the clock of lifetimes."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What every listener is handed."""

    loop: asyncio.AbstractEventLoop
    handle: Handle
    now: Clock
    tasks: TaskTable
    tell: Tell

    def ask(self, message: bytes, client: Client) -> bytes | Work | None:
        """Call the service; a bug of ours is told, and the peer that found it hears nothing."""
        try:
            return self.handle(message, client, self.now())
        except Exception:  # noqa: BLE001 - nothing that a peer sends may end the process
            self.tell(Crashed(ticks(), f"handle {client.transport}", traceback.format_exc()))
            return None


def client_of(peer: tuple[Any, ...], *, over_tcp: bool) -> Client:
    """Return who asks, from the socket's address of the peer; a scope (`%eth0`) is left out."""
    address: str = peer[0]
    if "%" in address:
        address = address[: address.index("%")]
    return Client(address, peer[1], "tcp" if over_tcp else "udp", "ipv6" if ":" in address else "ipv4")
