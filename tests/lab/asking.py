# SPDX-License-Identifier: ISC
"""Short ways to build zones and to ask servers, and a plain walk from the root: no cache, no clever choices."""

from __future__ import annotations

from collections.abc import Mapping

from resolver.engine.ports import Server, Transport
from resolver.lab.internet import Internet
from resolver.lab.quirks import Profile, answer_as
from resolver.lab.zone_text import read_zone
from resolver.lab.zones import Zone
from resolver.wire import Edns, Message, Rcode, Record, Rtype, compose_query, from_text, parse, to_text
from resolver.wire.codes import type_from_text, type_to_text
from resolver.wire.records import first_name

SOA = "@ 900 SOA ns hostmaster 7 7200 900 1209600 300\n"


def zone(origin: str, text: str, *, soa: str = SOA) -> Zone:
    key = from_text(origin).lower()
    return Zone.build(key, read_zone(soa + text, key, 3600))


def serving(*zones: Zone) -> dict[bytes, Zone]:
    return {each.origin: each for each in zones}


def request(name: str, rtype: str = "A", *, do: bool = False, edns: bool = True, size: int = 1232) -> bytes:
    options = Edns(udp_size=size, do=do) if edns else None
    return compose_query(from_text(name), type_from_text(rtype), id=4711, edns=options)


def answer(zones: Mapping[bytes, Zone], data: bytes, *, udp: bool) -> bytes | None:
    return answer_as(Profile(), zones, data, udp=udp, now=0.0)


def ask(
    zones: Mapping[bytes, Zone],
    name: str,
    rtype: str = "A",
    *,
    udp: bool = True,
    do: bool = False,
    size: int = 1232,
) -> Message:
    response = answer(zones, request(name, rtype, do=do, size=size), udp=udp)
    assert response is not None
    message = parse(response)
    assert message.id == 4711
    assert message.qr
    assert not message.ra
    return message


def shown(records: tuple[Record, ...]) -> list[str]:
    """Owner and type of each record: what a reader checks first."""
    return [f"{to_text(record.owner)} {type_to_text(record.rtype)}" for record in records]


def ask_server(internet: Internet, address: str, name: str, rtype: int, tick: float = 0.0) -> Message | None:
    """One question to one server: over TCP after a truncated answer, without EDNS after FORMERR; None is silence."""
    for transport, edns in ((Transport.UDP, True), (Transport.TCP, True), (Transport.TCP, False)):
        wire = compose_query(from_text(name), rtype, edns=Edns() if edns else None)
        came = internet.deliver(Server(address), transport, wire, tick, tick)
        if not came or came[0].data is None:
            continue
        message = parse(came[0].data)
        if not message.tc and message.rcode != Rcode.FORMERR:
            return message
    return None


def walk(internet: Internet, name: str, rtype: int, depth: int = 0) -> Message | None:
    """Resolve from the hints down, one zone after the other; None when no server helps. Aliases are not followed."""
    if depth > 6:
        return None
    addresses = [address for _, address in internet.hints()]
    for _ in range(8):
        replies = (ask_server(internet, address, name, rtype) for address in addresses)
        reply = next((r for r in replies if r and (r.aa or r.answer or _leads_down(r, name))), None)
        if reply is None or reply.answer or reply.aa:
            return reply
        addresses = _next_addresses(internet, reply, depth)
    return None


def _leads_down(reply: Message, name: str) -> bool:
    cuts = [record.owner for record in reply.authority if record.rtype == Rtype.NS]
    return bool(cuts) and cuts[0] != b"\x00" and reply.rcode == Rcode.NOERROR


def _next_addresses(internet: Internet, referral: Message, depth: int) -> list[str]:
    glue = [r for r in referral.additional if r.rtype in (Rtype.A, Rtype.AAAA)]
    targets = [first_name(r.rdata) for r in referral.authority if r.rtype == Rtype.NS]
    found = [_text(record) for record in glue if record.key in targets]
    for target in targets:
        if target not in [record.key for record in glue]:
            for rtype in (Rtype.A, Rtype.AAAA):
                reply = walk(internet, to_text(target), rtype, depth + 1)
                found += [
                    _text(record) for record in (reply.answer if reply else ()) if record.rtype == rtype
                ]
    return found


def _text(record: Record) -> str:
    from ipaddress import ip_address

    return str(ip_address(record.rdata))
