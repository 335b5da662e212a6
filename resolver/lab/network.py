# SPDX-License-Identifier: ISC
"""The seam between a world and a network: what comes back when a request is sent to a server, and after how long.

No clock, no socket and no zone lives here. A network answers at once with *when* things would arrive; the world that
asked (`virtual_world` on a heap, `loopback` on an event loop) makes time pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from resolver.engine.ports import Server, Transport

__all__ = ["Delivery", "Network"]


class Delivery(NamedTuple):
    """One thing that comes back, `delay_s` seconds after the request was sent.

    `data` is one whole DNS message; None is a refusal: ICMP unreachable over UDP, a connection refused or closed
    over TCP.
    """

    delay_s: float
    data: bytes | None


class Network(Protocol):
    """Whatever stands at the other end of the wire."""

    def deliver(
        self,
        server: Server,
        transport: Transport,
        request: bytes,
        tick: float,
        now: float,
    ) -> Sequence[Delivery]:
        """What `request`, sent to `server` at that instant, brings back; nothing at all is silence.

        `tick` is monotonic seconds, `now` the clock of lifetimes. Deliveries need not be in order of their delays.
        A request that is no DNS message is silence too, never an exception.
        """
