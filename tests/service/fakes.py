# SPDX-License-Identifier: ISC
"""What the service's tests are made of: questions as octets, entries, and an engine whose every answer is scripted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from resolver.cache.entry import NXDOMAIN_TYPE, Entry, Kind, Rank
from resolver.engine.budget import Work
from resolver.engine.outcome import Outcome
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy import Lifetime
from resolver.service.request import Request, read_request
from resolver.wire import Edns, Message, Question, Record, Rtype, codes, compose, from_text, parse

Script = Callable[[bytes, int, bool, Work], Awaitable[Outcome]]


class Nowhere:
    """A network on which nothing is ever sent: the engine is scripted."""

    def deliver(self, *_: object) -> tuple[()]:
        return ()


def new_world() -> VirtualWorld:
    return VirtualWorld(Nowhere())


class ScriptedEngine:
    """Runs `script` for each question, and lists them."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[bytes, int, bool]] = []
        self.renewed: list[float] = []

    async def resolve(
        self, name: bytes, rtype: int, work: Work, *, cd: bool = False, renew: float | None = None
    ) -> Outcome:
        self.asked.append((name, rtype, cd))
        if renew is not None:
            self.renewed.append(renew)
        return await self.script(name, rtype, cd, work)


def ask(
    name: str = "www.example.com",
    rtype: int = Rtype.A,
    *,
    rclass: int = 1,
    id: int = 0x1234,
    flags: int = codes.RD,
    edns: Edns | None = None,
) -> bytes:
    """A question as octets."""
    return compose(Message(id, flags, 0, Question(from_text(name), int(rtype), rclass), edns=edns))


def request(
    name: str = "www.example.com", rtype: int = Rtype.A, *, tcp: bool = False, **more: object
) -> Request:
    """A question as the service reads it."""
    read = read_request(ask(name, rtype, **more), tcp=tcp, udp_size_max=1232)  # type: ignore[arg-type]  # by name
    assert isinstance(read, Request)
    return read


def lifetime(stored_at: float, ttl: float, stale: float = 86400.0) -> Lifetime:
    return Lifetime(stored_at, stored_at + ttl, stored_at + ttl + stale if ttl else stored_at, int(ttl))


def positive(
    name: str,
    rtype: int = Rtype.A,
    *rdatas: bytes,
    at: float = 1_000_000.0,
    ttl: float = 300,
    stale: float = 86400.0,
    signatures: tuple[Record, ...] = (),
    synthesized: bool = False,
    zone: str = "example.com",
) -> Entry:
    """A positive entry; an address by default."""
    owner = from_text(name)
    records = tuple(
        Record(owner, int(rtype), 1, int(ttl), rdata) for rdata in rdatas or (b"\xc0\x00\x02\x01",)
    )
    return Entry(
        Kind.POSITIVE,
        owner,
        int(rtype),
        records,
        signatures,
        None,
        (),
        Rank.AUTHORITATIVE_ANSWER,
        lifetime(at, ttl, stale),
        from_text(zone),
        "192.0.2.53",
        synthesized=synthesized,
    )


def cname(name: str, target: str, **more: object) -> Entry:
    return positive(name, Rtype.CNAME, from_text(target), **more)  # type: ignore[arg-type]  # by name


def negative(
    name: str,
    rtype: int | None = None,
    *,
    at: float = 1_000_000.0,
    ttl: float = 60,
    zone: str = "example.com",
    proofs: tuple[Record, ...] = (),
) -> Entry:
    """NXDOMAIN, or NODATA when a type is given."""
    apex = from_text(zone)
    soa = Record(apex, int(Rtype.SOA), 1, int(ttl), apex + apex + bytes(16) + int(ttl).to_bytes(4, "big"))
    kind = Kind.NXDOMAIN if rtype is None else Kind.NODATA
    return Entry(
        kind,
        from_text(name),
        NXDOMAIN_TYPE if rtype is None else int(rtype),
        (),
        (),
        soa,
        proofs,
        Rank.AUTHORITATIVE_ANSWER,
        lifetime(at, ttl),
        apex,
        "192.0.2.53",
    )


def read(datagram: bytes | None) -> Message:
    """The response, which must be one."""
    assert datagram is not None
    message = parse(datagram)
    assert message.qr
    return message
