# SPDX-License-Identifier: ISC
"""One entry of a scenario file: flags, records, raw octets, further packets."""

from __future__ import annotations

import pytest

from resolver.lab.rpl_parse import read_scenario
from resolver.lab.rpl_values import Entry, Packet, Query
from resolver.wire import Question, Record, from_text
from resolver.wire.codes import AA, QR

HEAD = "; RFC 1034 section 1: an example\n\nCONFIG_END\nSCENARIO_BEGIN An example\n"


def entry_of(text: str) -> Entry:
    action = (
        read_scenario(f"{HEAD}STEP 1 QUERY\nENTRY_BEGIN\n{text}\nENTRY_END\nSCENARIO_END").steps[0].action
    )
    assert isinstance(action, Query)
    return action.entry


def packet_of(text: str) -> Packet:
    return entry_of(text).packet


def test_an_entry_as_a_value() -> None:
    entry = entry_of(
        "MATCH opcode qtype qname ede=3\nADJUST copy_id packet_sleep=1.5\nREPLY QR AA NXDOMAIN DO\n"
        "SECTION QUESTION\nwWw.example. IN AAAA\nSECTION AUTHORITY\n"
        "example.\t60\tIN SOA ns.example. h.example. 1 2 3 4 5 ; the end"
    )
    assert entry.match == {"opcode", "qtype", "qname"}
    assert entry.ede == 3
    assert entry.adjust == {"copy_id"}
    packet = entry.packet
    assert (packet.flags, packet.rcode, packet.do, packet.edns) == (QR | AA, 3, True, True)
    assert packet.question == Question(from_text("wWw.example."), 28)
    assert packet.delay_s == 1.5
    assert list(packet.sections) == ["AUTHORITY"]
    assert packet.sections["AUTHORITY"][0].ttl == 60


@pytest.mark.parametrize(
    ("line", "ttl", "rclass"),
    [
        ("a.example. IN A 192.0.2.1", 3600, 1),
        ("a.example. 0 IN A 192.0.2.1", 0, 1),
        ("a.example. IN 5 A 192.0.2.1", 5, 1),
        ("a.example. 1h30m A 192.0.2.1", 5400, 1),
        ("a.example. 4294967295 IN A 192.0.2.1", 0xFFFFFFFF, 1),
    ],
)
def test_records_with_their_ttl(line: str, ttl: int, rclass: int) -> None:
    packet = packet_of(f"SECTION ANSWER\n{line}")
    assert packet.sections["ANSWER"] == (
        Record(from_text("a.example."), 1, rclass, ttl, b"\xc0\x00\x02\x01"),
    )


def test_a_semicolon_in_quotes_is_no_comment() -> None:
    packet = packet_of('SECTION ANSWER\na.example. IN TXT "v=1; k=2" ; this is one')
    assert packet.sections["ANSWER"][0].rdata == b"\x08v=1; k=2"


def test_unknown_types_are_opaque() -> None:
    packet = packet_of("SECTION ANSWER\na.example. IN TYPE65280 \\# 3 010203")
    record = packet.sections["ANSWER"][0]
    assert (record.rtype, record.rdata) == (65280, b"\x01\x02\x03")


def test_raw_packets_and_edns_data() -> None:
    assert packet_of("RAW\nb5c9 ca3d").raw == bytes.fromhex("b5c9ca3d")
    assert packet_of("HEX_ANSWER_BEGIN\n00 01 ; one\n02\nHEX_ANSWER_END").raw == b"\x00\x01\x02"
    packet = packet_of(
        "SECTION ADDITIONAL\nHEX_EDNSDATA_BEGIN\n00 0a 00 08 3132333435363738\nHEX_EDNSDATA_END"
    )
    assert packet.edns_options == b"\x00\x0a\x00\x0812345678"
    assert packet.edns


def test_extra_packets_share_the_question() -> None:
    entry = entry_of(
        "REPLY QR SERVFAIL\nSECTION QUESTION\na.example. IN A\nEXTRA_PACKET\nADJUST packet_sleep=1\nREPLY QR AA\n"
        "SECTION ANSWER\na.example. IN A 192.0.2.1"
    )
    first, second = entry.packets
    assert (first.rcode, second.rcode, second.delay_s) == (2, 0, 1.0)
    assert first.question == second.question
    assert "ANSWER" not in first.sections


def test_opcodes_classes_and_rcodes() -> None:
    packet = packet_of("REPLY QR UPDATE NOTIMPL\nSECTION QUESTION\nversion.bind. CH TXT")
    assert packet.flags >> 11 & 15 == 5
    assert packet.rcode == 4
    assert packet.question == Question(from_text("version.bind."), 16, 3)


def test_what_needs_edns_has_it() -> None:
    assert not packet_of("REPLY QR NXDOMAIN").edns
    assert packet_of("REPLY QR BADVERS").edns
    assert packet_of("REPLY EDNS").edns
    assert packet_of("ADJUST edns_version=1").edns_version == 1
    assert packet_of("ADJUST udp_size=512").udp_size == 512
