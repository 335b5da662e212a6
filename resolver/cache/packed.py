# SPDX-License-Identifier: ISC
"""An entry as one `bytes` object, and back. What is packed is immutable and says all that the entry says.

    slot, generation │ type, flags, instants, TTL, where the zone is │ [spelling] [zone] server [reasons] records

Python objects are what makes a cache large: an entry of a dozen of them weighs over a kilobyte, packed a hundred bytes,
and the garbage collector need not visit it. Nobody but the record cache sees the packed form; no decision is made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from resolver.cache.entry import Entry, Kind, Rank
from resolver.policy.lifetime import Lifetime, Reason
from resolver.wire import Record

_PLACE: Final = Struct("<IQ")
# Type, flags, three instants, published TTL, how much of the key precedes the zone (or the zone's length, when apart),
# the length of the server's text.
_HEAD: Final = Struct("<HHdddIBB")
_ALL: Final = Struct("<IQHHdddIBB")
_INSTANTS: Final = Struct("<ddd")
PLACE_BYTES: Final = _PLACE.size
_AT_TYPE: Final = PLACE_BYTES
_AT_FLAGS: Final = _AT_TYPE + 2
_AT_INSTANTS: Final = _AT_FLAGS + 2
_AT_PUBLISHED: Final = _AT_INSTANTS + _INSTANTS.size
_COUNT: Final = Struct("<H")
_REASON: Final = Struct("<ddB")
_RECORD: Final = Struct(
    "<HHIBH"
)  # type, class, TTL, length of the owner (0: the entry's own), length of the rdata

# Flags: two bits of kind, three of rank, then these; from _REASONS on, how many reasons there are.
_KIND_MASK: Final = 0x03
_RANK: Final = 2
_RANK_MASK: Final = 0x07
_WILDCARD: Final = 0x20
_SYNTHESIZED: Final = 0x40
_SPELLED: Final = 0x80  # the owner is not the key, but spelled its own way
_ZONE_APART: Final = 0x100  # the zone is not the end of the key, where it would cost nothing
_PLAIN: Final = 0x200  # an RRset as the engine makes it, and no more: its records differ in rdata alone
_SINGLE: Final = 0x400  # … and there is one, whose rdata is the rest
_REASONS: Final = 11

KINDS: Final = (Kind.POSITIVE, Kind.NODATA, Kind.NXDOMAIN)
_RANKS: Final = (Rank.GLUE, *Rank)  # no rank is 0
_IN: Final = 1


@dataclass(slots=True)
class _LifetimeDraft:
    """The slots of a Lifetime, filled at a third of the cost of its frozen constructor."""

    stored_at: float
    fresh_until: float
    stale_until: float
    published_ttl: int
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class _EntryDraft:
    """The slots of an Entry, likewise. A draft becomes what it is a draft of before anybody sees it."""

    kind: Kind
    owner: bytes
    rtype: int
    records: tuple[Record, ...]
    signatures: tuple[Record, ...]
    soa: Record | None
    proofs: tuple[Record, ...]
    rank: Rank
    lifetime: Lifetime
    zone: bytes
    server: str
    wildcard: bool
    synthesized: bool


def pack(entry: Entry, key: bytes) -> bytes:
    """The entry, whose folded owner is `key`, still without a place; struct.error for numbers that no message has."""
    lifetime, zone, records = entry.lifetime, entry.zone, entry.records
    kind, server = entry.kind, entry.server.encode()
    flags = entry.rank << _RANK
    if kind is not Kind.POSITIVE:
        flags |= KINDS.index(kind)
    if entry.wildcard:
        flags |= _WILDCARD
    if entry.synthesized:
        flags |= _SYNTHESIZED
    texts = server
    zone_place = len(key) - len(zone)
    if not key.endswith(zone):
        flags |= _ZONE_APART
        zone_place = len(zone)
        texts = zone + texts
    if entry.owner != key:
        flags |= _SPELLED
        texts = entry.owner + texts
    if lifetime.reasons:
        flags |= len(lifetime.reasons) << _REASONS
        texts += b"".join(map(_pack_reason, lifetime.reasons))
    if not _is_plain(entry):
        texts += _pack_groups(entry)
    elif len(records) == 1:
        flags |= _PLAIN | _SINGLE
        texts += records[0].rdata
    else:
        flags |= _PLAIN
        texts += b"".join([_COUNT.pack(len(record.rdata)) + record.rdata for record in records])
    return (
        _HEAD.pack(
            entry.rtype,
            flags,
            lifetime.stored_at,
            lifetime.fresh_until,
            lifetime.stale_until,
            lifetime.published_ttl,
            zone_place,
            len(server),
        )
        + texts
    )


def place(packed_entry: bytes, slot: int, generation: int) -> bytes:
    """What `pack` made, with its place: this is what the functions below read."""
    return _PLACE.pack(slot, generation) + packed_entry


def slot_of(packed: bytes) -> int:
    """Its slot."""
    return int.from_bytes(packed[:4], "little")


def place_of(packed: bytes) -> tuple[int, int]:
    """Its slot and its generation."""
    slot, generation = _PLACE.unpack_from(packed)
    return slot, generation


def rtype_of(packed: bytes) -> int:
    """The entry's type."""
    return packed[_AT_TYPE] | packed[_AT_TYPE + 1] << 8


def kind_of(packed: bytes) -> Kind:
    """The entry's kind."""
    return KINDS[packed[_AT_FLAGS] & _KIND_MASK]


def kind_index(packed: bytes) -> int:
    """Where the entry's kind is in KINDS."""
    return packed[_AT_FLAGS] & _KIND_MASK


def rank_of(packed: bytes) -> int:
    """The entry's rank, as a number."""
    return packed[_AT_FLAGS] >> _RANK & _RANK_MASK


def published_of(packed: bytes) -> int:
    """The entry's TTL as published."""
    return int.from_bytes(packed[_AT_PUBLISHED : _AT_PUBLISHED + 4], "little")


def instants_of(packed: bytes) -> Lifetime:
    """The entry's lifetime without TTL and reasons: enough for the judge."""
    stored_at, fresh_until, stale_until = _INSTANTS.unpack_from(packed, _AT_INSTANTS)
    return Lifetime(stored_at, fresh_until, stale_until, 0)


def unpack(packed: bytes, key: bytes) -> Entry:
    """The entry again, equal to what was packed; `key` is its folded owner."""
    _, _, rtype, flags, stored_at, fresh_until, stale_until, published, zone_place, server_length = (
        _ALL.unpack_from(packed)
    )
    at, owner = _ALL.size, key
    if flags & _SPELLED:
        at += len(key)
        owner = packed[at - len(key) : at]
    if flags & _ZONE_APART:
        at += zone_place
        zone = packed[at - zone_place : at]
    else:
        zone = key[zone_place:]
    at += server_length
    server = packed[at - server_length : at].decode()
    reasons: tuple[Reason, ...] = ()
    if flags >> _REASONS:
        reasons, at = _reasons(packed, at, flags >> _REASONS)
    signatures: tuple[Record, ...] = ()
    proofs: tuple[Record, ...] = ()
    soa = None
    if flags & _SINGLE:
        records: tuple[Record, ...] = (Record(owner, rtype, _IN, published, packed[at:]),)
    elif flags & _PLAIN:
        records = tuple(Record(owner, rtype, _IN, published, rdata) for rdata in _rdatas(packed, at))
    else:
        records, at = _group(packed, at, owner)
        signatures, at = _group(packed, at, owner)
        proofs, at = _group(packed, at, owner)
        soas, at = _group(packed, at, owner)
        soa = soas[0] if soas else None
    lifetime = _LifetimeDraft(stored_at, fresh_until, stale_until, published, reasons)
    lifetime.__class__ = Lifetime  # type: ignore[assignment]  # same slots: it is one from here on
    draft = _EntryDraft(
        KINDS[flags & _KIND_MASK],
        owner,
        rtype,
        records,
        signatures,
        soa,
        proofs,
        _RANKS[flags >> _RANK & _RANK_MASK],
        lifetime,  # type: ignore[arg-type]  # as above
        zone,
        server,
        flags & _WILDCARD != 0,
        flags & _SYNTHESIZED != 0,
    )
    draft.__class__ = Entry  # type: ignore[assignment]  # likewise
    return draft  # type: ignore[return-value]  # likewise


def _is_plain(entry: Entry) -> bool:
    if entry.soa is not None or entry.signatures or entry.proofs or not entry.records:
        return False
    common = (entry.owner, entry.rtype, _IN, entry.lifetime.published_ttl)
    return all(record[:4] == common for record in entry.records)


def _pack_reason(reason: Reason) -> bytes:
    rule = reason.rule.encode()
    return _REASON.pack(reason.before, reason.after, len(rule)) + rule


def _reasons(packed: bytes, at: int, count: int) -> tuple[tuple[Reason, ...], int]:
    found = []
    for _ in range(count):
        before, after, length = _REASON.unpack_from(packed, at)
        at += _REASON.size + length
        found.append(Reason(packed[at - length : at].decode(), before, after))
    return tuple(found), at


def _rdatas(packed: bytes, at: int) -> list[bytes]:
    found = []
    while at < len(packed):
        (length,) = _COUNT.unpack_from(packed, at)
        at += _COUNT.size + length
        found.append(packed[at - length : at])
    return found


def _pack_groups(entry: Entry) -> bytes:
    """All records of the entry, group by group, each with what it has of its own."""
    parts = []
    soas = () if entry.soa is None else (entry.soa,)
    for group in (entry.records, entry.signatures, entry.proofs, soas):
        parts.append(_COUNT.pack(len(group)))
        for record in group:
            owner = b"" if record.owner == entry.owner else record.owner
            head = _RECORD.pack(record.rtype, record.rclass, record.ttl, len(owner), len(record.rdata))
            parts += (head, owner, record.rdata)
    return b"".join(parts)


def _group(packed: bytes, at: int, entry_owner: bytes) -> tuple[tuple[Record, ...], int]:
    """One group of records, and where the next begins."""
    (count,) = _COUNT.unpack_from(packed, at)
    at += _COUNT.size
    found = []
    for _ in range(count):
        rtype, rclass, ttl, owner_length, length = _RECORD.unpack_from(packed, at)
        at += _RECORD.size + owner_length
        owner = packed[at - owner_length : at] if owner_length else entry_owner
        at += length
        found.append(Record(owner, rtype, rclass, ttl, packed[at - length : at]))
    return tuple(found), at
