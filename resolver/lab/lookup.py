# SPDX-License-Identifier: ISC
"""What one zone has for a name and a type: step 3 of RFC 1034 section 4.3.2, with wildcards and DNAME.

No message, no other zone and no following of aliases: authority does that with what is found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from resolver.lab.zones import Node, Zone
from resolver.wire import FormatError, RRset, Rtype, names
from resolver.wire.records import first_name

__all__ = ["Alias", "Data", "Finding", "NoData", "NoName", "Redirect", "Referral", "look_up"]

# RFC 1034 section 3.6.2 and RFC 4035 section 3.2.1: asked by their own type these are not followed.
_NOT_ALIASED: Final = frozenset({int(Rtype.CNAME), int(Rtype.ANY), int(Rtype.RRSIG), int(Rtype.NSEC)})


@dataclass(frozen=True, slots=True)
class Data:
    """RRsets of the type asked, with their signatures. `wildcard` is the name they were expanded from, if any."""

    sets: tuple[RRset, ...]
    signatures: tuple[RRset, ...]
    wildcard: bytes | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A CNAME at the name; go on at `target`."""

    cname: RRset
    signature: RRset | None
    target: bytes
    wildcard: bytes | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """A DNAME above the name; go on at `target`, which is None when it would be over 255 octets (YXDOMAIN)."""

    dname: RRset
    signature: RRset | None
    target: bytes | None


@dataclass(frozen=True, slots=True)
class Referral:
    """The name is at or below a zone cut. `ds` is None at an unsigned delegation."""

    ns: RRset
    ds: RRset | None
    ds_signature: RRset | None


@dataclass(frozen=True, slots=True)
class NoData:
    """The name exists and has no such type. `wildcard` as in Data."""

    wildcard: bytes | None = None


@dataclass(frozen=True, slots=True)
class NoName:
    """The name does not exist; `encloser` is its closest ancestor that does (RFC 4592 section 3.3.1)."""

    encloser: bytes


Finding = Data | Alias | Redirect | Referral | NoData | NoName


def look_up(zone: Zone, name: bytes, rtype: int) -> Finding:
    """Find `name`, which is at or below the zone's origin, from the origin down. Pure."""
    key = name.lower()
    encloser = zone.origin
    for at in _path(key, zone.origin):
        node = zone.nodes.get(at)
        if node is None:
            break
        encloser = at
        sets = node.sets
        # At the cut itself the parent answers for DS, and for nothing else (RFC 4035 section 3.1.4.1).
        if Rtype.NS in sets and at != zone.origin and not (at == key and rtype == Rtype.DS):
            return Referral(sets[Rtype.NS], sets.get(Rtype.DS), node.signatures.get(Rtype.DS))
        if Rtype.DNAME in sets and at != key:
            return _redirect(node, name, at)
    else:
        return _at_node(zone.nodes[key], name, rtype, None)
    wildcard = b"\x01*" + encloser
    node = zone.nodes.get(wildcard)
    return _at_node(node, name, rtype, wildcard) if node else NoName(encloser)


def _path(key: bytes, origin: bytes) -> list[bytes]:
    """The names from the origin down to `key`, both included."""
    path = []
    for name in names.ancestors(key):
        path.append(name)
        if name == origin:
            break
    return path[::-1]


def _redirect(node: Node, name: bytes, at: bytes) -> Redirect:
    dname = node.sets[Rtype.DNAME]
    try:
        target = names.replace_suffix(name, len(at), first_name(dname.rdatas[0]))
    except FormatError:
        target = None
    return Redirect(dname, node.signatures.get(Rtype.DNAME), target)


def _at_node(node: Node, name: bytes, rtype: int, wildcard: bytes | None) -> Finding:
    """What a node has for the type; with `wildcard`, renamed to the name that was asked (RFC 4592 section 4.1)."""
    cname = node.sets.get(Rtype.CNAME)
    if cname and rtype not in _NOT_ALIASED:
        signature = node.signatures.get(Rtype.CNAME)
        target = first_name(cname.rdatas[0])
        if wildcard:
            cname, signature = _renamed(cname, name), signature and _renamed(signature, name)
        return Alias(cname, signature, target, wildcard)
    if rtype == Rtype.ANY:
        sets, signatures = tuple(node.sets.values()), tuple(node.signatures.values())
    elif rtype == Rtype.RRSIG:
        sets, signatures = tuple(node.signatures.values()), ()
    elif rtype in node.sets:
        sets = (node.sets[rtype],)
        signatures = (node.signatures[rtype],) if rtype in node.signatures else ()
    else:
        return NoData(wildcard)
    if not sets:
        return NoData(wildcard)
    if wildcard:
        sets = tuple(_renamed(rrset, name) for rrset in sets)
        signatures = tuple(_renamed(rrset, name) for rrset in signatures)
    return Data(sets, signatures, wildcard)


def _renamed(rrset: RRset, owner: bytes) -> RRset:
    return RRset(owner, rrset.rtype, rrset.rclass, rrset.ttl, rrset.rdatas)
