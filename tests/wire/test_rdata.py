# SPDX-License-Identifier: ISC
"""The table of embedded names."""

from resolver.wire.codes import Rtype
from resolver.wire.rdata import FIXED_LENGTHS, LAYOUTS

RFC1035 = {"NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "PTR", "MINFO", "MX"}
RFC3597 = {"RP", "AFSDB", "RT", "SIG", "PX", "NXT", "NAPTR", "SRV"}


def test_rfc3597_section_4_lists_the_types() -> None:
    assert {Rtype(rtype).name for rtype in LAYOUTS} == RFC1035 | RFC3597
    assert {Rtype(rtype).name for rtype, layout in LAYOUTS.items() if layout.compress} == RFC1035


def test_no_type_is_in_both_tables() -> None:
    assert not LAYOUTS.keys() & FIXED_LENGTHS.keys()
