# SPDX-License-Identifier: ISC
"""Captures: as tcpdump wrote them of a real resolver over UDP, TCP, IPv4 and IPv6, and made by hand."""

from __future__ import annotations

import pytest

from resolver.lab.traces.readers import dnstap, pcap
from resolver.lab.traces.rows import EMPTY
from resolver.wire import to_text
from tests.lab.traces.wrapping import CAPTURED, CLIENT, SERVER, query, response, rows_in, tcp, udp
from tests.lab.traces.wrapping import pcap as capture

ASKED = [
    ("www.example.org.", 1, 60, 0), ("www.example.org.", 1, 60, 0), ("www.example.org.", 28, 120, 0),
    ("alias.example.org.", 1, 30, 0), ("nx.example.org.", 1, 900, 3), ("www.example.org.", 15, 900, 0),
    ("mail.example.org.", 15, 3600, 0), ("www.example.org.", 1, 60, 0),
]  # fmt: skip


@pytest.mark.parametrize("name", ["ethernet.pcap", "cooked.pcap"])
def test_what_tcpdump_captured(name):
    """Asked of Unbound: six questions over UDP, one over TCP, one over IPv6; one without RD, one of class CH."""
    rows, reading = rows_in(pcap.read, (CAPTURED / name).read_bytes())
    assert [(to_text(row.name), row.rtype, row.ttl, row.rcode) for row in rows] == ASKED
    assert [row.client for row in rows] == ["127.0.0.1"] * 7 + ["::1"]
    assert [row.rdata_hash == EMPTY for row in rows] == [False] * 4 + [True, True, False, False]
    assert reading.bad == 0
    assert reading.passed["queries without RD"] == 1


def test_the_same_data_have_the_same_hash_in_every_source():
    """BIND told the same answers by dnstap minutes before."""
    captured = rows_in(pcap.read, (CAPTURED / "ethernet.pcap").read_bytes())[0]
    tapped = rows_in(dnstap.read, (CAPTURED / "named.tap").read_bytes())[0]
    assert [row.rdata_hash for row in captured[:7]] == [row.rdata_hash for row in tapped]


def test_the_time_is_the_questions_and_answers_may_be_missing():
    packets = [
        (1.0, udp(CLIENT, 4242, SERVER, 53, query(id=1))),
        (1.4, udp(CLIENT, 4242, SERVER, 53, query(id=2))),
        (1.5, udp(SERVER, 53, CLIENT, 4242, response(id=1))),
        (9.0, udp(SERVER, 53, CLIENT, 9, response(id=7))),  # its question came before the capture
    ]
    rows, _ = rows_in(pcap.read, capture(packets))
    assert [(row.time, row.client, row.ttl) for row in rows] == [
        (1.0, CLIENT, 300),
        (1.4, CLIENT, None),
        (9.0, CLIENT, 300),
    ]


def test_an_answer_of_another_server_is_not_this_questions():
    packets = [
        (1.0, udp(CLIENT, 4242, SERVER, 53, query())),
        (1.1, udp("192.0.2.99", 53, CLIENT, 4242, response())),
    ]
    assert [row.ttl for row in rows_in(pcap.read, capture(packets))[0]] == [None, 300]


def test_messages_over_tcp_in_pieces():
    framed = len(query()).to_bytes(2) + query()
    reply = len(response()).to_bytes(2) + response()
    packets = [
        (1.0, tcp(CLIENT, 4242, SERVER, 53, 10, flags=0x02)),
        (1.1, tcp(CLIENT, 4242, SERVER, 53, 11, framed[:5])),
        (1.2, tcp(CLIENT, 4242, SERVER, 53, 16, framed[5:])),
        (1.3, tcp(SERVER, 53, CLIENT, 4242, 77, reply)),
    ]
    ((row,), _) = rows_in(pcap.read, capture(packets))
    assert (row.time, row.ttl) == (1.2, 300)


def test_bad_messages_are_told_with_their_packet_and_others_passed_over():
    packets = [
        (1.0, udp(CLIENT, 4242, SERVER, 53, b"short")),
        (2.0, udp(CLIENT, 4242, SERVER, 443, query())),
        (3.0, udp(SERVER, 53, CLIENT, 4242, response()[:-1])),
    ]
    rows, reading = rows_in(pcap.read, capture(packets))
    assert rows == []
    assert reading.places == ["file:packet 1: truncated", "file:packet 3: rdata-past-end"]
    assert dict(reading.passed) == {"packets that are no DNS": 1}
