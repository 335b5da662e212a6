# SPDX-License-Identifier: ISC
"""Which version of a zone a reply is of: from EDNS ZONEVERSION (RFC 9660), or from an SOA that came along. Pure.

What a version is worth, `policy.revalidation` says; who is asked for one, `revalidate`.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from resolver.engine.classify import Answer
from resolver.wire import Edns, FormatError, OptionCode, Record, Rtype, names
from resolver.wire.records import soa_fields

# The question: an empty option (RFC 9660 section 3.2).
ASKED: Final = (int(OptionCode.ZONEVERSION), b"")
_SOA_SERIAL: Final = 0  # the one type of version that is registered (section 7.2)
_REPLY: Final = struct.Struct("!BBI")  # labels of the zone's name, type of version, serial


class Version(NamedTuple):
    """The SOA serial of a zone (its key)."""

    zone: bytes
    serial: int


def told_by_option(edns: Edns | None, name: bytes) -> Version | None:
    """The version in the ZONEVERSION of a reply about `name`; None without one, or for one that cannot be."""
    data = None if edns is None else edns.option(OptionCode.ZONEVERSION)
    if data is None or len(data) != _REPLY.size:
        return None
    labels, kind, serial = _REPLY.unpack(data)
    if kind != _SOA_SERIAL or labels > names.count_labels(name):
        return None
    return Version(names.suffix(name.lower(), labels), serial)


def told_by_soa(answer: Answer) -> Version | None:
    """The version in the SOA of an authoritative answer: of a denial (RFC 2308 section 3), or what was asked for."""
    if not answer.authoritative:
        return None
    if answer.denial is not None and answer.denial.soa is not None:
        return _version(answer.denial.soa)
    first = answer.links[0].records[0] if answer.links else None
    return _version(first) if first is not None and first.rtype == Rtype.SOA else None


def _version(soa: Record) -> Version | None:
    try:
        return Version(soa.key, soa_fields(soa.rdata).serial)
    except FormatError:
        return None
