# SPDX-License-Identifier: ISC
"""The servers of a zone: where the walk stands, which addresses are known, and how more are found.

A Cut is what the walk carries: a zone with its name servers, from a parent's referral, the hints or the operator's
configuration. Nothing is sent from here; sub-questions go through the port given.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from resolver.cache.delegations import Delegation
from resolver.engine.budget import Work
from resolver.engine.classify import Referral
from resolver.engine.limits import UpstreamSettings
from resolver.engine.ports import Server
from resolver.policy import AnswerClass, Policy, Subject, judge
from resolver.wire import Record, Rtype, names
from resolver.wire.records import first_name

_MOST_VERDICTS: Final = 10_000  # on addresses, remembered
_ADDRESS_SIZES: Final[dict[int, int]] = {int(Rtype.A): 4, int(Rtype.AAAA): 16}  # octets


class CutKind(Enum):
    """Where a cut comes from."""

    REFERRAL = "referral"
    HINTS = "hints"
    STUB = "stub"
    FORWARD = "forward"


class Cut(NamedTuple):
    """A zone and its name servers. `names` are spelled names, `addresses` pairs of a name's key and a server.

    `lease_until` is the instant at which the parent's grant ends (infinite for hints and configured zones).
    """

    zone: bytes
    kind: CutKind
    names: tuple[bytes, ...]
    addresses: tuple[tuple[bytes, Server], ...]
    lease_until: float
    keep: bool = True

    @property
    def trusted_addresses(self) -> bool:
        """Whether an operator gave the addresses, so that `dont_query` does not apply."""
        return self.kind is not CutKind.REFERRAL


def cut_of(delegation: Delegation, port: int) -> Cut:
    """Return the cut that a remembered delegation describes; its servers listen on `port`."""
    return Cut(
        delegation.zone,
        CutKind.REFERRAL,
        delegation.names,
        tuple((name, Server(address, port)) for name, address in delegation.addresses),
        # Nobody grants the root its lease: when it is primed anew, the zones below keep theirs.
        delegation.lifetime.fresh_until if delegation.zone != names.ROOT else float("inf"),
    )


def granted(
    referral: Referral, parent: Cut, now: float, policy: Policy, work: Work, order: Iterable[int]
) -> Delegation:
    """Return the delegation that `referral`, given by a server of `parent` at `now`, grants.

    Its lease is the TTL of its NS set, never more than is left of the parent's own (Phoenix, NDSS 2023); the glue
    lives and dies with it. Names and addresses past the limits are left out, taken in the order given by `order`
    (indices of the NS records); `work` is told of those.
    """
    limits = work.limits
    if len(referral.ns) > limits.ns_names:
        work.reach("limits.ns_names")
    picked = [referral.ns[index] for index in islice(order, limits.ns_names)]
    targets = tuple(dict.fromkeys(first_name(record.rdata) for record in picked))
    keys = {target.lower() for target in targets}
    glue = [record for record in referral.glue if record.owner.lower() in keys]
    addresses = unique_addresses(glue)
    if len(addresses) > limits.ns_addresses:
        work.reach("limits.ns_addresses")
    published = min(record.ttl for record in referral.ns)
    return Delegation(
        zone=referral.zone,
        names=targets,
        addresses=tuple(addresses[: limits.ns_addresses]),
        lifetime=judge(
            Subject(referral.zone, Rtype.NS, AnswerClass.DELEGATION, published),
            now,
            policy,
            lease_until=parent.lease_until,
        ),
        parent=parent.zone,
    )


def unique_addresses(records: Iterable[Record]) -> list[tuple[bytes, str]]:
    """Return (owner key, address) of A and AAAA records, each address once (CVE-2026-3592)."""
    seen: dict[str, bytes] = {}
    for record in records:
        address = address_of(record)
        if address is not None:
            seen.setdefault(address, record.owner.lower())
    return [(owner, address) for address, owner in seen.items()]


def address_of(record: Record) -> str | None:
    """Return the text of the address that an A or AAAA record holds, None when it holds none."""
    size = _ADDRESS_SIZES.get(record.rtype)
    return _text_of(record.rdata) if len(record.rdata) == size else None


@lru_cache(maxsize=8192)
def _text_of(rdata: bytes) -> str:
    return str(ipaddress.ip_address(rdata))


class AddressFilter:
    """Which server addresses may be asked: families switched on, `dont_query` networks, never ourselves.

    A referral may point anywhere; without this it could make us query our own network or ourselves (CVE-2026-50251).
    """

    def __init__(self, upstream: UpstreamSettings, own: Iterable[Server] = ()) -> None:
        self._ipv4 = upstream.ipv4
        self._ipv6 = upstream.ipv6
        self._networks = tuple(ipaddress.ip_network(text) for text in upstream.dont_query)
        self._own = frozenset(own)
        self._verdicts: dict[tuple[Server, bool], bool] = {}

    def speaks_to(self, server: Server) -> bool:
        """Whether the family of the address is switched on."""
        return self._ipv6 if server.is_ipv6 else self._ipv4

    def allows(self, server: Server, *, trusted: bool) -> bool:
        """Whether `server` may be asked; `trusted` addresses (operator, hints) pass `dont_query`."""
        known = self._verdicts.get((server, trusted))
        if known is None:
            if len(self._verdicts) >= _MOST_VERDICTS:
                self._verdicts.clear()
            known = self.speaks_to(server) and not self._is_own(server)
            known = known and (trusted or self._outside(server.address))
            self._verdicts[server, trusted] = known
        return known

    def _is_own(self, server: Server) -> bool:
        if not self._own:
            return False
        wildcard = Server("::" if server.is_ipv6 else "0.0.0.0", server.port)
        return server in self._own or (wildcard in self._own and not self._outside(server.address))

    def _outside(self, address: str) -> bool:
        ip = ipaddress.ip_address(address)
        return not any(ip.version == network.version and ip in network for network in self._networks)


def root_cut(hints: Iterable[tuple[bytes, str]], port: int) -> Cut:
    """Return the root's cut made of hints: pairs of a name-server name and an address (RFC 9609 section 2)."""
    pairs = tuple((name, address) for name, address in hints)
    return Cut(
        names.ROOT,
        CutKind.HINTS,
        tuple(dict.fromkeys(name for name, _ in pairs)),
        tuple((name.lower(), Server(address, port)) for name, address in pairs),
        float("inf"),
    )
