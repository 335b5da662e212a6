# SPDX-License-Identifier: ISC
"""Records as text: the presentation format of RFC 1035 section 5 and RFC 3597. dnspython knows the types."""

from __future__ import annotations

from resolver.wire import FormatError, Record, Rtype, to_text
from resolver.wire.codes import class_to_text, type_to_text
from resolver.wire.names import end_of_name

_NAME_ALONE = frozenset({int(Rtype.NS), int(Rtype.CNAME), int(Rtype.PTR), int(Rtype.DNAME)})


def rdata_text(rtype: int, rdata: bytes, rclass: int = 1) -> str:
    """Return rdata as a zone file would spell it; what is unknown or malformed as RFC 3597 section 5 does."""
    if rtype == Rtype.A and len(rdata) == 4:
        return ".".join(map(str, rdata))
    if rtype in _NAME_ALONE and _is_name(rdata):
        return to_text(rdata)
    import dns.exception
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    try:
        value = dns.rdata.from_wire(
            dns.rdataclass.RdataClass.make(rclass), dns.rdatatype.RdataType.make(rtype), rdata, 0, len(rdata)
        )
        return value.to_text()
    except (dns.exception.DNSException, ValueError):
        return f"\\# {len(rdata)} {rdata.hex()}".rstrip()


def _is_name(rdata: bytes) -> bool:
    """Whether rdata is one whole name; of a type that is opaque to the parser (DNAME) it may be anything."""
    try:
        return end_of_name(rdata) == len(rdata)
    except FormatError:
        return False


def record_text(record: Record) -> str:
    """Return a record as one line of a zone file."""
    return (
        f"{to_text(record.owner)}\t{record.ttl}\t{class_to_text(record.rclass)}\t{type_to_text(record.rtype)}"
        f"\t{rdata_text(record.rtype, record.rdata, record.rclass)}"
    )


def record_view(record: Record) -> dict[str, str | int]:
    """Return a record as JSON holds it."""
    return {
        "name": to_text(record.owner),
        "type": type_to_text(record.rtype),
        "class": class_to_text(record.rclass),
        "ttl": record.ttl,
        "data": rdata_text(record.rtype, record.rdata, record.rclass),
    }
