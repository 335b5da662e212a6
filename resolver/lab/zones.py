# SPDX-License-Identifier: ISC
"""A zone as an immutable value: its names, what each of them owns, and their canonical order.

No text is read here (zone_text) and no question is answered (lookup, authority).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from resolver.errors import ResolverError
from resolver.wire import FormatError, RRset, Rtype, names, to_text
from resolver.wire.records import rrsig_fields, soa_fields

__all__ = ["Node", "Zone", "ZoneError", "canonical_order"]

_EXCLUSIVE: Final = frozenset({int(Rtype.CNAME), int(Rtype.RRSIG), int(Rtype.NSEC)})


class ZoneError(ResolverError):
    """Zone data that no authoritative server would load; the text says which name and why."""


class Node(NamedTuple):
    """What one name owns, by type; signatures by the type they cover. Both are empty at an empty non-terminal."""

    sets: dict[int, RRset]
    signatures: dict[int, RRset]


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """One zone. `origin` and the keys of `nodes` are keys (lower case); owners in the sets keep their spelling.

    Every name between the origin and an owner is in `nodes` (RFC 8020: empty non-terminals exist). `nsec_owners` are
    the owners of NSEC records in canonical order, none in an unsigned zone.
    """

    origin: bytes
    nodes: Mapping[bytes, Node]
    nsec_owners: tuple[bytes, ...]

    @classmethod
    def build(cls, origin: bytes, sets: Iterable[RRset]) -> Zone:
        """A zone of those RRsets, where RRSIGs are one set for each type covered. Raises ZoneError."""
        nodes: dict[bytes, Node] = {origin: Node({}, {})}
        for rrset in sets:
            key = rrset.key
            if not names.is_at_or_below(key, origin):
                raise ZoneError(f"{to_text(key)} is outside the zone {to_text(origin)}")
            for name in names.ancestors(key):
                if name in nodes:
                    break
                nodes[name] = Node({}, {})
            _add(nodes[key], rrset)
        for key, node in nodes.items():
            _check_node(key, node)
        if Rtype.SOA not in nodes[origin].sets:
            raise ZoneError(f"the zone {to_text(origin)} has no SOA record")
        owners = (key for key, node in nodes.items() if Rtype.NSEC in node.sets)
        return cls(origin, nodes, tuple(sorted(owners, key=canonical_order)))

    def rrsets(self) -> Iterator[RRset]:
        """All sets, signatures too."""
        for node in self.nodes.values():
            yield from node.sets.values()
            yield from node.signatures.values()

    def find(self, key: bytes, rtype: int) -> RRset | None:
        """The set at exactly that name, glue included; no wildcards, no aliases."""
        node = self.nodes.get(key)
        return node.sets.get(rtype) if node else None

    @property
    def soa(self) -> RRset:
        """The SOA at the origin."""
        return self.nodes[self.origin].sets[Rtype.SOA]

    @property
    def serial(self) -> int:
        """The serial of the SOA; a change raises it."""
        return soa_fields(self.soa.rdatas[0]).serial

    def cut_above(self, key: bytes) -> bytes | None:
        """The highest delegation at or above `key` and below the origin, or None: the zone is authoritative."""
        found = None
        for name in names.ancestors(key):
            if name == self.origin:
                break
            node = self.nodes.get(name)
            if node and Rtype.NS in node.sets:
                found = name
        return found

    def nsec_at_or_before(self, key: bytes) -> bytes | None:
        """The owner of the NSEC that matches or covers `key` (RFC 4034 section 6.1), or None in an unsigned zone."""
        if not self.nsec_owners:
            return None
        place = bisect_right(self.nsec_owners, canonical_order(key), key=canonical_order)
        return self.nsec_owners[place - 1]


def canonical_order(key: bytes) -> tuple[bytes, ...]:
    """What to sort names by (RFC 4034 section 6.1): labels from the root down, folded."""
    return names.labels(key)[::-1]


def _add(node: Node, rrset: RRset) -> None:
    if rrset.rtype != Rtype.RRSIG:
        if rrset.rtype in node.sets:
            raise ZoneError(f"{to_text(rrset.owner)} has two sets of type {rrset.rtype}")
        node.sets[rrset.rtype] = rrset
        return
    try:
        node.signatures[rrsig_fields(rrset.rdatas[0]).covered] = rrset
    except FormatError as error:
        raise ZoneError(f"bad RRSIG at {to_text(rrset.owner)}: {error}") from None


def _check_node(key: bytes, node: Node) -> None:
    """RFC 1034 section 3.6.2: an alias stands alone; RFC 6672 section 2.4: one DNAME and no CNAME beside it."""
    alias = node.sets.get(Rtype.CNAME)
    if alias and (len(alias.rdatas) > 1 or node.sets.keys() - _EXCLUSIVE):
        raise ZoneError(f"{to_text(key)} has a CNAME and other data")
    dname = node.sets.get(Rtype.DNAME)
    if dname and len(dname.rdatas) > 1:
        raise ZoneError(f"{to_text(key)} has more than one DNAME")
