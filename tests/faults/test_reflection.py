# SPDX-License-Identifier: ISC
"""Row A19 with response rate limiting: what a flood in the name of others brings upon them, and who is served yet.

The victim is a network whose hosts the flood pretends to be. Clients on loopback are exempt, so the live half has a
network of its own, where nothing but the loopback interface exists and other addresses are on it.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import dns.message
import dns.query
import pytest

from resolver.engine.ports import Transport
from tests.faults.assertions import Row
from tests.faults.modes import Told, request
from tests.faults.modes_compare.running import enter_namespace, hindrance
from tests.faults.modes_live import LiveSession, live
from tests.faults.modes_scenario import scenario
from tests.faults.test_amplification import basis, warmed

ALIKE, ALL = 20, 50  # replies a second
RATES = {
    "admission.responses_per_second": str(ALIKE),
    "admission.responses_per_network": str(ALL),
    "server.allow": '["127.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24"]',
}
NAMES = 300
TEXT = "\n".join(f'big{name} TXT "{0:0240}" "{1:0240}" "{2:0240}" "{3:0240}"' for name in range(NAMES))
FACTOR = 45  # the row's own number: octets out for octets in
BACK = 5300


def flood(names: int) -> list[bytes]:
    """Questions whose answers are twenty times as long."""
    return [request(f"big{n}.target.pz.", "TXT", ident=n) for n in range(names)]


def within_bounds(row: Row, asked: list[bytes], came: list[int], seconds: float, *, names: int) -> None:
    """What went to the victims: replies of any kind, of those the answers, and octets for octets."""
    short = max(map(len, asked))
    answers = [size for size in came if size > short]
    row.at_most("replies to the network", len(came), ALL * (seconds + 1))
    if names == 1:
        row.at_most("alike answers to the network", len(answers), ALIKE * (seconds + 1))
        row.at_most("octets out for octets in", sum(came) / sum(map(len, asked)), 1)
    row.at_most("times", sum(came) / sum(map(len, asked)), FACTOR)
    assert answers, "nobody was answered at all"
    assert max(came) <= 1232


@pytest.mark.parametrize("names", [1, NAMES])
def test_A19_a_flood_in_the_name_of_a_network(names: int, row: Row) -> None:
    """10 s at 1000 a second, from every host of a /24 in turn; its neighbours ask twice a second."""
    questions = flood(names)
    with scenario(basis(target=TEXT), RATES) as session:
        warmed(session)
        for octets in questions:
            session.ask_all([octets])
        asked: list[bytes] = []
        told: list[list[Told]] = []
        neighbours: list[list[Told]] = []
        for n in range(10_000):
            asked.append(questions[n % names])
            told.append(session.begin(asked[-1], address=f"192.0.2.{n % 256}"))
            if n % 500 == 0:
                neighbours.append(session.begin(questions[0], address="198.51.100.7"))
            session.pass_time(0.001)
        came = [one.size for (one,) in told if one.message is not None]
        within_bounds(row, asked, came, 10.0, names=names)
        assert all(not one.truncated and one.data for (one,) in neighbours)
        assert len(session.begin(questions[0], address="192.0.2.9", transport=Transport.TCP)[0].data) == 1


def test_A19_reflection_without_limits_is_what_it_is(row: Row) -> None:
    """The same with none: the test above can fail."""
    questions = flood(1)
    with scenario(basis(target=TEXT), {"server.allow": RATES["server.allow"]}) as session:
        warmed(session)
        session.ask_all(questions)
        sizes = [session.begin(questions[0], address="192.0.2.1")[0].size for _ in range(500)]
        row.at_most("times", sum(sizes) / len(sizes) / len(questions[0]), FACTOR)
        assert min(sizes) > 20 * len(questions[0])


def in_a_network_of_its_own(play: Callable[[], None]) -> None:
    """Run `play` in a thread that has one, with the addresses of two networks on its loopback interface."""

    def there() -> None:
        enter_namespace()
        for network in ("192.0.2.1/24", "198.51.100.1/24"):
            subprocess.run(["ip", "address", "add", network, "dev", "lo"], check=True)
        play()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(there).result()


@pytest.mark.live
@pytest.mark.parametrize("names", [1, NAMES])
def test_A19_a_flood_in_the_name_of_a_network_on_sockets(names: int, row: Row) -> None:
    """Once with one question and once with many, most of them answered from images in batches."""
    reason = hindrance()
    if reason:
        pytest.skip(reason[0])

    def play() -> None:
        with live(basis(target=TEXT), RATES, arguments=("--listen", f"192.0.2.1:{BACK}")) as session:
            _flood_on_sockets(warmed_too(session, names), names, row)

    in_a_network_of_its_own(play)


def warmed_too(session: LiveSession, names: int) -> LiveSession:
    """Everything asked is in the cache, and in images too."""
    warmed(session)
    for _ in range(2):
        session.ask_all(flood(names))
    return session


def _flood_on_sockets(session: LiveSession, names: int, row: Row) -> None:
    questions, asked, came = flood(names), [], []
    with contextlib.ExitStack() as stack:
        victims = [stack.enter_context(_at(f"192.0.2.{host}")) for host in range(10, 30)]
        neighbour = stack.enter_context(_at("198.51.100.7"))
        began = time.monotonic()
        for n in range(5000):
            asked.append(questions[n % names])
            victims[n % len(victims)].send(asked[-1])
            if n % 500 == 0:
                neighbour.send(questions[0])
            if n % 50 == 0:
                came += [size for victim in victims for size in _arrived(victim)]
                time.sleep(0.01)
        time.sleep(0.5)
        came += [size for victim in victims for size in _arrived(victim)]
        served = list(_arrived(neighbour))
        seconds = time.monotonic() - began
    within_bounds(row, asked, came, seconds, names=names)
    row.at_least("answers to others of 10", sum(size > 800 for size in served), 10)
    query = dns.message.from_wire(questions[0])
    over_tcp = dns.query.tcp(query, "192.0.2.1", port=BACK, source="192.0.2.10", timeout=9)
    assert over_tcp.answer


@contextlib.contextmanager
def _at(address: str) -> Iterator[socket.socket]:
    """A client at that address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        sock.connect(("192.0.2.1", BACK))
        sock.setblocking(False)
        yield sock


def _arrived(sock: socket.socket) -> Iterator[int]:
    """The sizes of all that is there."""
    with contextlib.suppress(BlockingIOError):
        while True:
            yield len(sock.recv(65535))
