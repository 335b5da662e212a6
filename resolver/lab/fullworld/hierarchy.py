# SPDX-License-Identifier: ISC
"""The authoritative side of a trace: root, top-level and zone servers that say what the trace's owners publish.

    .  ──►  lab.  ──►  z7.lab.  (the last two labels)  ──►  h59.z7.lab. A, as `owners` has it

It implements `lab.network.Network`. A zone is put together for each query from the few names on its path, and answered
by the laboratory's ordinary authority; data are the owners', delegations and addresses are made up here.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from resolver.engine.ports import Server, Transport
from resolver.lab.fullworld.owners import Owner, Owners
from resolver.lab.fullworld.rdata import rdata_of
from resolver.lab.network import Delivery
from resolver.lab.quirks import Profile, answer_as
from resolver.lab.world_file import Behaviour
from resolver.lab.zones import Node, Zone
from resolver.policy import AnswerClass
from resolver.wire import ROOT, RRset, Rtype, from_text, names, peek

ROOT_ADDRESS: Final = "192.0.2.1"
TOP_ADDRESS: Final = "192.0.2.2"
ZONE_ADDRESSES: Final = tuple(f"198.51.100.{last}" for last in range(1, 17))
NS_LABEL: Final = b"lab-ns"  # of name servers; no trace asks for it
NS_TTL: Final = 172_800  # two days, as the root and most TLDs have it
DENIAL_TTL: Final = 300  # of what nobody asked about: names between, types that were not in the trace
_SOA_TIMES: Final = (7200, 900, 1_209_600)
_SILENCE: Final[tuple[Delivery, ...]] = ()
_PROPER: Final = Profile()
_FAILING: Final = Profile(behaviours=frozenset({Behaviour.SERVFAIL}))
_AT_APEX: Final = frozenset({int(Rtype.NS), int(Rtype.SOA)})


@dataclass(frozen=True, slots=True)
class Conditions:
    """The network in front of every server.

    Round trip and mean of the exponential jitter on it, in seconds; loss of UDP exchanges in percent; outages of all
    servers (from, until) in seconds since the start of the trace.
    """

    latency_s: float = 0.0
    jitter_s: float = 0.0
    loss_pct: float = 0.0
    outages: tuple[tuple[float, float], ...] = ()


class Hierarchy:
    """Servers for everything that `owners` hold. `queries` counts what was sent to them."""

    def __init__(self, owners: Owners, conditions: Conditions, rng: random.Random) -> None:
        self.queries = 0
        self._owners = owners
        self._conditions = conditions
        self._rng = rng

    def hints(self) -> list[tuple[bytes, str]]:
        """The root server as (name, address)."""
        return [(_server_of(ROOT), ROOT_ADDRESS)]

    def addresses(self) -> tuple[str, ...]:
        """Those of all servers."""
        return (ROOT_ADDRESS, TOP_ADDRESS, *ZONE_ADDRESSES)

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        """See `network.Network`. `tick` is seconds since the start of the trace."""
        self.queries += 1
        conditions, udp = self._conditions, transport is Transport.UDP
        if any(begins <= tick < ends for begins, ends in conditions.outages):
            return _SILENCE
        if udp and conditions.loss_pct and self._rng.random() * 100 < conditions.loss_pct:
            return _SILENCE
        asked = peek(request)
        if asked is None:
            return _SILENCE
        zone, profile = self._zone(server.address, asked.qname_key, asked.qtype, tick)
        response = answer_as(profile, {zone.origin: zone}, request, udp=udp, now=now)
        if response is None:
            return _SILENCE
        delay = conditions.latency_s if udp else 2 * conditions.latency_s
        if conditions.jitter_s:
            delay += self._rng.expovariate(1 / conditions.jitter_s)
        return (Delivery(delay, response),)

    def _zone(self, address: str, name: bytes, rtype: int, at: float) -> tuple[Zone, Profile]:
        """The zone that a server answers from, as far as this question needs it, and how the server behaves."""
        labels = names.count_labels(name)
        depth = 0 if address == ROOT_ADDRESS else min(1 if address == TOP_ADDRESS else 2, labels)
        origin = names.suffix(name, depth)
        cut = names.suffix(name, depth + 1) if depth < 2 and labels > depth else None
        if cut is not None and self._is_cut(cut):
            nodes = {cut: _cut_node(cut)}
            nodes[_server_of(cut)] = _address_node(_server_of(cut), _address_of(cut, depth + 1))
            if rtype == Rtype.DS and cut == name:
                return self._with_data(origin, nodes, name, rtype, at)
            return _built(origin, nodes, DENIAL_TTL, 0), _PROPER
        if rtype in _AT_APEX and name != origin:
            origin = name  # a zone of its own, on the same servers
        return self._with_data(origin, {}, name, rtype, at)

    def _is_cut(self, name: bytes) -> bool:
        """Below the root and below TLDs every name begins a zone, but for servers and those that do not exist."""
        return self._owners.exists(name) and not name.startswith(_NS_IN_WIRE)

    def _with_data(
        self, origin: bytes, nodes: dict[bytes, Node], name: bytes, rtype: int, at: float
    ) -> tuple[Zone, Profile]:
        """The zone with what its owner says of `name` and `rtype`."""
        owner = self._owners.find(name, rtype)
        if owner is None and name == _server_of(origin):
            nodes[name] = _address_node(name, _address_of(origin, names.count_labels(origin)))
        elif owner is None or owner.answer is not AnswerClass.POSITIVE:
            if self._owners.exists(name):
                nodes.setdefault(name, Node({}, {}))
        else:
            # Servers are what they are: a zone whose NS changed could not be asked any more.
            rdata = _server_of(name) if rtype == Rtype.NS else rdata_of(rtype, owner.version(at))
            node = nodes.setdefault(name, Node({}, {}))
            node.sets[rtype] = RRset(name, rtype, 1, owner.ttl, (rdata,))
        return _built(origin, nodes, *_denial(owner, at)), _FAILING if _fails(owner) else _PROPER


def _fails(owner: Owner | None) -> bool:
    return owner is not None and owner.failing


def _denial(owner: Owner | None, at: float) -> tuple[int, int]:
    """The TTL of denials, and the serial of the SOA in them: it tells the version of what is denied."""
    if owner is None or owner.answer is AnswerClass.POSITIVE:
        return DENIAL_TTL, 0
    return owner.ttl, owner.version(at)


def _built(origin: bytes, nodes: dict[bytes, Node], denial_ttl: int, serial: int) -> Zone:
    """A zone with its apex, and a node for every name between that and those given."""
    for name in list(nodes):
        for between in names.ancestors(name):
            if between == origin:
                break
            nodes.setdefault(between, Node({}, {}))
    server = _server_of(origin)
    soa = server + _HOSTMASTER + struct.pack("!5I", serial, *_SOA_TIMES, denial_ttl)
    apex = nodes.setdefault(origin, Node({}, {})).sets
    apex.setdefault(int(Rtype.NS), RRset(origin, int(Rtype.NS), 1, NS_TTL, (server,)))
    apex.setdefault(int(Rtype.SOA), RRset(origin, int(Rtype.SOA), 1, denial_ttl, (soa,)))
    return Zone(origin, nodes, ())


def _cut_node(cut: bytes) -> Node:
    return Node({int(Rtype.NS): RRset(cut, int(Rtype.NS), 1, NS_TTL, (_server_of(cut),))}, {})


def _address_node(server: bytes, address: str) -> Node:
    octets = bytes(map(int, address.split(".")))
    return Node({int(Rtype.A): RRset(server, int(Rtype.A), 1, NS_TTL, (octets,))}, {})


def _server_of(zone: bytes) -> bytes:
    return names.join(NS_LABEL, zone)


def _address_of(zone: bytes, depth: int) -> str:
    if depth < 2:
        return TOP_ADDRESS if depth else ROOT_ADDRESS
    return ZONE_ADDRESSES[crc32(zone) % len(ZONE_ADDRESSES)]


_NS_IN_WIRE: Final = bytes((len(NS_LABEL),)) + NS_LABEL
_HOSTMASTER: Final = from_text("hostmaster.lab.")
