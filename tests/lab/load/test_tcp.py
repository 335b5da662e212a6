# SPDX-License-Identifier: ISC
"""Pipelined questions over real connections on loopback."""

from __future__ import annotations

import socket
import threading
from random import Random

import pytest

from resolver.lab.load.tcp import TcpStreams

QUESTION = b"\x01\x00\0\1\0\0\0\0\0\0\0\0\1\0\1"


@pytest.fixture
def server():
    """Answers what comes in, octet by octet if it must; closes the connection on a question that ends in X."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def serve(stream):
        with stream, stream.makefile("rb") as reader:
            while length := reader.read(2):
                message = reader.read(int.from_bytes(length, "big"))
                if message[-1:] == b"X":
                    return
                answer = length + message[:2] + b"\x81\x80" + message[4:]
                stream.sendall(answer[:3])
                stream.sendall(answer[3:])

    def accept():
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(stream,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    accepting.join()
    for thread in threads:
        thread.join()


@pytest.fixture
def streams(server):
    opened = TcpStreams(server, 3, Random(1))
    yield opened
    opened.close()


def hear(streams, wanted):
    heard = []
    for _ in range(400):
        streams.receive(0.05, lambda *answer: heard.append(answer))
        if len(heard) >= wanted:
            return heard
    raise AssertionError(f"{len(heard)} of {wanted} answers came")


def test_many_questions_share_a_connection_and_each_finds_its_answer(streams):
    for number in range(300):
        assert streams.send(QUESTION, float(number))
    heard = hear(streams, 300)
    assert sorted(sent_at for sent_at, *_ in heard) == [float(number) for number in range(300)]
    assert {(rcode, truncated) for _, rcode, truncated, _ in heard} == {(0, False)}
    assert (streams.in_flight, streams.strange, streams.unreachable) == (0, 0, 0)


def test_a_connection_that_the_server_ends_takes_its_questions_along_and_is_opened_again(streams):
    streams.send(QUESTION + b"X", 1.0)
    for _ in range(200):
        streams.receive(0.05, lambda *answer: None)
        if streams.unreachable:
            break
    assert (streams.unreachable, streams.in_flight) == (1, 0)
    assert (streams.expire(0.0), streams.expire(9.0)) == (1, 0)
    for _ in range(6):
        streams.send(QUESTION, 2.0)
    assert len(hear(streams, 6)) == 6


def test_nobody_there_is_an_os_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = taken.getsockname()
    with pytest.raises(OSError, match="refused"):
        TcpStreams(address, 1, Random(1))
