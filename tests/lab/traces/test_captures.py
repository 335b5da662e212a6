# SPDX-License-Identifier: ISC
"""Packets out of pcap and pcapng in both byte orders and any clock; broken files end, and are told."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.captures import packets
from resolver.lab.traces.reading import Reading
from tests.lab.traces.wrapping import block, pcap, pcapng

TWO = [(1_700_000_000.25, b"first"), (1_700_000_001.5, b"second!")]


def read(octets):
    reading = Reading("file")
    return list(packets(io.BytesIO(octets), reading)), reading


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("make", [
    lambda order: pcap(TWO, 1, order),
    lambda order: pcap(TWO, 1, order, nano=True),
    lambda order: pcapng(TWO, 1, order),
    lambda order: pcapng(TWO, 1, order, resolution=9),
])  # fmt: skip
def test_time_link_and_octets_of_every_packet(make, order):
    found, reading = read(make(order))
    assert [(round(packet.time, 6), packet.octets) for packet in found] == TWO
    assert [(packet.number, packet.link) for packet in found] == [(1, 1), (2, 1)]
    assert reading.bad == 0


def test_sections_of_pcapng_have_their_own_byte_order():
    found, reading = read(pcapng(TWO, 1, "<") + pcapng(TWO, 113, ">"))
    assert [packet.link for packet in found] == [1, 1, 113, 113]
    assert reading.bad == 0


def test_other_blocks_of_pcapng_are_passed_over_and_simple_packets_told():
    octets = pcapng(TWO[:1]) + block(5, bytes(12)) + block(3, bytes(8))
    found, reading = read(octets)
    assert len(found) == 1
    assert reading.places == ["file:packet 2: a simple packet block tells no time"]


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_capture_that_breaks_off_is_told_at_its_last_packet(make):
    found, reading = read(make(TWO)[:-3])
    assert len(found) == 1
    assert reading.places[0].startswith("file:packet 2: ")


def test_a_length_beyond_reason_ends_the_file():
    octets = bytearray(pcap(TWO))
    octets[24 + 8 : 24 + 12] = b"\xff\xff\xff\x7f"
    found, reading = read(bytes(octets))
    assert not found
    assert "cannot be trusted" in reading.places[0]


@given(st.sampled_from([b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a", b""]), st.binary(max_size=200))
def test_no_octets_make_it_raise(magic, octets):
    read(magic + octets)
