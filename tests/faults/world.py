# SPDX-License-Identifier: ISC
"""A world of servers that may do anything: zone -> behaviour(asked) -> action, and a log of every packet it got.

No socket and no clock lives here, and nothing of the resolver's engine: `modes_scenario` and `modes_live` make time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from resolver.engine.ports import Transport
from resolver.lab.authority import TCP_LIMIT, UDP_SIZE, Zones, fit, respond, udp_limit
from resolver.lab.zone_text import read_zone
from resolver.lab.zones import Zone
from resolver.wire import ROOT, FormatError, Message, Rtype, from_text, names, parse, to_text

ROOT_SERVER = "127.66.0.1"
LATENCY = 0.001  # seconds: every honest answer, and every packet that says nothing else
_SOA = "@ SOA ns.invalid. hostmaster.invalid. 1 7200 3600 1209600 60\n"


class Asked(NamedTuple):
    """One query as a server got it. `attempt` counts from 0 what is the same (server, transport, name, type)."""

    tick: float
    server: str
    transport: Transport
    attempt: int
    name: bytes  # key: lower-case wire form
    rtype: int
    message: Message
    data: bytes
    port: int = 0  # the source port; 0 under the virtual clock

    @property
    def text(self) -> str:
        """The name as text, with its dot."""
        return to_text(self.name)


class Packet(NamedTuple):
    """One message that comes back `delay` seconds after the query."""

    data: bytes
    delay: float = LATENCY


@dataclass(frozen=True, slots=True)
class Packets:
    """Messages, in any order and number; over TCP each gets its length in front."""

    packets: tuple[Packet, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing ever comes."""


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed; over UDP an ICMP error (scenario) or silence (live)."""

    delay: float = LATENCY


@dataclass(frozen=True, slots=True)
class Half:
    """Over TCP the first half of a message and then silence; over UDP that half as a datagram."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Drip:
    """Over TCP one octet every `gap` seconds; over UDP silence."""

    data: bytes
    gap: float = 1.0


Action = Packets | Silence | Close | Half | Drip
Behaviour = Callable[[Asked], Action]


def packets(*messages: bytes | Packet) -> Packets:
    """The action that sends these."""
    return Packets(tuple(m if isinstance(m, Packet) else Packet(m) for m in messages))


@dataclass(slots=True)
class _Served:
    behaviour: Behaviour
    addresses: frozenset[str]


@dataclass(slots=True)
class World:
    """Zones, each with its addresses and behaviour. What no zone of an address holds is met with silence."""

    log: list[Asked] = field(default_factory=list)
    _zones: dict[bytes, _Served] = field(default_factory=dict)
    _seen: Counter[tuple[str, Transport, bytes, int]] = field(default_factory=Counter)

    def zone(
        self,
        name: str,
        addresses: str | Sequence[str],
        behaviour: Behaviour | None = None,
        *,
        text: str = "",
        ttl: int = 3600,
    ) -> Behaviour:
        """Serve a zone from these addresses; return the behaviour of an honest server of `text`.

        `text` is a zone file (no SOA needed); `behaviour` is what its servers do instead of serving it honestly.
        """
        served = [addresses] if isinstance(addresses, str) else addresses
        honest_one = honest(name, text, ttl)
        self._zones[from_text(name).lower()] = _Served(behaviour or honest_one, frozenset(served))
        return honest_one

    def behaviour(self, name: str) -> Behaviour:
        """What the servers of a zone do, for another behaviour to fall back on."""
        return self._zones[from_text(name).lower()].behaviour

    def ask(self, server: str, transport: Transport, data: bytes, tick: float, port: int = 0) -> Action:
        """One query reaches `server`: log it, and what the zone it belongs to does. No DNS message: silence."""
        try:
            message = parse(data)
        except FormatError:
            return Silence()
        question = message.question
        if question is None:
            return Silence()
        same = (server, transport, question.key, question.rtype)
        asked = Asked(
            tick, server, transport, self._seen[same], question.key, question.rtype, message, data, port
        )
        self._seen[same] += 1
        self.log.append(asked)
        behaviour = self._behaviour(server, question.key, question.rtype)
        return behaviour(asked) if behaviour else Silence()

    def _behaviour(self, server: str, key: bytes, rtype: int) -> Behaviour | None:
        """That of the deepest zone here that holds the name; DS is the parent's."""
        for above in names.ancestors(names.parent(key) if rtype == Rtype.DS and key != ROOT else key):
            served = self._zones.get(above)
            if served and server in served.addresses:
                return served.behaviour
        return None

    # What the servers saw

    def asked(
        self, *, below: str = ".", server: str | None = None, transport: Transport | None = None
    ) -> list[Asked]:
        """The queries for names at or below a name, to that server, by that transport."""
        zone = from_text(below).lower()
        return [
            a
            for a in self.log
            if names.is_at_or_below(a.name, zone)
            and server in (None, a.server)
            and transport in (None, a.transport)
        ]

    def clear(self) -> None:
        """Forget what was asked; attempts count on."""
        self.log.clear()

    def forget(self) -> None:
        """Forget what was asked and the attempts too: for a world that lives for hours."""
        self.log.clear()
        self._seen.clear()


class Forgetful(World):
    """A world for hours: it counts the queries and remembers none, so that nothing grows."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = 0

    def ask(self, server: str, transport: Transport, data: bytes, tick: float, port: int = 0) -> Action:
        """As any world; each attempt is the first."""
        action = super().ask(server, transport, data, tick, port)
        self.queries += len(self.log)
        self.forget()
        return action


def honest(name: str, text: str, ttl: int = 3600) -> Behaviour:
    """A proper server of one zone: truncates what does not fit over UDP."""
    origin = from_text(name).lower()
    soa = "" if " SOA " in text else _SOA
    zones: Zones = {origin: Zone.build(origin, read_zone(soa + text, origin, ttl))}

    def behave(asked: Asked) -> Action:
        udp = asked.transport is Transport.UDP
        limit = udp_limit(asked.message, UDP_SIZE) if udp else TCP_LIMIT
        # Letter case as asked (0x20): `respond` echoes the question it was given.
        return packets(fit(respond(zones, asked.message), limit))

    return behave


def late(behaviour: Behaviour, seconds: float) -> Behaviour:
    """The same, so much later."""

    def behave(asked: Asked) -> Action:
        match behaviour(asked):
            case Packets(sent):
                return Packets(tuple(p._replace(delay=p.delay + seconds) for p in sent))
            case Close(delay):
                return Close(delay + seconds)
            case other:
                return other

    return behave


def silent(asked: Asked) -> Action:
    """A dead server."""
    return Silence()
