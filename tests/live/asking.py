# SPDX-License-Identifier: ISC
"""Questions as octets on real sockets, and waiting for real processes. What comes back is for the tests to judge."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode

from tests.live.serving import PATIENCE


def question(name: str, rtype: str = "A", *, ident: int = 0) -> bytes:
    """A query with RD and EDNS."""
    message = dns.message.make_query(name, rtype, use_edns=0, id=ident)
    return message.to_wire()


@contextlib.contextmanager
def udp(port: int) -> Iterator[socket.socket]:
    """A socket that speaks to the resolver and gives up in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(PATIENCE)
        yield sock


def ask(port: int, name: str, rtype: str = "A") -> dns.message.Message:
    """Ask over UDP, and again if the datagram was lost in a flood; AssertionError when nobody answers."""
    with udp(port) as sock:
        sock.settimeout(PATIENCE / 4)
        for _ in range(4):
            sock.send(question(name, rtype, ident=4711))
            with contextlib.suppress(TimeoutError):
                return dns.message.from_wire(sock.recv(65535))
    raise AssertionError(f"no answer for {name}")


def rcode(message: dns.message.Message) -> str:
    """The response code as text."""
    return dns.rcode.to_text(message.rcode())


def drain(sock: socket.socket) -> list[bytes]:
    """Everything that has arrived by now."""
    sock.setblocking(False)
    arrived = []
    with contextlib.suppress(BlockingIOError):
        while True:
            arrived.append(sock.recv(65535))
    return arrived


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again: another process gives no other sign of what goes on in it."""
    give_up_at = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up_at, f"it never came true that {what}"
        time.sleep(0.05)
