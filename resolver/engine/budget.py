# SPDX-License-Identifier: ISC
"""What one client question has spent: one meter shared by all its sub-questions, which nothing resets.

Only counting and refusing here. A restart, a fallback or a sub-question never gets a fresh meter (CVE-2026-50045).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from resolver.engine.limits import Limits
from resolver.engine.outcome import Cause
from resolver.engine.ports import Server, Transport
from resolver.errors import ResolverError
from resolver.events import LimitHit, Tell
from resolver.wire import Ede, Rcode, names, type_to_text

TOO_MANY: Final = "too many questions at once"  # what a question is told for which there is no place


class ResolutionFailed(ResolverError):
    """A whole question failed: the cause, the Extended DNS Error to tell (RFC 8914), and where the work stood."""

    def __init__(
        self, cause: Cause, ede: Ede, text: str, zone: bytes = names.ROOT, rcode: int = Rcode.SERVFAIL
    ) -> None:
        super().__init__(text)
        self.cause = cause
        self.ede = ede
        self.text = text
        self.zone = zone
        self.rcode = rcode


class QueryKey(NamedTuple):
    """What makes two queries the same (RFC 9520 section 3.1): the server, the folded name, the type, the transport."""

    server: Server
    name: bytes
    rtype: int
    transport: Transport


@dataclass(slots=True)
class Meter:
    """Work done for one client question, in packets, bytes, connections and name-server look-ups.

    `asked` counts how often each query was sent: with TTL 0 everywhere a walk keeps coming by the same servers.
    `reached` are the keys of the limits that stopped something, `told` those that were told of already.
    """

    sends: int = 0
    received: int = 0
    connections: int = 0
    look_ups: int = 0
    asked: dict[QueryKey, int] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


class Place(Protocol):
    """Where a question is worked on, counted by whoever admitted it."""

    def move(self, zone: bytes) -> bool:
        """Give up the place at the zone before for one at `zone` (a key); False, and nothing moved, when it is full."""


@dataclass(frozen=True, slots=True)
class Work:
    """The licence under which one (sub-)question is worked on: limits, the deadline tick, the shared meter.

    `path` lists the (name key, type) of the questions that led here, outermost first, this one included. `place` moves
    with the walk of the question that was admitted; its sub-questions have none of their own.
    """

    limits: Limits
    deadline: float
    why: str = "client"
    meter: Meter = field(default_factory=Meter)
    path: tuple[tuple[bytes, int], ...] = ()
    place: Place | None = None

    def stand_at(self, zone: bytes) -> None:
        """Note that the walk stands at a zone cut (a key) now. Raises ResolutionFailed when that holds its share."""
        if self.place is not None and not self.place.move(zone):
            raise ResolutionFailed(Cause.OVERLOAD, Ede.OTHER, TOO_MANY, zone)

    def child(self, key: bytes, rtype: int, why: str = "address") -> Work:
        """Return the licence for a sub-question on the same meter.

        Raises ResolutionFailed when the question is already being asked above (TsuNAME), is nested too deep, or has
        led to as many look-ups as it may send queries: with the delegations cached, a tree of glueless names costs
        thousands of look-ups and not one packet (CAMP, USENIX Security 2024).
        """
        if (key, rtype) in self.path:
            raise ResolutionFailed(
                Cause.STRUCTURAL, Ede.OTHER, f"name servers depend on themselves at {names.to_text(key)}"
            )
        if len(self.path) > self.limits.depth:
            self.reach("limits.depth")
            raise ResolutionFailed(
                Cause.STRUCTURAL, Ede.OTHER, f"more than {self.limits.depth} nested name-server look-ups"
            )
        if self.meter.look_ups >= self.limits.sends:
            raise self._exhausted("limits.sends", f"more than {self.limits.sends} name-server look-ups")
        self.meter.look_ups += 1
        return Work(self.limits, self.deadline, why, self.meter, (*self.path, (key, rtype)))

    def reach(self, limit: str) -> None:
        """Note that a limit, by its key, stopped something: it is told of once, see `tell_reached`."""
        self.meter.reached.add(limit)

    def tell_reached(self, tick: float, tell: Tell) -> None:
        """Tell of the limits that this question, or one it led to, ran into: each once, however often it did."""
        for limit in sorted(self.meter.reached - self.meter.told):
            tell(LimitHit(tick, limit))
        self.meter.told |= self.meter.reached

    def may_ask(self, query: QueryKey) -> bool:
        """Whether this very query may be sent once more: three times at most, over all that the question leads to."""
        may = self.meter.asked.get(query, 0) < self.limits.tries_per_server
        if not may:
            self.reach("limits.tries_per_server")
        return may

    def spend_send(self, query: QueryKey) -> None:
        """Account for one upstream query. Raises ResolutionFailed when the question has used up what it may."""
        meter, limits = self.meter, self.limits
        if not self.may_ask(query):
            text = f"{query.server.address} was asked the same {limits.tries_per_server} times"
            raise ResolutionFailed(Cause.STRUCTURAL, Ede.OTHER, text)
        if meter.sends >= limits.sends:
            raise self._exhausted("limits.sends", f"more than {limits.sends} upstream queries")
        if query.transport is Transport.TCP:
            if meter.connections >= limits.tcp_connections:
                raise self._exhausted(
                    "limits.tcp_connections", f"more than {limits.tcp_connections} upstream connections"
                )
            meter.connections += 1
        meter.sends += 1
        meter.asked[query] = meter.asked.get(query, 0) + 1

    @property
    def is_used_up(self) -> bool:
        """Whether the meter has reached a limit: what fails from now on may fail for want of it."""
        meter, limits = self.meter, self.limits
        return (
            meter.sends >= limits.sends
            or meter.look_ups >= limits.sends
            or meter.received > limits.received
            or meter.connections >= limits.tcp_connections
        )

    def may_connect(self) -> bool:
        """Whether one more TCP connection is within the limits."""
        return self.meter.connections < self.limits.tcp_connections

    def spend_received(self, size: int) -> None:
        """Account for `size` bytes received. Raises ResolutionFailed past the limit."""
        self.meter.received += size
        if self.meter.received > self.limits.received:
            raise self._exhausted("limits.received", f"more than {self.limits.received} bytes received")

    def _exhausted(self, limit: str, what: str) -> ResolutionFailed:
        self.reach(limit)
        asked = f" for {names.to_text(self.path[0][0])} {type_to_text(self.path[0][1])}" if self.path else ""
        return ResolutionFailed(Cause.LIMIT, Ede.OTHER, f"work limit: {what}{asked}")
