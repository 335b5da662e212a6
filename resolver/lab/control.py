# SPDX-License-Identifier: ISC
"""What `resolver lab …` may ask of a running internet: each method does one thing and says it in plain dicts.

No socket and no presentation here: the control room carries these to the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.lab.internet import Host, Internet
from resolver.lab.scripted import read_rrset
from resolver.lab.world_file import RecordEntry
from resolver.lab.zones import Zone
from resolver.wire import to_text

__all__ = ["LabControl", "LabError"]

LATENCY_MAX_MS = 60_000
TTL_MAX = 2**31 - 1  # RFC 2181 section 8

Facts = dict[str, Any]


class LabError(ResolverError):
    """A request that makes no sense here; one line, with the remedy."""


class LabControl:
    """Looks at a running internet and changes it, from one moment to the next."""

    def __init__(
        self,
        internet: Internet,
        endpoints: Mapping[str, Server] | None = None,
        ticks: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`endpoints` is the loopback's map, none in a virtual world; `ticks` the clock of the script."""
        self._running = internet
        self._ticks = ticks
        self._endpoints = dict(endpoints or {})

    def status(self) -> Facts:
        """The servers and where they are: addresses, latency, loss, outages, queries so far."""
        internet = self._internet
        return {
            "about": internet.about,
            "zones": len(internet.zones()),
            "changes_left": internet.changes_left,
            "servers": [self._host(host) for host in internet.hosts()],
        }

    def zones(self) -> Facts:
        """The zones, with their serials, sizes and servers."""
        hosts = self._internet.hosts()
        return {"zones": [_zone(zone, hosts) for zone in self._internet.zones()]}

    def map(self) -> Facts:
        """Server address -> "address#port", as `lab.map` takes it."""
        return {"map": {server: f"{at.address}#{at.port}" for server, at in self._endpoints.items()}}

    def outage(self, server: str, on: bool = True) -> Facts:
        """Silence a server, or let it speak again. Raises NoSuchServer."""
        host = self._internet.host(server)
        host.silent = on
        return self._host(host)

    def latency(self, server: str, ms: float) -> Facts:
        """Set a server's round trip time in milliseconds. Raises NoSuchServer, LabError."""
        host = self._internet.host(server)
        if not 0 <= ms <= LATENCY_MAX_MS:
            raise LabError(f"latency {ms:g} - give milliseconds from 0 to {LATENCY_MAX_MS}")
        host.latency_s = ms / 1000
        return self._host(host)

    def loss(self, server: str, pct: float) -> Facts:
        """Set the percentage of a server's exchanges that are lost. Raises NoSuchServer, LabError."""
        host = self._internet.host(server)
        if not 0 <= pct <= 100:
            raise LabError(f"loss {pct:g} - give a percentage from 0 to 100")
        host.loss_pct = float(pct)
        return self._host(host)

    def set(self, name: str, rtype: str, ttl: int, *rdata: str) -> Facts:
        """Put an RRset in place of the one of its name and type; without rdata, remove it.

        Raises NoSuchZone, ZoneError or LabError, and then nothing has changed.
        """
        if not 0 <= ttl <= TTL_MAX:
            raise LabError(f"TTL {ttl} - give seconds from 0 to {TTL_MAX}")
        zone = self._internet.set(read_rrset(RecordEntry(name=name, type=rtype, ttl=ttl, rdata=rdata)))
        return {
            "zone": to_text(zone.origin),
            "serial": zone.serial,
            "name": name,
            "type": rtype,
            "records": len(rdata),
        }

    @property
    def _internet(self) -> Internet:
        """The internet, with its script played up to now."""
        self._running.advance(self._ticks())
        return self._running

    def _host(self, host: Host) -> Facts:
        return {
            "name": host.name,
            "addresses": list(host.addresses),
            "endpoints": [
                f"{at.address}#{at.port}" for a in host.addresses if (at := self._endpoints.get(a))
            ],
            "latency_ms": round(host.latency_s * 1000, 3),
            "jitter_ms": round(host.jitter_s * 1000, 3),
            "loss_pct": host.loss_pct,
            "outage": host.silent,
            "behaviours": sorted(behaviour.value for behaviour in host.profile.behaviours),
            "cookies": host.profile.cookies.value,
            "zones": len(host.zones),
            "queries": host.queries,
        }


def _zone(zone: Zone, hosts: tuple[Host, ...]) -> Facts:
    return {
        "name": to_text(zone.origin),
        "serial": zone.serial,
        "names": len(zone.nodes),
        "records": sum(len(rrset.rdatas) for rrset in zone.rrsets()),
        "signed": bool(zone.nsec_owners),
        "servers": [host.name for host in hosts if zone.origin in host.zones],
    }
