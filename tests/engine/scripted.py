# SPDX-License-Identifier: ISC
"""A network whose servers do what a test says, and an engine over it in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import dns.rdata
import dns.rdataclass
import dns.rdatatype

from resolver.cache import Caches, CacheSettings, build
from resolver.engine.budget import Work
from resolver.engine.iterator import Iterator
from resolver.engine.limits import Limits, StaticZone, UpstreamSettings
from resolver.engine.outcome import Outcome
from resolver.engine.ports import Server, Transport
from resolver.engine.server_shares import ServerShares
from resolver.events import Event
from resolver.lab.network import Delivery
from resolver.lab.virtual_world import VirtualWorld
from resolver.policy import Policy
from resolver.policy.revalidation import RevalidationRules
from resolver.wire import Edns, Message, Record, compose, from_text, parse
from resolver.wire.codes import AA, QR, TC, type_from_text

ROOT_SERVER = "192.0.2.1"


@dataclass(frozen=True)
class Asked:
    """One request as a server saw it; `nth` counts from 1 over all requests to that server."""

    message: Message
    transport: Transport
    nth: int
    tick: float

    @property
    def name(self) -> str:
        assert self.message.question is not None
        return ".".join(str(label, "ascii") for label in self._labels()).lower() + "."

    def _labels(self) -> Iterable[bytes]:
        from resolver.wire import names

        assert self.message.question is not None
        return names.labels(self.message.question.name)


Sent = bytes | Message | None
Behaviour = Callable[[Asked], "Sent | Sequence[tuple[float, Sent]]"]


def rr(text: str) -> Record:
    """A record from `owner ttl type rdata`, class IN."""
    owner, ttl, kind, rdata = text.split(None, 3)
    parsed = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(kind), rdata)
    return Record(from_text(owner), int(type_from_text(kind)), 1, int(ttl), parsed.to_wire() or b"")


def rrs(*texts: str) -> tuple[Record, ...]:
    return tuple(rr(text) for text in texts)


def reply(
    asked: Asked,
    answer: Sequence[str] = (),
    authority: Sequence[str] = (),
    additional: Sequence[str] = (),
    *,
    rcode: int = 0,
    aa: bool = True,
    tc: bool = False,
    edns: bool = True,
) -> Message:
    """The response to a request."""
    request = asked.message
    return Message(
        id=request.id,
        flags=QR | (AA if aa else 0) | (TC if tc else 0),
        rcode=rcode,
        question=request.question,
        answer=rrs(*answer),
        authority=rrs(*authority),
        additional=rrs(*additional),
        edns=Edns() if edns and request.edns is not None else None,
    )


def referral(asked: Asked, zone: str, **servers: str) -> Message:
    """A referral to `zone`: keyword `ns1="192.0.2.3"` is the server ns1.ZONE with that glue."""
    ns = [f"{zone} 3600 NS {name}.{zone}" for name in servers]
    glue = [f"{name}.{zone} 3600 A {address}" for name, address in servers.items()]
    return reply(asked, authority=ns, additional=glue, aa=False)


def soa(zone: str, minimum: int = 60, ttl: int = 60) -> str:
    return f"{zone} {ttl} SOA ns.{zone} host.{zone} 1 7200 900 86400 {minimum}"


@dataclass
class Scripted:
    """Implements `lab.network.Network`: addresses to behaviours; no behaviour is silence, `log` all that was asked."""

    servers: dict[str, Behaviour]
    delay: float = 0.01
    log: list[tuple[str, Asked]] = field(default_factory=list)

    def deliver(
        self, server: Server, transport: Transport, request: bytes, tick: float, now: float
    ) -> Sequence[Delivery]:
        nth = 1 + sum(address == server.address for address, _ in self.log)
        asked = Asked(parse(request), transport, nth, tick)
        self.log.append((server.address, asked))
        behaviour = self.servers.get(server.address)
        if behaviour is None:
            return ()
        given = behaviour(asked)
        several = given if isinstance(given, list) else [(self.delay, given)]
        return [Delivery(delay, _bytes(what)) for delay, what in several]

    def asked_of(self, address: str) -> list[Asked]:
        return [asked for server, asked in self.log if server == address]


def _bytes(sent: Sent) -> bytes | None:
    return compose(sent) if isinstance(sent, Message) else sent


SILENT: Behaviour = lambda asked: []  # noqa: E731 - a behaviour is a function of one line


@dataclass
class Bench:
    """An engine over a scripted network."""

    network: Scripted
    upstream: UpstreamSettings = field(default_factory=lambda: UpstreamSettings(priming=False))
    limits: Limits = field(default_factory=Limits)
    zones: tuple[StaticZone, ...] = ()
    policy: Policy = field(default_factory=Policy)
    revalidation: RevalidationRules = field(default_factory=RevalidationRules)
    shares: ServerShares | None = None
    seed: int = 1
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = VirtualWorld(self.network, seed=self.seed, tell=self.events.append)
        self.caches: Caches = build(CacheSettings(), self.events.append)
        self.engine = Iterator(
            self.world,
            self.caches,
            self.policy,
            self.upstream,
            self.limits,
            self.zones,
            [(from_text("a.root-servers.net0."), ROOT_SERVER)],
            self.events.append,
            revalidation=self.revalidation,
            shares=self.shares,
        )

    def resolve(self, name: str, kind: str = "A", *, seconds: float = 8.0, **more: float) -> Outcome:
        work = Work(self.limits, self.world.ticks() + seconds)
        child = work.child(from_text(name).lower(), type_from_text(kind), "client")
        return self.world.run(self.engine.resolve(from_text(name), type_from_text(kind), child, **more))

    def sent(self) -> int:
        """Upstream packets since the last look."""
        count = len(self.network.log)
        self.network.log.clear()
        return count


def tree(leaf: Behaviour, zone: str = "leaf.shop0.", **more: Behaviour) -> Scripted:
    """A root that delegates `shop0.`, whose server delegates `zone` to 192.0.2.3, which behaves as `leaf`."""

    def top(asked: Asked) -> Sent:
        if not asked.name.endswith("shop0."):
            return reply(asked, authority=[soa(".")], rcode=3)
        return referral(asked, "shop0.", ns="192.0.2.2")

    def tld(asked: Asked) -> Sent:
        if asked.name.endswith(zone):
            return referral(asked, zone, ns="192.0.2.3")
        return reply(asked, authority=[soa("shop0.")], rcode=3)

    return Scripted({ROOT_SERVER: top, "192.0.2.2": tld, "192.0.2.3": leaf, **more})


def without_question(message: Message) -> Message:
    return replace(message, question=None)
