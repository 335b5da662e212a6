# SPDX-License-Identifier: ISC
"""Our own short cuts spell records as dnspython does; what it cannot read comes out by RFC 3597."""

from __future__ import annotations

import dns.rdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.control.presentation import rdata_text, record_view
from resolver.wire import Record, from_text


@pytest.mark.parametrize(
    ("rtype", "text"),
    [
        (1, "192.0.2.1"),
        (2, "ns1.example."),
        (5, "*.a\\.b.example."),
        (6, "ns. host. 1 2 3 4 5"),
        (15, "10 mx.example."),
        (16, '"a b" "c\\"d"'),
        (28, "2001:db8::1"),
        (33, "0 5 443 svc.example."),
        (65, "1 . alpn=h2"),
    ],
)
def test_round_trip_through_dnspython(rtype, text):
    wire = dns.rdata.from_text("IN", rtype, text).to_wire()
    shown = rdata_text(rtype, wire)
    assert dns.rdata.from_text("IN", rtype, shown).to_wire() == wire


@given(rtype=st.integers(1, 65535), rdata=st.binary(max_size=40))
def test_rfc_3597_no_rdata_of_any_type_is_unspeakable(rtype, rdata):
    try:
        text = rdata_text(rtype, rdata)
    except Exception as error:
        raise AssertionError(f"{rtype} {rdata!r}") from error
    assert "\n" not in text


def test_a_record_as_json():
    record = Record(from_text("A.example."), 16, 1, 60, b"\x02hi")
    assert record_view(record) == {
        "name": "A.example.",
        "type": "TXT",
        "class": "IN",
        "ttl": 60,
        "data": '"hi"',
    }
