# SPDX-License-Identifier: ISC
"""Finds the authoritative servers of a name by asking a resolver, and asks them. Prints nothing, judges no value.

In the laboratory, servers have documentation addresses; its map says where on loopback they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from resolver.cli.control_client import client
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.stub import Answered, Asked, ask
from resolver.cli.target import split_address
from resolver.endpoints import spell_listener
from resolver.wire import ROOT, Edns, Message, Rcode, Rtype, to_text
from resolver.wire.codes import rcode_to_text
from resolver.wire.names import is_at_or_below, parent
from resolver.wire.records import first_name

Ask = Callable[[Asked, tuple[str, int]], Answered]

_ALIASES_MOST = 12  # links of an alias; the resolver has followed them already


@dataclass(frozen=True, slots=True)
class Authority:
    """One address of one name server, and where it is reached."""

    name: str
    address: str
    endpoint: tuple[str, int]

    @property
    def label(self) -> str:
        """`ns1.example. 192.0.2.1`, or the address alone where no name is known."""
        return f"{self.name} {self.address}" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Authorities:
    """The zone a name is in, and its servers."""

    zone: bytes
    servers: tuple[Authority, ...]


@dataclass(frozen=True, slots=True)
class Finder:
    """Asks the resolver at `via`; `reach` maps addresses that are reached elsewhere (the laboratory's)."""

    via: tuple[str, int]
    reach: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    timeout: float = 5.0
    ask: Ask = ask

    def find(self, name: bytes) -> Authorities:
        """The authorities of the zone that holds `name`. Raises CommandFailed when the resolver cannot tell."""
        zone = self.zone_of(name)
        names = [first_name(r.rdata) for r in self._resolve(zone, Rtype.NS).answer if r.rtype == Rtype.NS]
        servers = [server for ns in sorted(set(names)) for server in self._addresses(ns)]
        if not servers:
            raise CommandFailed(
                f"no address found for the name servers of {to_text(zone)} - give them: --authorities @ADDR"
            )
        return Authorities(zone, tuple(servers))

    def zone_of(self, name: bytes) -> bytes:
        """The zone that `name` is in: who owns the SOA (RFC 2308 section 3 puts it beside a denial)."""
        reply = self._resolve(name, Rtype.SOA)
        for record in (*reply.answer, *reply.authority):
            if record.rtype == Rtype.SOA and is_at_or_below(name.lower(), record.key):
                return record.key
        # An alias, whose chain has led elsewhere, or a resolver that keeps the SOA to itself.
        if name == ROOT:
            raise CommandFailed(
                f"{spell_listener(self.via)} names no zone for this name - give its servers: --authorities @ADDR"
            )
        return self.zone_of(parent(name.lower()))

    def end_of_alias(self, name: bytes, rtype: int) -> bytes:
        """The name at the end of the chain of CNAMEs that `name` begins; `name` itself when it is no alias."""
        if rtype == Rtype.CNAME:
            return name
        links = {
            r.key: first_name(r.rdata) for r in self._resolve(name, rtype).answer if r.rtype == Rtype.CNAME
        }
        end = name
        for _ in range(_ALIASES_MOST):
            if end.lower() not in links:
                break
            end = links[end.lower()]
        return end

    def _addresses(self, ns: bytes) -> Iterable[Authority]:
        for rtype in (Rtype.A, Rtype.AAAA):
            for record in self._resolve(ns, rtype).answer:
                if record.rtype == rtype:
                    yield self.authority(_address(record.rdata), to_text(ns))

    def authority(self, address: str, name: str = "") -> Authority:
        """The authority at `address`, which may be spelled with a port."""
        host, port = split_address(address, 53)
        return Authority(name, host, self.reach.get(host, (host, port)))

    def _resolve(self, name: bytes, rtype: int) -> Message:
        asked = Asked(name, int(rtype), edns=Edns(udp_size=1232), timeout=self.timeout)
        message = self.ask(asked, self.via).message
        if message.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN):
            raise CommandFailed(
                f"{spell_listener(self.via)} answers {rcode_to_text(message.rcode)} for {to_text(name)}"
                " - try another resolver: --via @ADDR",
            )
        return message


def _address(rdata: bytes) -> str:
    import ipaddress

    return str(ipaddress.ip_address(rdata))


def lab_map(socket_path: str | None, config: str | None) -> dict[str, tuple[str, int]]:
    """Where the laboratory's servers are on loopback, when the resolver that runs has a lab in it; else nothing."""
    try:
        reply = client(socket_path, config, timeout=2.0).get("/api/v1/lab/map")
    except CommandFailed:
        return {}
    return {server: split_address(text, 53) for server, text in reply.get("map", {}).items()}


def read_servers(words: Iterable[str], option: str) -> list[str]:
    """Take `@` and commas off server words. Raises CommandFailed with exit code 2 on an empty one."""
    servers = [part.removeprefix("@") for word in words for part in word.split(",")]
    if not all(servers):
        raise CommandFailed(f"{option} with an empty address - write it like @192.0.2.53", Exit.USAGE)
    return servers
