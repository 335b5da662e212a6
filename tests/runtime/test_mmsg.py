# SPDX-License-Identifier: ISC
"""Batches of datagrams on real sockets: what goes in comes out, to whom it belongs, and nothing of the batch before."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from resolver.runtime.mmsg import BATCH, LONGEST, Batch, available

pytestmark = pytest.mark.skipif(not available(), reason="no recvmmsg here")
TAG = 0x2A


@pytest.fixture(params=["127.0.0.1", "::1"])
def sockets(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, list[socket.socket]]]:
    """A server and three clients."""
    address = request.param
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        made = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(4)]
        for one in made:
            one.bind((address, 0))
            one.settimeout(2)
    except OSError:
        pytest.skip(f"no {address}")
    yield made[0], made[1:]
    for one in made:
        one.close()


Sockets = tuple[socket.socket, list[socket.socket]]


def sent(sockets: Sockets, *datagrams: bytes) -> Batch:
    server, clients = sockets
    batch = Batch(server, TAG)
    for index, datagram in enumerate(datagrams):
        clients[index % len(clients)].sendto(datagram, server.getsockname())
    return batch


def test_requests_come_as_they_were_sent_and_as_keys(sockets: Sockets) -> None:
    datagrams = [b"idfirst", b"IDsecond question", b"xythird"]
    batch = sent(sockets, *datagrams)
    sizes = batch.receive()
    assert [batch.request(index, size) for index, size in enumerate(sizes)] == datagrams
    for index, size in enumerate(sizes):
        start = batch.starts[index]
        assert batch.octets[start : start + size] == bytes([TAG]) + datagrams[index][2:]


def test_nothing_there_is_an_empty_batch(sockets: Sockets) -> None:
    assert Batch(sockets[0]).receive() == []


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_datagrams_shorter_than_an_id_come_as_they_are(sockets: Sockets, length: int) -> None:
    batch = sent(sockets, b"long question", b"abc"[:length])
    sizes = batch.receive()
    assert batch.request(1, sizes[1]) == b"abc"[:length]


def test_a_datagram_over_the_limit_is_cut(sockets: Sockets) -> None:
    batch = sent(sockets, bytes(LONGEST + 500))
    (size,) = batch.receive()
    assert len(batch.request(0, size)) == LONGEST + 1


def test_peers_and_sources(sockets: Sockets) -> None:
    batch = sent(sockets, b"a question", b"another one")
    batch.receive()
    for index in range(2):
        assert batch.peer(index) == sockets[1][index].getsockname()[:2]
        family = sockets[0].family
        assert batch.source(index) == socket.inet_pton(family, sockets[1][index].getsockname()[0])


def test_each_reply_goes_to_its_client_under_its_id(sockets: Sockets) -> None:
    batch = sent(sockets, b"01first", b"23second", b"45third")
    batch.receive()
    batch.reply(2, b" to the third")
    batch.reply(0, b" to the first")
    assert batch.send() == 2
    assert sockets[1][2].recv(99) == b"45 to the third"
    assert sockets[1][0].recv(99) == b"01 to the first"


def test_the_question_is_echoed_as_it_was_spelled(sockets: Sockets) -> None:
    batch = sent(sockets, b"idHEADER-10-wWw-and-options")
    batch.receive()
    batch.reply_echoing(0, b"header-TENwww-answer", 3)
    batch.send()
    assert sockets[1][0].recv(99) == b"idheader-TENwWw-answer"


def test_a_batch_leaves_nothing_for_the_next(sockets: Sockets) -> None:
    """Names moved and parts added for one batch are back in place for the next."""
    server, clients = sockets
    batch = sent(sockets, b"01HEADER-10-q", b"23HEADER-10-q", b"45HEADER-10-q")
    batch.receive()
    batch.reply_echoing(2, b"HEADER-10-x-tail", 1)
    batch.send()
    clients[2].recv(99)
    for index in (1, 0):
        clients[index].sendto(b"67again", server.getsockname())
    batch.receive()
    batch.reply(0, b"one")
    batch.reply(1, b"two")
    assert batch.send() == 2
    assert clients[1].recv(99) == b"67one"
    assert clients[0].recv(99) == b"67two"


def test_more_than_a_batch_takes_several_turns(sockets: Sockets) -> None:
    batch = sent(sockets, *[b"%04d" % number for number in range(BATCH + 10)])
    assert len(batch.receive()) == BATCH
    assert len(batch.receive()) == 10


def test_the_error_of_one_reply_keeps_no_other_back(sockets: Sockets) -> None:
    """A datagram from port 0 cannot be answered; the one behind it is."""
    batch = sent(sockets, b"01first", b"23second")
    batch.receive()
    batch._names[2:4] = b"\0\0"  # the first client's port
    batch.reply(0, b"lost")
    batch.reply(1, b"found")
    assert batch.send() == 1
    assert sockets[1][1].recv(99) == b"23found"


def test_octets_to_be_sent_live_until_they_are(sockets: Sockets) -> None:
    batch = sent(sockets, b"01first")
    batch.receive()
    batch.reply(0, b"".join([b"made", b" for", b" this"]))
    batch.send()
    assert sockets[1][0].recv(99) == b"01made for this"
