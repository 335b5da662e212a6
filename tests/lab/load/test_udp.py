# SPDX-License-Identifier: ISC
"""Questions from many ports over real sockets on loopback."""

from __future__ import annotations

import socket
import threading
from random import Random

import pytest

from resolver.lab.load.udp import UdpPorts

QUESTION = b"\x01\x00\0\1\0\0\0\0\0\0\0\0\1\0\1"


@pytest.fixture
def server():
    """Answers every question but one whose last octet says otherwise; remembers who asked."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    asked = []

    def serve():
        while True:
            datagram, peer = sock.recvfrom(4096)
            if datagram == b"stop":
                return
            asked.append((peer[1], datagram[:2]))
            if datagram[-1:] == b"L":
                continue
            sock.sendto(datagram[:2] + b"\x83\x83" + datagram[4:], peer)
            if datagram[-1:] == b"T":
                sock.sendto(datagram[:2] + b"\x83\x83" + datagram[4:], peer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield sock.getsockname(), asked
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"stop", sock.getsockname())
    thread.join()
    sock.close()


@pytest.fixture
def ports(server):
    opened = UdpPorts(server[0], 4, Random(1))
    yield opened
    opened.close()


def hear(ports, wanted):
    heard = []
    for _ in range(400):
        ports.receive(0.05, lambda *answer: heard.append(answer))
        if len(heard) >= wanted:
            return heard
    raise AssertionError(f"{len(heard)} of {wanted} answers came")


def test_questions_leave_from_all_ports_with_ids_of_their_own(server, ports):
    for number in range(40):
        assert ports.send(QUESTION, float(number))
    heard = hear(ports, 40)
    assert sorted(sent_at for sent_at, *_ in heard) == [float(number) for number in range(40)]
    assert {(rcode, truncated, octets) for _, rcode, truncated, octets in heard} == {
        (3, True, len(QUESTION) + 2)
    }
    assert len({port for port, _ in server[1]}) == 4
    assert len(set(server[1])) == 40
    assert (ports.in_flight, ports.strange) == (0, 0)


def test_what_was_not_answered_is_given_up_once(ports):
    ports.send(QUESTION + b"L", 1.0)
    ports.send(QUESTION, 2.0)
    hear(ports, 1)
    assert ports.in_flight == 1
    assert (ports.expire(1.0), ports.expire(1.5), ports.expire(9.0)) == (0, 1, 0)
    assert ports.in_flight == 0


def test_a_second_answer_to_one_question_is_strange(ports):
    ports.send(QUESTION + b"T", 1.0)
    hear(ports, 1)
    for _ in range(100):
        ports.receive(0.05, lambda *answer: None)
        if ports.strange:
            break
    assert (ports.in_flight, ports.strange) == (0, 1)


def test_a_server_that_is_not_there_is_counted_and_nothing_raised():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = taken.getsockname()
    ports = UdpPorts(address, 1, Random(1))
    for _ in range(5):
        ports.send(QUESTION, 1.0)
        ports.receive(0.01, lambda *answer: None)
    assert ports.unreachable
    assert ports.dropped() == 0
    ports.close()
