# SPDX-License-Identifier: ISC
"""What authorities publish for a record: its values and TTL, its absence, its zone's NS TTLs, its SOA. Prints nothing.

The resolver under use only finds the servers; TTLs are asked of them, for a cache's count down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resolver.cli.authorities import Ask, Authority, Finder
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.polling import Poll, Target
from resolver.cli.stub import Asked, ask
from resolver.lab.watching import NEGATIVE, Role, Watched
from resolver.wire import ROOT, Edns, Record, Rtype, to_text
from resolver.wire.codes import type_to_text
from resolver.wire.names import parent
from resolver.wire.records import soa_fields


@dataclass(frozen=True, slots=True)
class Published:
    """What is published. TTLs in seconds; None where nobody said.

    `values` are empty for what does not exist; `ttl` is the longest that any authority gives, `agreeing` how many of
    the `answering` give these values. `negative_ttl` is RFC 2308's; `refresh` the SOA's: how late a secondary may be
    that is not notified.
    """

    zone: bytes
    authorities: tuple[Authority, ...]
    values: tuple[str, ...] = ()
    ttl: int | None = None
    answering: int = 0
    agreeing: int = 0
    negative_ttl: int | None = None
    refresh: int | None = None
    ns_ttl: int | None = None
    parent_ttl: int | None = None


def ask_published(finder: Finder, name: bytes, rtype: int, clock: float, ask: Ask = ask) -> Published:
    """Ask the authorities of `name`. Raises CommandFailed when it is an alias, or none of them answers."""
    end = finder.end_of_alias(name, rtype)
    if end != name:
        raise CommandFailed(
            f"{to_text(name)} is an alias of {to_text(end)} - plan the move of the alias ('{to_text(name)} CNAME')"
            f" or of '{to_text(end)} {type_to_text(rtype)}'",
            Exit.USAGE,
        )
    found = finder.find(name)
    poll = Poll(rtype, lambda: clock, timeout=finder.timeout, ask=ask)
    targets = [Target(Watched(s.label, Role.AUTHORITY), s.endpoint, name) for s in found.servers]
    readings = [r for r in poll.round(tuple(targets)).values() if r.values]
    if not readings:
        raise CommandFailed(
            f"none of the {len(targets)} authorities of {to_text(found.zone)} answers"
            " - give the numbers: --old-ttl N, or --from-cache",
            Exit.NO_REPLY,
        )
    values = max((r.values for r in readings), key=[r.values for r in readings].count)
    exists = values[0] not in NEGATIVE
    soa = _first(_records(found.servers, found.zone, Rtype.SOA, finder.timeout, ask))
    fields = soa_fields(soa.rdata) if soa else None
    ns = _first(_records(found.servers, found.zone, Rtype.NS, finder.timeout, ask))
    return Published(
        zone=found.zone,
        authorities=found.servers,
        values=values if exists else (),
        ttl=max((r.ttl for r in readings if r.ttl is not None), default=None) if exists else None,
        answering=len(readings),
        agreeing=sum(r.values == values for r in readings),
        negative_ttl=min(soa.ttl, fields.minimum) if soa and fields else None,
        refresh=fields.refresh if fields else None,
        ns_ttl=ns.ttl if ns else None,
        parent_ttl=_parent_ttl(finder, found.zone, ask),
    )


def _parent_ttl(finder: Finder, zone: bytes, ask: Ask) -> int | None:
    """The TTL of the delegation at the parent; None for the root, and where no parent's server says."""
    if zone == ROOT:
        return None
    try:
        servers = finder.find(parent(zone)).servers
    except CommandFailed:
        return None
    ns = _first(_records(servers, zone, Rtype.NS, finder.timeout, ask))
    return ns.ttl if ns else None


def _records(
    servers: Iterable[Authority], name: bytes, rtype: int, timeout: float, ask: Ask
) -> Iterable[Record]:
    """The records of `name` and type in the answer, or in the referral, of the first server that has any."""
    for server in servers:
        asked = Asked(name, int(rtype), rd=False, edns=Edns(udp_size=1232), timeout=timeout, tries=1)
        try:
            message = ask(asked, server.endpoint).message
        except CommandFailed:
            continue
        found = [
            r for r in (*message.answer, *message.authority) if r.rtype == rtype and r.key == name.lower()
        ]
        if found:
            return found
    return []


def _first(records: Iterable[Record]) -> Record | None:
    return next(iter(records), None)
