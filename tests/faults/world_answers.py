# SPDX-License-Identifier: ISC
"""Messages for behaviours to send: any sections, any code, true or forged. What servers do with them: `world`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from resolver.lab.zone_text import read_rdatas
from resolver.wire import ROOT, Edns, Message, Record, compose, from_text
from resolver.wire.codes import AA, QR
from tests.faults.world import Action, Asked, Behaviour, packets

Records = Sequence[Record]
NO_SUCH = "ns.invalid. hostmaster.invalid. 1 7200 3600 1209600 60"  # the rdata of an SOA


def rr(owner: str, rtype: str, data: str, ttl: int = 3600) -> Record:
    """One record from text, its names absolute."""
    number, (rdata,) = read_rdatas(rtype, (data,), ROOT)
    return Record(from_text(owner), number, 1, ttl, rdata)


def rrs(owner: str, rtype: str, data: Sequence[str], ttl: int = 3600) -> list[Record]:
    """One RRset from texts."""
    number, rdatas = read_rdatas(rtype, tuple(data), ROOT)
    return [Record(from_text(owner), number, 1, ttl, rdata) for rdata in rdatas]


def message(
    asked: Asked,
    answer: Records = (),
    authority: Records = (),
    additional: Records = (),
    *,
    rcode: int = 0,
    flags: int = QR | AA,
) -> Message:
    """A reply that belongs to the query: its ID, its question as spelled, OPT when OPT was there."""
    query = asked.message
    return Message(
        query.id,
        flags,
        rcode,
        query.question,
        tuple(answer),
        tuple(authority),
        tuple(additional),
        Edns() if query.edns else None,
    )


def reply(
    asked: Asked,
    answer: Records = (),
    authority: Records = (),
    additional: Records = (),
    *,
    rcode: int = 0,
    flags: int = QR | AA,
) -> bytes:
    """The same as octets."""
    return compose(message(asked, answer, authority, additional, rcode=rcode, flags=flags))


def referral(asked: Asked, zone: str, servers: Sequence[str], glue: Records = (), ttl: int = 3600) -> bytes:
    """A delegation of `zone` to server names, with that glue."""
    return reply(asked, (), rrs(zone, "NS", servers, ttl), glue, flags=QR)


def denial(asked: Asked, zone: str, *, nxdomain: bool = True) -> bytes:
    """NXDOMAIN, or NODATA, by the SOA of `zone`."""
    return reply(asked, (), [rr(zone, "SOA", NO_SUCH)], rcode=3 if nxdomain else 0)


def saying(rcode: int, *, keep_edns: bool = True) -> Behaviour:
    """A server that answers everything with this response code alone, with OPT (if asked with it) or never."""

    def behave(asked: Asked) -> Action:
        told = message(asked, rcode=rcode, flags=QR)
        return packets(compose(told if keep_edns else replace(told, edns=None)))

    return behave


def with_id(octets: bytes, ident: int) -> bytes:
    """The message under another ID."""
    return (ident & 0xFFFF).to_bytes(2, "big") + octets[2:]
