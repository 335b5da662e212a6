# SPDX-License-Identifier: ISC
"""What the servers over UDP and TCP have in common: the service they call, and what they do when it crashes."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from resolver.cache.images import Image
from resolver.events import Crashed, Tell
from resolver.runtime.clocks import Clock, ticks
from resolver.runtime.tasks import TaskTable
from resolver.service.admission import Client

Work = Coroutine[Any, Any, bytes | None]


class Handle(Protocol):
    """The service: one datagram or message in; its answer, nothing, or the work that will give one of the two."""

    def __call__(self, datagram: bytes, client: Client, now: float) -> bytes | Work | None:
        """Answer now (bytes), never (None) or when the coroutine ends. `now` is the clock of lifetimes."""


class Hits(Protocol):
    """The service's images, for a loop over many requests: `service.fast.Fast`."""

    table: dict[bytes, Image]
    renew: Callable[[Image, float], bool]
    tells_apart: bool  # by their variants: what is not in the table itself is asked of `look_up_for`
    counts_replies: bool  # and so is everything

    def tag_for(self, address: str) -> int:
        """The tag of requests over UDP from this address; negative for those that get no hits."""

    def tag_for_all(self, listener: str) -> int | None:
        """The tag of all requests that can reach a socket bound to this address; None: ask for each client."""

    def look_up_variant(self, keyed: bytes, now: float) -> tuple[Image, int] | None:
        """The image for a request that is not octet for octet what it was made for, and the size of its question."""

    def look_up_for(self, keyed: bytes, address: bytes, now: float) -> tuple[bytes, int] | None:
        """The octets for this client alone, none for no reply, and how many behind the header are the request's own."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What every listener is handed. `hits()` is None while every question has to go through `handle`."""

    loop: asyncio.AbstractEventLoop
    handle: Handle
    now: Clock
    tasks: TaskTable
    tell: Tell
    hits: Callable[[], Hits | None] = lambda: None
    handle_missed: Handle | None = None  # for what `hits` had no image of; `handle` would look for one again

    def ask(self, message: bytes, client: Client, *, missed: bool = False) -> bytes | Work | None:
        """Call the service; a bug of ours is told, and the peer that found it hears nothing.

        `missed`: the images of `hits` have been looked through already.
        """
        handle = self.handle_missed if missed and self.handle_missed is not None else self.handle
        try:
            return handle(message, client, self.now())
        except Exception:  # noqa: BLE001 - nothing that a peer sends may end the process
            self.tell(Crashed(ticks(), f"handle {client.transport}", traceback.format_exc()))
            return None


def client_of(peer: tuple[Any, ...], *, over_tcp: bool) -> Client:
    """Return who asks, from the socket's address of the peer; a scope (`%eth0`) is left out."""
    address: str = peer[0]
    if "%" in address:
        address = address[: address.index("%")]
    return Client(address, peer[1], "tcp" if over_tcp else "udp", "ipv6" if ":" in address else "ipv4")
