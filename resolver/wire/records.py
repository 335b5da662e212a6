# SPDX-License-Identifier: ISC
"""Questions, records and RRsets as values, and readers for the few rdatas the resolver looks into.

No time, rank or trust may live here: this is what a message said, not what we believe.
"""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

from resolver.wire import names
from resolver.wire.codes import Rtype
from resolver.wire.errors import FormatError

__all__ = [
    "Question",
    "RRset",
    "Record",
    "Rrsig",
    "Soa",
    "first_name",
    "group",
    "rrsig_fields",
    "signatures_of",
    "soa_fields",
]

_SOA_NUMBERS: Final = struct.Struct("!5I")
_RRSIG_NUMBERS: Final = struct.Struct("!HBBIIIH")
_RRSIG: Final = int(Rtype.RRSIG)


class Question(NamedTuple):
    """What is asked: name as spelled, type and class."""

    name: bytes
    rtype: int
    rclass: int = 1

    @property
    def key(self) -> bytes:
        """The folded name."""
        return self.name.lower()


class Record(NamedTuple):
    """One resource record as received; `ttl` is the raw 32 bits, names in `rdata` are uncompressed."""

    owner: bytes
    rtype: int
    rclass: int
    ttl: int
    rdata: bytes

    @property
    def key(self) -> bytes:
        """The folded owner name."""
        return self.owner.lower()


class RRset(NamedTuple):
    """Records of one owner, type and class. `ttl` is their least, in seconds (RFC 2181 section 5.2)."""

    owner: bytes
    rtype: int
    rclass: int
    ttl: int
    rdatas: tuple[bytes, ...]

    @property
    def key(self) -> bytes:
        """The folded owner name."""
        return self.owner.lower()

    def records(self) -> tuple[Record, ...]:
        """The RRset as records again, all with the set's TTL."""
        return tuple(Record(self.owner, self.rtype, self.rclass, self.ttl, rdata) for rdata in self.rdatas)


class Soa(NamedTuple):
    """The fields of an SOA record (RFC 1035 section 3.3.13); numbers in seconds but for the serial."""

    mname: bytes
    rname: bytes
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


class Rrsig(NamedTuple):
    """The fields of an RRSIG record but for its signature (RFC 4034 section 3.1); times as on the wire."""

    covered: int
    algorithm: int
    labels: int
    original_ttl: int
    expiration: int
    inception: int
    key_tag: int
    signer: bytes


def group(records: Iterable[Record]) -> list[RRset]:
    """Records as RRsets in order of first appearance, duplicates dropped (RFC 2181 section 5).

    Signatures are sets of their own, one for each type covered: they share an owner, not a purpose.
    """
    members = list(records)
    if len(members) == 1:
        return [_rrset(members)]
    sets: dict[tuple[bytes, int, int, int], list[Record]] = {}
    for record in members:
        covered = _covered(record.rdata) if record.rtype == _RRSIG else 0
        sets.setdefault((record.owner.lower(), record.rtype, record.rclass, covered), []).append(record)
    return [_rrset(members) for members in sets.values()]


def signatures_of(records: Iterable[Record], key: bytes, covered: int) -> RRset | None:
    """The RRSIGs among `records` that are of the owner `key` and cover the given type, if there are any."""
    found = [
        record
        for record in records
        if record.rtype == _RRSIG and _covered(record.rdata) == covered and record.owner.lower() == key
    ]
    return _rrset(found) if found else None


def _rrset(members: list[Record]) -> RRset:
    first = members[0]
    if len(members) == 1:
        return RRset(first.owner, first.rtype, first.rclass, first.ttl, (first.rdata,))
    ttl = min(member.ttl for member in members)
    rdatas = tuple(dict.fromkeys(member.rdata for member in members))
    return RRset(first.owner, first.rtype, first.rclass, ttl, rdatas)


def _covered(rdata: bytes) -> int:
    return int.from_bytes(rdata[:2], "big")


def first_name(rdata: bytes) -> bytes:
    """The name an rdata of NS, CNAME, DNAME or PTR is, or any begins with; FormatError if there is none."""
    return rdata[: names.end_of_name(rdata)]


def soa_fields(rdata: bytes) -> Soa:
    """Takes an SOA rdata apart; FormatError if it is not one."""
    mname_end = names.end_of_name(rdata)
    rname_end = names.end_of_name(rdata, mname_end)
    if len(rdata) - rname_end != _SOA_NUMBERS.size:
        raise FormatError("bad-soa")
    return Soa(rdata[:mname_end], rdata[mname_end:rname_end], *_SOA_NUMBERS.unpack_from(rdata, rname_end))


def rrsig_fields(rdata: bytes) -> Rrsig:
    """Takes an RRSIG rdata apart; FormatError if it is not one."""
    if len(rdata) < _RRSIG_NUMBERS.size:
        raise FormatError("bad-rrsig")
    end = names.end_of_name(rdata, _RRSIG_NUMBERS.size)
    signer = rdata[_RRSIG_NUMBERS.size : end]
    return Rrsig._make((*_RRSIG_NUMBERS.unpack_from(rdata), signer))
