# SPDX-License-Identifier: ISC
"""Presentation text (RFC 1035 section 5) to RRsets with wire rdata, through dnspython, imported when first needed.

Nothing of dnspython leaves this file.
"""

from __future__ import annotations

from typing import Final

from resolver.lab.zones import ZoneError
from resolver.wire import FormatError, RRset, from_text, to_text

__all__ = ["read_name", "read_rdatas", "read_zone"]

_DIRECTIVES: Final = ("$TTL", "$ORIGIN", "$GENERATE")  # no $INCLUDE: a world is one file


def read_zone(text: str, origin: bytes, default_ttl: int) -> list[RRset]:
    """The RRsets of a zone file, its SOA optional; RRSIGs are one set for each type covered.

    Names are relative to `origin`, a record without a TTL has `default_ttl` seconds; $ORIGIN, $TTL and $GENERATE
    work. Of several CNAMEs at one name the last counts, as dnspython has it. Raises ZoneError.
    """
    import dns.exception
    import dns.name
    import dns.rdataclass
    import dns.tokenizer
    import dns.zone
    import dns.zonefile

    zone = dns.zone.Zone(dns.name.from_text(to_text(origin)), relativize=False)
    tokens = dns.tokenizer.Tokenizer(text)
    try:
        with zone.writer(replacement=True) as transaction:
            reader = dns.zonefile.Reader(
                tokens,
                dns.rdataclass.IN,
                transaction,
                allow_directives=_DIRECTIVES,
                default_ttl=default_ttl,
            )
            reader.zone_origin = dns.name.root  # else it would skip what is outside of the zone
            reader.read()
    except KeyError:  # what dnspython raises for a name that is not below the origin
        raise ZoneError(
            f"zone {to_text(origin)}: line {tokens.where()[1]}: a name outside the zone"
        ) from None
    except (dns.exception.DNSException, ValueError) as error:
        raise ZoneError(f"zone {to_text(origin)}: {error}") from None
    return [
        RRset(
            name.to_wire() or b"",
            int(rdataset.rdtype),
            int(rdataset.rdclass),
            rdataset.ttl,
            tuple(rdata.to_wire() or b"" for rdata in rdataset),
        )
        for name, rdataset in zone.iterate_rdatasets()
    ]


def read_rdatas(rtype: str, texts: tuple[str, ...], origin: bytes) -> tuple[int, tuple[bytes, ...]]:
    """A type's number and rdatas in wire form; names are relative to `origin`. Raises ZoneError."""
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdatatype

    try:
        number = dns.rdatatype.from_text(rtype)
        if dns.rdatatype.is_metatype(number):
            raise ZoneError(f"{rtype} is no type of data")
        base = dns.name.from_text(to_text(origin))
        rdatas = tuple(
            dns.rdata.from_text("IN", number, text, origin=base, relativize=False).to_wire() or b""
            for text in texts
        )
    except (dns.exception.DNSException, ValueError) as error:
        raise ZoneError(f"{rtype} {' | '.join(texts)}: {error}") from None
    return int(number), rdatas


def read_name(text: str) -> bytes:
    """A name as a key. Raises ZoneError."""
    try:
        return from_text(text).lower()
    except FormatError as error:
        raise ZoneError(f"{text!r} is no name: {error}") from None
