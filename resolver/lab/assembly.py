# SPDX-License-Identifier: ISC
"""From a world file to zones: SOA, NS, delegations and glue derived where the texts do not state them.

    texts ──► sets ──► + apex ──► + addresses of servers ──► + delegations and glue ──► (signing) ──► Zone

What a text states is never overruled. No time, no randomness and no network here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from resolver.lab.signing import delegation_signer, sign
from resolver.lab.world_file import Glue, ServerEntry, WorldFile, WorldFileError, ZoneEntry
from resolver.lab.zone_text import read_name, read_zone
from resolver.lab.zones import Zone, ZoneError
from resolver.wire import ROOT, FormatError, RRset, Rtype, names, to_text
from resolver.wire.records import first_name

__all__ = ["Assembly", "assemble", "replace_rrset"]

_SOA_TIMES: Final = (7200, 900, 1_209_600)  # refresh, retry, expire: the usual ones of RFC 1912 section 2.2


@dataclass(frozen=True, slots=True)
class Assembly:
    """A world ready to be served. Keys of `zones` are origins; `serving` gives each server, by key, its origins."""

    servers: dict[bytes, ServerEntry]
    by_address: dict[str, bytes]
    zones: dict[bytes, Zone]
    serving: dict[bytes, tuple[bytes, ...]]
    signed: frozenset[bytes]


_Sets = dict[tuple[bytes, int], RRset]


@dataclass(slots=True)
class _Draft:
    """One zone while it is put together."""

    entry: ZoneEntry
    origin: bytes
    sets: _Sets
    signatures: list[RRset]
    stated: frozenset[tuple[bytes, int]]

    def add(self, rrset: RRset) -> None:
        """Add a derived set where nothing is stated."""
        if rrset.rdatas and (rrset.key, rrset.rtype) not in self.stated:
            self.sets.setdefault((rrset.key, rrset.rtype), rrset)

    def ns_names(self) -> tuple[bytes, ...]:
        """The servers the zone itself claims to have."""
        return tuple(first_name(rdata).lower() for rdata in self.sets[self.origin, Rtype.NS].rdatas)


def assemble(world: WorldFile) -> Assembly:
    """Build all zones of a world. Raises WorldFileError with the place that is wrong."""
    servers, by_address = _servers(world.server)
    drafts: dict[bytes, _Draft] = {}
    serving: dict[bytes, list[bytes]] = {key: [] for key in servers}
    try:
        for entry in world.zones():
            draft = _draft(entry, servers)
            if drafts.setdefault(draft.origin, draft) is not draft:
                raise WorldFileError(f"zone {entry.name} is there twice")
            for name in entry.servers + entry.hidden:
                serving[read_name(name)].append(draft.origin)
        _publish_addresses(drafts, servers)
        for draft in drafts.values():
            _delegate(draft, drafts, servers)
        zones = {origin: _finish(draft) for origin, draft in drafts.items()}
    except (ZoneError, FormatError) as error:
        raise WorldFileError(str(error)) from None
    signed = frozenset(origin for origin, draft in drafts.items() if draft.entry.signed)
    return Assembly(servers, by_address, zones, {key: tuple(v) for key, v in serving.items()}, signed)


def replace_rrset(zone: Zone, rrset: RRset, *, signed: bool) -> Zone:
    """The zone with `rrset` in place of the set of its name and type (removed when empty), and a higher serial.

    Signatures of the old set go; in a zone signed here all are made anew. Raises ZoneError.
    """
    kept = []
    for old in zone.rrsets():
        if old.rtype == Rtype.SOA and rrset.rtype != Rtype.SOA:
            kept.append(_next_serial(old))
        elif old.key != rrset.key or rrset.rtype not in (old.rtype, _covered(old)):
            kept.append(old)
    if rrset.rdatas:
        kept.append(rrset)
    return Zone.build(zone.origin, sign(zone.origin, kept) if signed else kept)


def _covered(rrset: RRset) -> int:
    return int.from_bytes(rrset.rdatas[0][:2], "big") if rrset.rtype == Rtype.RRSIG else -1


def _next_serial(soa: RRset) -> RRset:
    rdata = soa.rdatas[0]
    serial = (int.from_bytes(rdata[-20:-16], "big") + 1) & 0xFFFFFFFF
    return RRset(
        soa.owner, soa.rtype, soa.rclass, soa.ttl, (rdata[:-20] + serial.to_bytes(4, "big") + rdata[-16:],)
    )


def _servers(entries: Iterable[ServerEntry]) -> tuple[dict[bytes, ServerEntry], dict[str, bytes]]:
    servers: dict[bytes, ServerEntry] = {}
    by_address: dict[str, bytes] = {}
    for entry in entries:
        try:
            key = read_name(entry.name)
            addresses = [str(ip_address(text)) for text in entry.addresses]
        except (ZoneError, ValueError) as error:
            raise WorldFileError(f"server {entry.name}: {error}") from None
        if servers.setdefault(key, entry) is not entry:
            raise WorldFileError(f"server {entry.name} is there twice")
        for address in addresses:
            if by_address.setdefault(address, key) != key:
                raise WorldFileError(f"server {entry.name}: {address} is another server's address")
    return servers, by_address


def _draft(entry: ZoneEntry, servers: dict[bytes, ServerEntry]) -> _Draft:
    """A zone of what its text states, and of its SOA and NS."""
    origin = read_name(entry.name)
    for name in entry.servers + entry.lame + entry.hidden:
        if read_name(name) not in servers:
            raise WorldFileError(f"zone {entry.name}: no server is called {name} - add a [[server]]")
    if not entry.servers:
        raise WorldFileError(f"zone {entry.name} has no servers - name one")
    found = read_zone(entry.text, origin, entry.ttl)
    stated = {(rrset.key, rrset.rtype): rrset for rrset in found if rrset.rtype != Rtype.RRSIG}
    signatures = [rrset for rrset in found if rrset.rtype == Rtype.RRSIG]
    draft = _Draft(entry, origin, stated, signatures, frozenset(stated))
    ns = tuple(read_name(name) for name in entry.servers + entry.lame)
    draft.add(RRset(origin, int(Rtype.NS), 1, entry.ns_ttl, ns))
    soa = ns[0] + names.join(b"hostmaster", origin) + struct.pack("!5I", 1, *_SOA_TIMES, entry.negative_ttl)
    draft.add(RRset(origin, int(Rtype.SOA), 1, entry.negative_ttl, (soa,)))
    return draft


def _publish_addresses(drafts: dict[bytes, _Draft], servers: dict[bytes, ServerEntry]) -> None:
    """The addresses of every server, in the zone that its name lies in."""
    for key, entry in servers.items():
        home = _zone_above(key, drafts)
        if home:
            _add_addresses(home, key, entry)


def _delegate(draft: _Draft, drafts: dict[bytes, _Draft], servers: dict[bytes, ServerEntry]) -> None:
    """NS, DS and glue in the parent; in the zone itself, addresses of its servers that lie below one of its cuts."""
    for name in draft.ns_names():
        if name in servers and names.is_at_or_below(name, draft.origin):
            _add_addresses(draft, name, servers[name])
    parent = None if draft.origin == ROOT else _zone_above(names.parent(draft.origin), drafts)
    if parent is None or not draft.entry.delegated:
        return
    if (draft.origin, Rtype.NS) not in parent.stated:
        entry = draft.entry
        targets = tuple(read_name(name) for name in entry.servers + entry.lame)
        parent.add(RRset(draft.origin, int(Rtype.NS), 1, entry.ns_ttl, targets))
        for name in targets:
            if _brings_glue(entry.glue, name, draft.origin, parent.origin):
                _add_addresses(parent, name, servers[name])
    if draft.entry.signed and parent.entry.signed:
        parent.add(delegation_signer(draft.origin, draft.entry.ns_ttl))


def _brings_glue(glue: Glue, name: bytes, cut: bytes, parent: bytes) -> bool:
    if glue is Glue.NONE:
        return False
    return names.is_at_or_below(name, cut if glue is Glue.REQUIRED else parent)


def _add_addresses(draft: _Draft, key: bytes, entry: ServerEntry) -> None:
    addresses = [ip_address(text) for text in entry.addresses]
    four = tuple(a.packed for a in addresses if isinstance(a, IPv4Address))
    six = tuple(a.packed for a in addresses if isinstance(a, IPv6Address))
    draft.add(RRset(key, int(Rtype.A), 1, draft.entry.ns_ttl, four))
    draft.add(RRset(key, int(Rtype.AAAA), 1, draft.entry.ns_ttl, six))


def _zone_above(key: bytes, drafts: dict[bytes, _Draft]) -> _Draft | None:
    return next((drafts[name] for name in names.ancestors(key) if name in drafts), None)


def _finish(draft: _Draft) -> Zone:
    sets = [*draft.sets.values(), *draft.signatures]
    try:
        return Zone.build(draft.origin, sign(draft.origin, sets) if draft.entry.signed else sets)
    except ZoneError as error:
        raise ZoneError(f"zone {to_text(draft.origin)}: {error}") from None
