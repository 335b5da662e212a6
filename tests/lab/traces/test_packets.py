# SPDX-License-Identifier: ISC
"""The datagram inside a packet: over each link type, VLANs, IPv6 extensions; fragments and rubbish are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.packets import TCP, UDP, address_text, segment_of
from tests.lab.traces.wrapping import ethernet, ip, tcp, udp

PACKET = udp("192.0.2.7", 4242, "192.0.2.53", 53, b"payload")
PACKET6 = udp("2001:db8::7", 4242, "2001:db8::53", 53, b"payload")


@pytest.mark.parametrize("packet", [PACKET, PACKET6])
@pytest.mark.parametrize(
    ("link", "wrap"),
    [
        (1, ethernet),
        (1, lambda packet: ethernet(packet, 7)),
        (1, lambda packet: ethernet(packet, 7, 9)),
        (1, lambda packet: ethernet(packet) + bytes(18)),  # padded to the least frame
        (101, bytes),
        (12, bytes),
        (0, lambda packet: bytes(4) + packet),
        (113, lambda packet: bytes(14) + ethernet(packet)[12:14] + packet),
        (276, lambda packet: ethernet(packet)[12:14] + bytes(18) + packet),
    ],
)
def test_the_datagram_is_found_under_each_link_type(packet, link, wrap):
    segment = segment_of(link, wrap(packet))
    assert segment is not None
    assert (segment.source_port, segment.target_port, segment.protocol) == (4242, 53, UDP)
    assert segment.payload == b"payload"


def test_addresses_are_text_when_asked():
    assert [address_text(p) for p in (bytes([192, 0, 2, 7]), bytes(15) + b"\x01", b"\xab")] == [
        "192.0.2.7",
        "::1",
        "ab",
    ]


def test_a_tcp_segment_has_its_sequence_and_flags():
    segment = segment_of(101, tcp("192.0.2.7", 4242, "192.0.2.53", 53, 99, b"x", 0x18))
    assert segment is not None
    assert (segment.protocol, segment.sequence, segment.flags, segment.payload) == (TCP, 99, 0x18, b"x")


def test_extension_headers_of_ipv6_are_walked():
    inner = PACKET6[40:]
    options = bytes([17, 0]) + bytes(6)  # destination options, then UDP
    packet = ip("2001:db8::7", "2001:db8::53", 60, options + inner)
    segment = segment_of(101, packet)
    assert segment is not None
    assert segment.payload == b"payload"


def test_later_fragments_carry_no_ports():
    assert segment_of(101, ip("192.0.2.7", "192.0.2.53", 17, bytes(20), fragment=5)) is None
    later = bytes([17, 0, 0, 8]) + bytes(4)
    assert segment_of(101, ip("2001:db8::7", "2001:db8::53", 44, later + bytes(20))) is None


def test_other_protocols_and_link_types_are_none():
    assert segment_of(101, ip("192.0.2.7", "192.0.2.53", 1, bytes(8))) is None
    assert segment_of(147, PACKET) is None
    assert segment_of(1, bytes(12) + b"\x08\x06" + bytes(28)) is None  # ARP


@given(st.sampled_from([0, 1, 12, 101, 113, 276]), st.binary(max_size=80))
def test_no_octets_make_it_raise(link, octets):
    segment_of(link, octets)
