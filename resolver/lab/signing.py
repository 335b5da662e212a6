# SPDX-License-Identifier: ISC
"""DNSSEC records of the right shape for a zone: DNSKEY, an NSEC chain, RRSIGs and a DS for the parent.

The signatures are placeholders: every field is as RFC 4034 asks, the last is a hash that no key made. They exercise
DO, proofs and signed negatives; nothing can validate them, and nothing here pretends otherwise.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import blake2b, sha256
from typing import Final

from resolver.lab.zones import Zone, canonical_order
from resolver.wire import RRset, Rtype, names
from resolver.wire.records import soa_fields

__all__ = ["delegation_signer", "sign"]

ALGORITHM: Final = 13  # ECDSA P-256 with SHA-256: signatures and keys of 64 octets (RFC 6605)
INCEPTION: Final = 1_577_836_800  # 2020-01-01, so that any clock a test picks is inside
# 2085-12-24: seen from today it must be less than 2^31 seconds ahead, or it lies in the past (RFC 4034 section 3.1.5).
EXPIRATION: Final = 3_660_000_000
KEY_TTL: Final = 3600

_RRSIG: Final = struct.Struct("!HBBIIIH")
_MADE_HERE: Final = frozenset({int(Rtype.RRSIG), int(Rtype.NSEC)})


def sign(origin: bytes, sets: Iterable[RRset]) -> list[RRset]:
    """The sets with DNSKEY, NSEC and RRSIG records added; those that came in are made anew."""
    kept = [rrset for rrset in sets if rrset.rtype not in _MADE_HERE]
    if not any(rrset.rtype == Rtype.DNSKEY and rrset.key == origin for rrset in kept):
        kept.append(RRset(origin, int(Rtype.DNSKEY), 1, KEY_TTL, (_key(origin),)))
    zone = Zone.build(origin, kept)
    whole = kept + _nsec_chain(zone)
    tag = _key_tag(_key(origin))
    return whole + [_signature(rrset, origin, tag) for rrset in whole if _is_signed(zone, rrset)]


def delegation_signer(origin: bytes, ttl: int) -> RRset:
    """The DS of a zone signed here; its digest is a true SHA-256 of the key (RFC 4509)."""
    key = _key(origin)
    digest = sha256(origin + key).digest()
    return RRset(origin, int(Rtype.DS), 1, ttl, (struct.pack("!HBB", _key_tag(key), ALGORITHM, 2) + digest,))


def _key(origin: bytes) -> bytes:
    return struct.pack("!HBB", 257, 3, ALGORITHM) + blake2b(b"key of " + origin).digest()


def _key_tag(key: bytes) -> int:
    """RFC 4034 appendix B."""
    total = sum(octet if place & 1 else octet << 8 for place, octet in enumerate(key))
    return total + (total >> 16 & 0xFFFF) & 0xFFFF


def _is_authoritative(zone: Zone, key: bytes) -> bool:
    cut = zone.cut_above(key)
    return cut is None or cut == key


def _is_signed(zone: Zone, rrset: RRset) -> bool:
    """Authoritative data, and at a cut DS and NSEC alone (RFC 4035 section 2.2)."""
    cut = zone.cut_above(rrset.key)
    return cut is None or (cut == rrset.key and rrset.rtype in (Rtype.DS, Rtype.NSEC))


def _nsec_chain(zone: Zone) -> list[RRset]:
    owners = [key for key, node in zone.nodes.items() if node.sets and _is_authoritative(zone, key)]
    owners.sort(key=canonical_order)
    ttl = min(zone.soa.ttl, soa_fields(zone.soa.rdatas[0]).minimum)
    chain = []
    for owner, following in zip(owners, owners[1:] + owners[:1], strict=True):
        node = zone.nodes[owner]
        types = {
            rtype for rtype in node.sets if zone.cut_above(owner) is None or rtype in (Rtype.NS, Rtype.DS)
        }
        rdata = following + _bitmap(types | _MADE_HERE)
        chain.append(RRset(next(iter(node.sets.values())).owner, int(Rtype.NSEC), 1, ttl, (rdata,)))
    return chain


def _bitmap(types: Iterable[int]) -> bytes:
    """The type bit maps field of RFC 4034 section 4.1.2."""
    windows: dict[int, bytearray] = {}
    for rtype in types:
        bits = windows.setdefault(rtype >> 8, bytearray(32))
        bits[(rtype & 0xFF) >> 3] |= 0x80 >> (rtype & 7)
    field = b""
    for window, bits in sorted(windows.items()):
        used = bytes(bits).rstrip(b"\x00")
        field += bytes((window, len(used))) + used
    return field


def _signature(rrset: RRset, origin: bytes, tag: int) -> RRset:
    labels = names.count_labels(rrset.owner) - rrset.owner.startswith(b"\x01*")  # RFC 4034 section 3.1.3
    rdata = _RRSIG.pack(rrset.rtype, ALGORITHM, labels, rrset.ttl, EXPIRATION, INCEPTION, tag) + origin
    made = blake2b(rdata + rrset.key + b"".join(sorted(rrset.rdatas))).digest()
    return RRset(rrset.owner, int(Rtype.RRSIG), 1, rrset.ttl, (rdata + made,))
