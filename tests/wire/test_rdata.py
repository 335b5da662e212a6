# SPDX-License-Identifier: ISC
"""The table of embedded names, and each layout of it read and refused."""

import pytest

from resolver.wire.codes import Rtype
from resolver.wire.errors import FormatError
from resolver.wire.parse import parse
from resolver.wire.rdata import FIXED_LENGTHS, LAYOUTS
from tests.wire.octets import EXAMPLE, header, pointer, question, record

A = b"\xc0\x00\x02\x01"
OWNER = pointer(12)

RFC1035 = {"NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "PTR", "MINFO", "MX"}
RFC3597 = {"RP", "AFSDB", "RT", "SIG", "PX", "NXT", "NAPTR", "SRV"}


def test_rfc3597_section_4_lists_the_types() -> None:
    assert {Rtype(rtype).name for rtype in LAYOUTS} == RFC1035 | RFC3597
    assert {Rtype(rtype).name for rtype, layout in LAYOUTS.items() if layout.compress} == RFC1035


def test_no_type_is_in_both_tables() -> None:
    assert not LAYOUTS.keys() & FIXED_LENGTHS.keys()


FIRST, SECOND = b"\x02ns" + EXAMPLE, b"\x04mail" + EXAMPLE
FIRST_SHORT, SECOND_SHORT = b"\x02ns" + pointer(16), b"\x04mail" + pointer(16)
STRINGS = b"\x01U\x00\x05!a!b!"

DECOMPRESSED = {
    "NS": (2, FIRST_SHORT, FIRST),
    "MD": (3, FIRST_SHORT, FIRST),
    "MF": (4, FIRST_SHORT, FIRST),
    "CNAME": (5, FIRST_SHORT, FIRST),
    "SOA": (6, FIRST_SHORT + SECOND_SHORT + b"s" * 20, FIRST + SECOND + b"s" * 20),
    "MB": (7, FIRST_SHORT, FIRST),
    "MG": (8, FIRST_SHORT, FIRST),
    "MR": (9, FIRST_SHORT, FIRST),
    "PTR": (12, FIRST_SHORT, FIRST),
    "MINFO": (14, FIRST_SHORT + SECOND_SHORT, FIRST + SECOND),
    "MX": (15, b"\x00\x0a" + FIRST_SHORT, b"\x00\x0a" + FIRST),
    "RP": (17, FIRST_SHORT + SECOND_SHORT, FIRST + SECOND),
    "AFSDB": (18, b"\x00\x01" + FIRST_SHORT, b"\x00\x01" + FIRST),
    "RT": (21, b"\x00\x01" + FIRST_SHORT, b"\x00\x01" + FIRST),
    "SIG": (24, b"f" * 18 + FIRST_SHORT + b"signature", b"f" * 18 + FIRST + b"signature"),
    "PX": (26, b"\x00\x01" + FIRST_SHORT + SECOND_SHORT, b"\x00\x01" + FIRST + SECOND),
    "NXT": (30, FIRST_SHORT + b"\x62\x01", FIRST + b"\x62\x01"),
    "SRV": (33, b"\x00" * 6 + FIRST_SHORT, b"\x00" * 6 + FIRST),
    "NAPTR": (35, b"\x00" * 4 + STRINGS + FIRST_SHORT, b"\x00" * 4 + STRINGS + FIRST),
}


@pytest.mark.parametrize("case", DECOMPRESSED)
def test_rfc3597_section_4_names_are_decompressed_in(case: str) -> None:
    rtype, short, whole = DECOMPRESSED[case]
    message = parse(header(1, 1) + question() + record(OWNER, rtype, short))
    assert message.answer[0].rdata == whole
    assert parse(header(1, 1) + question() + record(OWNER, rtype, whole)).answer[0].rdata == whole


@pytest.mark.parametrize("case", DECOMPRESSED)
def test_a_cut_rdata_is_refused_in(case: str) -> None:
    rtype, _, whole = DECOMPRESSED[case]
    fixed = whole.removesuffix(b"signature").removesuffix(b"\x62\x01")
    for size in range(len(fixed)):
        # Another record follows, so that a name could run on into it.
        with pytest.raises(FormatError):
            parse(header(1, 2) + question() + record(OWNER, rtype, fixed[:size]) + record(OWNER, 1, A))


@pytest.mark.parametrize("rtype", [10, 16, 36, 39, 45, 46, 47, 55, 64, 65, 65280])
def test_rfc3597_section_3_all_else_is_opaque(rtype: int) -> None:
    looks_compressed = b"\x00\x01" + pointer(12) + pointer(0x3FFF)
    message = parse(header(1, 1) + question() + record(OWNER, rtype, looks_compressed))
    assert message.answer[0].rdata == looks_compressed
