# SPDX-License-Identifier: ISC
"""RRsets out of records, and the rdatas the resolver reads."""

import dns.rdata
import pytest

from resolver.wire.codes import Rtype
from resolver.wire.errors import FormatError
from resolver.wire.names import from_text
from resolver.wire.records import (
    Question,
    Record,
    first_name,
    group,
    rrsig_fields,
    signatures_of,
    soa_fields,
)

WWW = from_text("www.example.com")
UPPER = from_text("WWW.example.com")


def rdata(rtype: str, text: str) -> bytes:
    return dns.rdata.from_text("IN", rtype, text).to_wire()  # type: ignore[no-any-return, return-value] # dnspython's stub


RRSIG_A = rdata("RRSIG", "A 8 3 300 20260101000000 20251201000000 12345 example.com. AAAA")
RRSIG_MX = rdata("RRSIG", "MX 8 3 300 20260101000000 20251201000000 12345 example.com. AAAA")
SOA = rdata("SOA", "ns1.example.com. admin.example.com. 7 3600 600 86400 300")


def test_keys_are_folded_and_spellings_kept() -> None:
    assert Question(UPPER, 1).key == WWW
    assert Question(UPPER, 1).name == UPPER
    assert Record(UPPER, 1, 1, 60, b"1234").key == WWW


def test_rfc2181_section_5_2_an_rrset_has_the_least_ttl() -> None:
    [rrset] = group([Record(WWW, 1, 1, 60, b"aaaa"), Record(UPPER, 1, 1, 30, b"bbbb")])
    assert rrset.ttl == 30
    assert rrset.owner == WWW
    assert rrset.records() == (Record(WWW, 1, 1, 30, b"aaaa"), Record(WWW, 1, 1, 30, b"bbbb"))


def test_rfc2181_section_5_duplicates_are_dropped_in_order() -> None:
    [rrset] = group([Record(WWW, 1, 1, 60, data) for data in (b"bbbb", b"aaaa", b"bbbb")])
    assert rrset.rdatas == (b"bbbb", b"aaaa")


def test_sets_differ_by_owner_type_and_class() -> None:
    records = [
        Record(WWW, 1, 1, 60, b"aaaa"),
        Record(WWW, 1, 3, 60, b"aaaa"),
        Record(WWW, 16, 1, 60, b"\x00"),
        Record(from_text("example.com"), 1, 1, 60, b"aaaa"),
    ]
    assert [rrset.records()[0] for rrset in group(records)] == records
    assert group([]) == []


def test_signatures_are_sets_by_the_type_they_cover() -> None:
    records = [
        Record(UPPER, 46, 1, 60, RRSIG_A),
        Record(WWW, 46, 1, 60, RRSIG_MX),
        Record(WWW, 46, 1, 50, RRSIG_A + b"x"),
    ]
    assert [rrset.rdatas for rrset in group(records)] == [(RRSIG_A, RRSIG_A + b"x"), (RRSIG_MX,)]
    signatures = signatures_of(records, WWW, Rtype.A)
    assert signatures is not None
    assert signatures.rdatas == (RRSIG_A, RRSIG_A + b"x")
    assert signatures.ttl == 50
    assert signatures_of(records, WWW, Rtype.AAAA) is None
    assert signatures_of(records, from_text("example.com"), Rtype.A) is None


def test_rfc1035_section_3_3_13_soa() -> None:
    soa = soa_fields(SOA)
    assert soa.mname == from_text("ns1.example.com")
    assert soa.rname == from_text("admin.example.com")
    assert soa[2:] == (7, 3600, 600, 86400, 300)


def test_rfc4034_section_3_1_rrsig() -> None:
    fields = rrsig_fields(RRSIG_A)
    assert (fields.covered, fields.algorithm, fields.labels, fields.original_ttl) == (1, 8, 3, 300)
    assert fields.expiration - fields.inception == 31 * 86400
    assert (fields.key_tag, fields.signer) == (12345, from_text("example.com"))


def test_first_name() -> None:
    assert first_name(WWW) == WWW
    assert first_name(WWW + b"rest") == WWW


@pytest.mark.parametrize("size", range(len(SOA)))
def test_a_cut_soa_is_a_format_error(size: int) -> None:
    with pytest.raises(FormatError):
        soa_fields(SOA[:size])


@pytest.mark.parametrize("size", range(18 + len(from_text("example.com"))))
def test_a_cut_rrsig_is_a_format_error(size: int) -> None:
    with pytest.raises(FormatError):
        rrsig_fields(RRSIG_A[:size])


@pytest.mark.parametrize("junk", [b"", b"\x03ab", b"\xc0\x0c", b"\x40" + b"a" * 70])
def test_no_name_in_front_is_a_format_error(junk: bytes) -> None:
    with pytest.raises(FormatError):
        first_name(junk)
