# SPDX-License-Identifier: ISC
"""Clients that mean harm, on real sockets, and the one beside them that only wants an answer. They assert nothing."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import NamedTuple

from tests.live.asking import question

PATIENCE_S = 2.0  # a stub's: after that, a question counts as lost


class Storm:
    """So many datagrams a second from a thread of its own, whose answers nobody reads.

    `sent` grows meanwhile; `seconds` is how long it has lasted.
    """

    def __init__(self, port: int, datagrams: Iterator[bytes], per_second: int) -> None:
        self.sent = 0
        self.seconds = 0.0
        self._datagrams = datagrams
        self._per_second = per_second
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Storm:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        begun_at = time.monotonic()
        while not self._end.wait(0.005):
            self.seconds = time.monotonic() - begun_at
            due = int(self.seconds * self._per_second)
            for datagram in itertools.islice(self._datagrams, due - self.sent):
                with contextlib.suppress(OSError):
                    self._socket.send(datagram)
            self.sent = due


def names_of(zone: str, prefix: str = "a") -> Iterator[bytes]:
    """Questions for names of a zone that nobody has asked for, without end."""
    return (question(f"{prefix}{n}.{zone}", ident=n & 0xFFFF) for n in itertools.count())


def patient(port: int, asked: Sequence[str], gap: float) -> list[float | None]:
    """Ask one name every `gap` seconds and wait: the seconds each took, None for those not answered NOERROR."""
    took: list[float | None] = []
    for number, name in enumerate(asked):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", port))
            sock.settimeout(PATIENCE_S)
            begun_at = time.monotonic()
            sock.send(question(name, ident=number & 0xFFFF))
            try:
                good = sock.recv(65535)[3] & 0x0F == 0
            except TimeoutError:
                good = False
            seconds = time.monotonic() - begun_at
            took.append(seconds if good else None)
            time.sleep(max(0.0, gap - seconds))
    return took


def answered_in_turn(port: int, asked: Sequence[str], at_once: int = 64) -> None:
    """Have all these names answered, so many under way at a time; a question that is lost is not asked again."""
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(PATIENCE_S)
        for heard in range(len(asked)):
            while sent < len(asked) and sent - heard < at_once:
                sock.send(question(asked[sent], ident=sent & 0xFFFF))
                sent += 1
            with contextlib.suppress(TimeoutError):
                sock.recv(65535)


def answered(took: Sequence[float | None]) -> float:
    """Percent of them."""
    return 100 * sum(seconds is not None for seconds in took) / len(took)


def percentile_ms(took: Sequence[float | None], share: float) -> float:
    """The time that this share of all stayed below, milliseconds; the unanswered count as waiting on."""
    return 1000 * sorted(PATIENCE_S if s is None else s for s in took)[int(share * (len(took) - 1))]


@contextlib.contextmanager
def connections(port: int, count: int, per_address: int = 250) -> Iterator[list[socket.socket]]:
    """So many TCP connections, of ever other loopback addresses, so that no client has more than its share."""
    with contextlib.ExitStack() as closing:
        made = []
        for number in range(count):
            sock = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            sock.bind((f"127.77.0.{1 + number // per_address}", 0))
            sock.connect(("127.0.0.1", port))
            made.append(sock)
        yield made


class Fates(NamedTuple):
    """What the other side has done with connections: kept them, closed them politely (FIN), or cut them off (RST)."""

    held: int
    closed: int
    reset: int


def fates(sockets: Sequence[socket.socket]) -> Fates:
    """What became of each; data that has come counts as held."""
    held = closed = reset = 0
    for sock in sockets:
        sock.setblocking(False)
        try:
            is_over = sock.recv(1) == b""
        except BlockingIOError:
            held += 1
        except ConnectionError:
            reset += 1
        else:
            closed += is_over
            held += not is_over
        sock.setblocking(True)
    return Fates(held, closed, reset)


def are_open(sockets: Sequence[socket.socket]) -> int:
    """How many of them the other side has not closed."""
    return fates(sockets).held


@contextlib.contextmanager
def dripping(sockets: Sequence[socket.socket], octets: bytes, gap: float) -> Iterator[None]:
    """Have each of them send one octet every `gap` seconds, beginning now, until the end."""
    end = threading.Event()

    def drip() -> None:
        for octet in octets:
            for sock in sockets:
                with contextlib.suppress(OSError):
                    sock.send(bytes((octet,)))
            if end.wait(gap):
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def framed(message: bytes) -> bytes:
    """A message as TCP carries it."""
    return len(message).to_bytes(2, "big") + message


def ask_over_tcp(port: int, name: str) -> float:
    """Connect, ask and hear the answer: the seconds it took. Raises OSError when there was none."""
    begun_at = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as sock:
        sock.sendall(framed(question(name)))
        with sock.makefile("rb") as stream:
            size = int.from_bytes(stream.read(2), "big")
            if len(stream.read(size)) != size or not size:
                raise ConnectionError("cut off")
    return time.monotonic() - begun_at


def seconds_until(holds: Callable[[], bool], patience: float) -> float:
    """Look every 20 ms until it holds; the seconds it took, or `patience`."""
    begun_at = time.monotonic()
    while not holds() and time.monotonic() - begun_at < patience:
        time.sleep(0.02)
    return time.monotonic() - begun_at
