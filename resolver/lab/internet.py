# SPDX-License-Identifier: ISC
"""A simulated internet that answers: servers with latency, jitter, loss and outages in front of zones that change.

It implements `network.Network` and keeps no time: every call brings its instant. No socket and no file here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from resolver.engine.ports import Server, Transport
from resolver.errors import ResolverError
from resolver.lab.assembly import Assembly, assemble, replace_rrset
from resolver.lab.network import Delivery
from resolver.lab.quirks import Profile, answer_as
from resolver.lab.scripted import Change, Outage, Restore, Script, SetRecords
from resolver.lab.world_file import Behaviour, ServerEntry, WorldFile, WorldFileError, load
from resolver.lab.zone_text import read_name
from resolver.lab.zones import Zone, ZoneError
from resolver.wire import ROOT, RRset, names, to_text

__all__ = ["Host", "Internet", "NoSuchServer", "NoSuchZone"]

TCP_RETRANSMIT_S: Final = 1.0  # what a lost segment costs: the first timeout of RFC 6298 section 2
_CLOSED: Final = (
    (Transport.UDP, Behaviour.UNREACHABLE),
    (Transport.TCP, Behaviour.UNREACHABLE),
    (Transport.TCP, Behaviour.NO_TCP),
)
_SILENCE: Final[tuple[Delivery, ...]] = ()


class NoSuchServer(ResolverError):
    """A server that this internet does not have."""


class NoSuchZone(ResolverError):
    """A name that no zone of this internet holds."""


@dataclass(slots=True)
class Host:
    """One server as it is now. Latency and jitter in seconds, loss in percent; `zones` by origin."""

    name: str
    addresses: tuple[str, ...]
    profile: Profile
    zones: dict[bytes, Zone]
    latency_s: float
    jitter_s: float
    loss_pct: float
    silent: bool = False
    queries: int = 0


class Internet:
    """Zones, servers and the network between them and us."""

    def __init__(self, world: WorldFile, rng: random.Random, *, start_tick: float = 0.0) -> None:
        """Build all zones. `rng` is drawn from for jitter and loss; the script counts from `start_tick`.

        Raises WorldFileError.
        """
        built = assemble(world)
        self.about = world.about
        self._rng = rng
        self._start_tick = start_tick
        self._zones = dict(built.zones)
        self._signed = built.signed
        self._hosts = {key: _host(built, key, entry) for key, entry in built.servers.items()}
        self._by_address = {address: self._hosts[key] for address, key in built.by_address.items()}
        try:
            self._script = Script(world.change)
            self._rehearse(Script(world.change))
        except (ZoneError, NoSuchServer, NoSuchZone) as error:
            raise WorldFileError(f"change: {error}") from None

    @classmethod
    def load(cls, name: str, *, seed: int = 0, start_tick: float = 0.0) -> Internet:
        """The internet of that name or path. Raises WorldFileError."""
        return cls(load(name), random.Random(seed), start_tick=start_tick)

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        """See `network.Network`. The port does not matter; an address without a server is silence."""
        self.advance(tick)
        host = self._by_address.get(server.address)
        if host is None:
            return _SILENCE
        host.queries += 1
        having = host.profile.behaviours
        if host.silent or Behaviour.DEAD in having:
            return _SILENCE
        udp = transport is Transport.UDP
        if Behaviour.UNREACHABLE in having or (not udp and Behaviour.NO_TCP in having):
            return (Delivery(host.latency_s, None),)
        lost = bool(host.loss_pct) and self._rng.random() * 100 < host.loss_pct
        if lost and udp:
            return _SILENCE
        response = answer_as(host.profile, host.zones, request, udp=udp, now=now)
        if response is None:
            return _SILENCE
        return (Delivery(self._delay(host, udp=udp, lost=lost), response),)

    def _delay(self, host: Host, *, udp: bool, lost: bool) -> float:
        """One round trip over UDP, two over TCP (the handshake comes first)."""
        delay = host.latency_s if udp else 2 * host.latency_s
        if host.jitter_s:
            delay += self._rng.expovariate(1 / host.jitter_s)
        return delay + TCP_RETRANSMIT_S if lost else delay

    def advance(self, tick: float) -> None:
        """Apply what the script has up to `tick`. Deliveries do this by themselves."""
        for change in self._script.due(tick - self._start_tick):
            self.apply(change)

    def apply(self, change: Change) -> None:
        """Do one thing of the script now. Raises NoSuchServer, NoSuchZone or ZoneError and then changes nothing."""
        match change:
            case SetRecords(rrset):
                self.set(rrset)
            case Outage(server):
                self.host(server).silent = True
            case Restore(server):
                self.host(server).silent = False

    def set(self, rrset: RRset) -> Zone:
        """Put an RRset in place of the one of its name and type, on all servers; an empty one removes it.

        Raises NoSuchZone or ZoneError, and then nothing has changed.
        """
        new = self._changed(self._zones, rrset)
        self._zones[new.origin] = new
        for host in self._hosts.values():
            if new.origin in host.zones:
                host.zones[new.origin] = new
        return new

    def _changed(self, zones: Mapping[bytes, Zone], rrset: RRset) -> Zone:
        key = rrset.key
        old = next((zones[name] for name in names.ancestors(key) if name in zones), None)
        if old is None:
            raise NoSuchZone(f"{to_text(key)} is in no zone of this internet - see lab zones")
        return replace_rrset(old, rrset, signed=old.origin in self._signed)

    def _rehearse(self, script: Script) -> None:
        """Play the whole script on a copy of the zones, so that it cannot fail while the internet runs."""
        zones = dict(self._zones)
        for change in script.due(float("inf")):
            if isinstance(change, SetRecords):
                new = self._changed(zones, change.rrset)
                zones[new.origin] = new
            else:
                self.host(change.server)

    def host(self, name_or_address: str) -> Host:
        """A server by its name or one of its addresses. Raises NoSuchServer."""
        try:
            return self._by_address[str(ip_address(name_or_address))]
        except (ValueError, KeyError):
            pass
        try:
            return self._hosts[read_name(name_or_address)]
        except (ZoneError, KeyError):
            raise NoSuchServer(
                f"no server {name_or_address!r} in this internet - see 'resolver lab status'"
            ) from None

    def hosts(self) -> tuple[Host, ...]:
        """All servers, in the order of the file."""
        return tuple(self._hosts.values())

    def zones(self) -> tuple[Zone, ...]:
        """All zones, in the order of the file."""
        return tuple(self._zones.values())

    def addresses(self) -> tuple[str, ...]:
        """The addresses of all servers, in the order of the file."""
        return tuple(self._by_address)

    def closed(self) -> frozenset[tuple[str, Transport]]:
        """The ports where nothing listens: real sockets leave them closed, and the kernel refuses."""
        return frozenset(
            (address, transport)
            for address, host in self._by_address.items()
            for transport, behaviour in _CLOSED
            if behaviour in host.profile.behaviours
        )

    @property
    def changes_left(self) -> int:
        """How many changes of the script are still to come."""
        return len(self._script)

    def hints(self) -> list[tuple[str, str]]:
        """The root servers as (name, address): what a root.hints file for this internet holds."""
        return [
            (host.name, addr)
            for host in self._hosts.values()
            if ROOT in host.zones
            for addr in host.addresses
        ]


def _host(built: Assembly, key: bytes, entry: ServerEntry) -> Host:
    profile = Profile(frozenset(entry.behaviours), entry.cookies, entry.udp_size, key[:64])
    return Host(
        name=to_text(key),
        addresses=tuple(str(ip_address(text)) for text in entry.addresses),
        profile=profile,
        zones={origin: built.zones[origin] for origin in built.serving[key]},
        latency_s=float(entry.latency),
        jitter_s=float(entry.jitter),
        loss_pct=entry.loss,
    )
