# SPDX-License-Identifier: ISC
"""Which answers would let a public name point into private networks (DNS rebinding), by `[rebinding]`. Pure.

    browser ─► page of evil.example ─► script asks evil.example again ─► 192.168.1.1: "the same site" is now your router

An RRset that holds a private address is told only when every name on the way to it, from the one asked on, may have
such addresses. The cache keeps what was published, with the life it has: it is judged each time something is said, so a
reload holds at once, for what is stale and for what was loaded from a file too. Our own special-use answers do not pass
here, and neither do addresses of name servers, which are `upstream.dont_query`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final

from resolver.cache.entry import Entry
from resolver.service.admission import read_networks
from resolver.units import Doc, Settings
from resolver.wire import FormatError, Rtype, names
from resolver.wire.rdata import FIXED_LENGTHS

_CARRIERS: Final = frozenset({int(Rtype.A), int(Rtype.AAAA), int(Rtype.SVCB), int(Rtype.HTTPS)})
_DNAME: Final = int(Rtype.DNAME)
# ipv4hint and ipv6hint (RFC 9460 section 7.3), and the octets of an address in them.
_HINTS: Final[dict[int, int]] = {4: 4, 6: 16}
# Prefixes whose last four octets are the IPv4 address that is reached: ::ffff:0:0/96 (RFC 4291 section 2.5.5.2), and
# 64:ff9b::/96, behind a NAT64 (RFC 6052 section 2.1).
_EMBEDDING: Final = frozenset({bytes(10) + b"\xff\xff", b"\x00\x64\xff\x9b" + bytes(8)})


class RebindingSettings(Settings, frozen=True):
    """Private addresses in public names. The block `[rebinding]`."""

    filter: Annotated[
        bool,
        Doc("do not tell addresses of these networks, nor SVCB and HTTPS records with such hints (EDE 15)"),
    ] = False
    networks: Annotated[
        tuple[str, ...],
        Doc("networks that are not for public names; IPv4 addresses inside IPv6 ones (mapped, NAT64) count"),
    ] = (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
    allow: Annotated[
        tuple[str, ...],
        Doc(
            "names that may have such addresses, with those below them; those of a [[zone]] may anyway, but for "
            "zone '.'. Aliases that lead there have to be allowed too"
        ),
    ] = ()


class Rebinding:
    """The filter as configured. `own_zones` are the keys of the operator's `[[zone]]` blocks."""

    def __init__(self, settings: RebindingSettings, own_zones: Iterable[bytes] = ()) -> None:
        self._is_on = settings.filter
        # By the octets of an address: a network's mask and its first address, as numbers.
        self._networks: dict[int, list[tuple[int, int]]] = {4: [], 16: []}
        for network in read_networks(settings.networks):
            octets = network.max_prefixlen // 8
            self._networks[octets].append((int(network.netmask), int(network.network_address)))
        allowed = [names.from_text(text).lower() for text in settings.allow]
        # Who forwards everything has named a resolver of the public's names, not names of his own.
        self._allowed = frozenset((*allowed, *(zone for zone in own_zones if zone != names.ROOT)))

    def withholds(self, chain: Sequence[Entry]) -> bool:
        """Whether the RRset at the end of `chain` (the entries from the name asked on) is not to be told.

        All of it or nothing: what is left of an RRset is none (RFC 2181 section 5), and its signatures would be bogus.
        """
        last = chain[-1]
        if not self._is_on or last.rtype not in _CARRIERS:
            return False
        if not any(self._holds(last.rtype, record.rdata) for record in last.records):
            return False
        # The name of a DNAME was not asked for: the CNAME made of it stands behind it in the chain.
        return not all(self._is_allowed(entry.key) for entry in chain if entry.rtype != _DNAME)

    def _is_allowed(self, key: bytes) -> bool:
        return any(name in self._allowed for name in names.ancestors(key))

    def _holds(self, rtype: int, rdata: bytes) -> bool:
        """Whether there is a private address in it. What cannot be read is taken for one.

        Clients have to reject an RRset with a malformed SVCB record as well (RFC 9460 section 2.2).
        """
        try:
            return any(self._is_private(address) for address in _addresses(rtype, rdata))
        except FormatError:
            return True

    def _is_private(self, address: bytes) -> bool:
        number = int.from_bytes(address, "big")
        if any(number & mask == first for mask, first in self._networks[len(address)]):
            return True
        return address[:12] in _EMBEDDING and self._is_private(address[12:])


def _addresses(rtype: int, rdata: bytes) -> Iterator[bytes]:
    """The addresses in an rdata, 4 or 16 octets each. Raises FormatError, also in the middle, when it is malformed."""
    size = FIXED_LENGTHS.get(rtype)
    if size is not None:
        yield from _split(rdata, size)
        return
    position = names.end_of_name(rdata, 2)  # behind priority and target (RFC 9460 section 2.2)
    while position < len(rdata):
        value_at = position + 4
        key = int.from_bytes(rdata[position : position + 2], "big")
        position = value_at + int.from_bytes(rdata[position + 2 : value_at], "big")
        if position > len(rdata):
            raise FormatError("truncated")
        if key in _HINTS:
            yield from _split(rdata[value_at:position], _HINTS[key])


def _split(octets: bytes, size: int) -> Iterator[bytes]:
    if len(octets) % size:
        raise FormatError("bad-address")
    return (octets[at : at + size] for at in range(0, len(octets), size))
