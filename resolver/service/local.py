# SPDX-License-Identifier: ISC
"""Names that are answered here and never leave: RFC 6761, 6303, 7793 and their kin (`server.special_use`).

Pure: a question in, an answer or None out. Each zone is served as RFC 6303 section 3 says: an SOA, an NS, and nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from resolver.service.request import Request
from resolver.service.respond import Answer
from resolver.wire import Rclass, Rcode, Record, Rtype, from_text, names

_TTL: Final = 10800  # seconds, RFC 6303 section 3
_LOCALHOST: Final = from_text("localhost")
_RESOLVER: Final = from_text("resolver.arpa")

# Zones without anything in them, and who says so.
_EMPTY: Final = (
    "test",  # RFC 6761 section 6.2
    "invalid",  # RFC 6761 section 6.4
    "example",  # RFC 6761 section 6.5: reserved, so nothing is lost by not asking
    "local",  # RFC 6762 section 22.1: multicast only
    "onion",  # RFC 7686 section 2
    "alt",  # RFC 9476: not the DNS
    "internal",  # reserved by ICANN for private use, 2024
    "home.arpa",  # RFC 8375 section 4
    "service.arpa",  # RFC 9665
    "6tisch.arpa",  # RFC 9031
    "eap-noob.arpa",  # RFC 9140
    "resolver.arpa",  # RFC 9462 section 6.4
    "0.in-addr.arpa",  # from here on RFC 6303 section 4.2
    "10.in-addr.arpa",
    "127.in-addr.arpa",
    "254.169.in-addr.arpa",
    "168.192.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    *(f"{octet}.172.in-addr.arpa" for octet in range(16, 32)),
    *(f"{octet}.100.in-addr.arpa" for octet in range(64, 128)),  # RFC 7793
    "d.f.ip6.arpa",  # RFC 6303 section 4.4
    *(f"{nibble}.e.f.ip6.arpa" for nibble in "89ab"),  # section 4.5
    "8.b.d.0.1.0.0.2.ip6.arpa",  # section 4.6
    *(ipaddress.ip_address(text).reverse_pointer for text in ("::", "::1")),  # section 4.3
)
# Delegated without signatures on purpose: a validating stub needs the parent's proof of that (RFC 8375 section 4).
_DS_IS_REAL: Final = frozenset(from_text(text) for text in ("home.arpa", "service.arpa"))
_POINTERS: Final = frozenset(
    from_text(ipaddress.ip_address(text).reverse_pointer) for text in ("127.0.0.1", "::1")
)
_ADDRESSES: Final = {
    int(Rtype.A): ipaddress.ip_address("127.0.0.1").packed,
    int(Rtype.AAAA): ipaddress.ip_address("::1").packed,
}
_SOA_REST: Final = from_text("nobody.invalid") + b"".join(
    number.to_bytes(4, "big") for number in (1, 3600, 1200, 604800, _TTL)
)


class LocalZones:
    """The special-use zones served. A configured `[[zone]]` at or below one of them takes its names out again."""

    def __init__(self, configured: Iterable[bytes] = (), *, enabled: bool = True) -> None:
        zones = [from_text(text) for text in _EMPTY] + [_LOCALHOST]
        self._zones = frozenset(zones if enabled else ())
        self._configured = frozenset(name.lower() for name in configured)
        self._tops = frozenset(names.suffix(zone, 1) for zone in self._zones)

    def answer(self, request: Request) -> Answer | None:
        """The local answer, or None when the question is to be resolved."""
        key = request.key
        if names.suffix(key, 1) not in self._tops:
            return None
        for ancestor in names.ancestors(key):
            if ancestor in self._configured:
                return None
            if ancestor in self._zones:
                return _answer_in(ancestor, request)
        return None


def _answer_in(zone: bytes, request: Request) -> Answer | None:
    key, rtype = request.key, request.rtype
    if key == zone and rtype == Rtype.DS and zone in _DS_IS_REAL:
        return None
    records = [_record(request.qname, *found) for found in _at(zone, key) if rtype in (found[0], Rtype.ANY)]
    soa = _record(zone, int(Rtype.SOA), zone + _SOA_REST)
    if records:
        return Answer(Rcode.NOERROR, tuple(records[:1]), authoritative=True)
    rcode = Rcode.NOERROR if _exists(zone, key) else Rcode.NXDOMAIN
    return Answer(rcode, (), (soa,), authoritative=True)


def _at(zone: bytes, key: bytes) -> list[tuple[int, bytes]]:
    """The records at a name, as (type, rdata)."""
    if zone == _LOCALHOST:  # RFC 6761 section 6.3: every name below it too
        return list(_ADDRESSES.items())
    if key in _POINTERS:
        return [(int(Rtype.PTR), _LOCALHOST)]
    if key == zone:
        return [(int(Rtype.SOA), zone + _SOA_REST), (int(Rtype.NS), zone)]
    return []


def _exists(zone: bytes, key: bytes) -> bool:
    """Whether a name without the type asked exists: the apex, what has records, and what is above those."""
    if zone in (_LOCALHOST, _RESOLVER) or key == zone:
        return True  # RFC 9462 section 6.4: resolver.arpa has no data, which is not the same as no names
    return any(names.is_at_or_below(pointer, key) for pointer in _POINTERS)


def _record(owner: bytes, rtype: int, rdata: bytes) -> Record:
    return Record(owner, rtype, int(Rclass.IN), _TTL, rdata)
