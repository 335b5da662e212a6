# SPDX-License-Identifier: ISC
"""Whatever peers send, the process goes on answering, gives everything back and holds its memory.

Floods are sent in bursts with a question of our own after each: its answer says that the burst was read.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice

import dns.message
import pytest

from tests.fuzz.mutate import corpus, mutate
from tests.live.asking import ask, drain, question, rcode, udp, wait_until
from tests.live.serving import Serving

BURST = 100  # datagrams that fit into any receive buffer
RSS_SLACK = 8 << 20  # the cache may grow to its 4 MiB, the rest is the allocator's; measured: 2 MiB


@contextmanager
def unharmed(resolver: Serving) -> Iterator[None]:
    """What holds after every attack: it answers, descriptors are back, nothing crashed."""
    assert rcode(ask(resolver.port, "www.host.net0")) == "NOERROR"
    wait_until(lambda: resolver.statistics("in_flight") == 0, "no question is left over from the start")
    before = resolver.descriptors()
    yield
    assert resolver.is_running
    assert rcode(ask(resolver.port, "www.host.net0")) == "NOERROR"
    assert rcode(ask(resolver.port, "mail.alder.shop0")) == "NOERROR"
    wait_until(lambda: resolver.descriptors() <= before, "all sockets were given back")
    wait_until(lambda: resolver.statistics("in_flight") == 0, "nobody waits any more")
    assert resolver.statistics("crashes") == 0
    assert "Traceback" not in resolver.log()
    assert resolver.stop() == 0


def flood(port: int, datagrams: Iterable[bytes]) -> None:
    """Send them all, no faster than they are read."""
    left = iter(datagrams)
    with udp(port) as attacker:
        while burst := list(islice(left, BURST)):
            attacker.setblocking(True)
            for datagram in burst:
                attacker.send(datagram)
            assert rcode(ask(port, "www.host.net0")) == "NOERROR"
            drain(attacker)


def mutated(count: int, rng: random.Random) -> Iterator[bytes]:
    """Broken forms of valid messages, as `make fuzz` makes them, with more questions among them than responses."""
    seeds = corpus()
    questions = [question(name, rtype) for name, rtype in QUESTIONS] + seeds[:3]
    for _ in range(count):
        data = bytearray(rng.choice(questions if rng.random() < 0.5 else seeds))
        for _ in range(rng.choice((1, 1, 2, 6))):
            mutate(rng, data, rng.choice(seeds))
        yield bytes(data[:1400])


QUESTIONS = [("www.alder.shop0", "A"), ("cdn.alder.shop0", "AAAA"), ("x.old.alder.shop0", "MX"), (".", "NS")]


def test_a_thousand_random_datagrams(resolver: Serving) -> None:
    rng = random.Random(1)
    with unharmed(resolver):
        flood(resolver.port, (rng.randbytes(rng.randrange(1, 600)) for _ in range(1000)))


def test_a_hundred_thousand_mutated_datagrams_leave_memory_flat(resolver: Serving) -> None:
    """After the first fifth, four more of them change next to nothing."""
    rng = random.Random(2)
    with unharmed(resolver):
        flood(resolver.port, mutated(20_000, rng))
        filled = resolver.rss_bytes()
        flood(resolver.port, mutated(80_000, rng))
        assert resolver.rss_bytes() - filled < RSS_SLACK


def test_tcp_clients_that_send_a_byte_a_second_are_cut_off(resolver: Serving) -> None:
    """`server.tcp.partial_timeout`: a message that has begun must be whole after 3 s. Others are served meanwhile."""
    message = len(question("www.host.net0")).to_bytes(2, "big") + question("www.host.net0")
    with unharmed(resolver), ExitStack() as closing:
        clients = [
            closing.enter_context(socket.create_connection(("127.0.0.1", resolver.port))) for _ in range(20)
        ]
        for sent in range(10):
            for client in clients:
                client.settimeout(0.0)
                client.send(message[sent : sent + 1])
            assert rcode(ask(resolver.port, "www.host.net0")) == "NOERROR"
            clients[0].settimeout(1.0)
            if not _is_open(clients[0]):
                break
        else:
            pytest.fail("it still listens after 10 s")
        wait_until(lambda: not any(_is_open(client) for client in clients), "all of them are cut off")


def _is_open(client: socket.socket) -> bool:
    try:
        return client.recv(1) != b""
    except (TimeoutError, BlockingIOError):
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize(
    "stream",
    [
        lambda rng: rng.randbytes(5000),
        lambda rng: b"\x00\x00" * 1000,
        lambda rng: b"\xff\xff" + rng.randbytes(65535),
        lambda rng: b"".join(len(m).to_bytes(2, "big") + m for m in mutated(300, rng)),
    ],
    ids=["noise", "empty messages", "largest message", "mutated messages"],
)
def test_nonsense_over_tcp(resolver: Serving, stream: Callable[[random.Random], bytes]) -> None:
    at = ("127.0.0.1", resolver.port)
    with unharmed(resolver), socket.create_connection(at) as client, suppress(ConnectionError, TimeoutError):
        client.settimeout(5)
        client.sendall(stream(random.Random(3)))  # it may be cut off while it sends
        client.shutdown(socket.SHUT_WR)
        while client.recv(65535):
            pass


def test_a_thousand_clients_with_one_question_are_one_resolution(resolver: Serving) -> None:
    """Single flight: a zone with one server that takes 0.3 s, its delegation known.

    Where the machine is so busy that a reply is late, the one resolution asks again, three times at most.
    """
    with unharmed(resolver):
        assert rcode(ask(resolver.port, "first.slow.net0")) == "NOERROR"
        upstream = resolver.statistics("upstream.queries")
        with ExitStack() as closing:
            clients = [closing.enter_context(udp(resolver.port)) for _ in range(1000 // BURST)]
            for client in clients:
                for ident in range(BURST):
                    client.send(question("same.slow.net0", ident=ident))
            for client in clients:
                answers = [dns.message.from_wire(client.recv(65535)) for _ in range(BURST)]
                assert {answer.id for answer in answers} == set(range(BURST))
                assert {answer.answer[0][0].address for answer in answers} == {"198.18.9.2"}
        assert 1 <= resolver.statistics("upstream.queries") - upstream <= 3
