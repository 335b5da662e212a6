# SPDX-License-Identifier: ISC
"""Runs a peer in front of the authority, on loopback, and takes it through the script. Judging it is `comparing`'s."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.interop.authorities import running, write
from tests.interop.presets.clocks import JumpingClock, RealClock
from tests.interop.presets.peers import ADDRESS, Peer
from tests.interop.presets.script import PARTS, Part, Seen, Step, take
from tests.interop.presets.zone import ADDRESS as AUTHORITY
from tests.interop.presets.zone import Authority
from tests.live.serving import PATIENCE
from tests.ports import free_port

_PREFETCH_S = 0.05  # what a prefetch over loopback takes at most; a late one is counted with the next step


@contextlib.contextmanager
def serving(authority: Authority) -> Iterator[int]:
    """Answer over UDP until the block ends; the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((AUTHORITY, 0))

        def serve() -> None:
            while request := _received(sock):
                sock.sendto(authority(request[0]), request[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = int(sock.getsockname()[1])
        yield port
        sock.sendto(b"", (AUTHORITY, port))  # an empty datagram is the end
        thread.join()


def _received(sock: socket.socket) -> tuple[bytes, tuple[str, int]] | None:
    request, who = sock.recvfrom(4096)
    return (request, who) if request else None


def runs(peer: Peer) -> Iterator[tuple[Part, ...]]:
    """Which parts one process can go through: those that want it configured alike, unless its clock is real."""
    for switched in (False, True):
        parts = tuple(part for part in PARTS if part.switched is switched)
        yield from [parts] if peer.jumps else [(part,) for part in parts]


def theirs(
    peer: Peer, parts: Sequence[Part], program: str, folder: Path, library: Path
) -> Iterator[tuple[Part, Step, Seen]]:
    """What a client of the peer, whose path is `program`, sees in one of its `runs`, as far as its clock goes."""
    folder.mkdir(parents=True)
    authority = Authority()
    clock = JumpingClock(folder, library) if peer.jumps else RealClock()
    port = free_port((ADDRESS,))
    with serving(authority) as upstream:
        config = write(folder, peer.file, peer.config(folder, port, upstream, parts[0].switched))
        command = [program, *peer.command(config)]
        with running(command, folder, ADDRESS, port, clock.environment()), _client(port) as client:

            def ask(question: bytes) -> bytes:
                client.send(question)
                response = client.recv(4096)
                time.sleep(_PREFETCH_S)
                return response

            for at, part, step in clock.timetable(parts):
                clock.wait_until(at)
                yield part, step, take(step, authority, ask)


@contextlib.contextmanager
def _client(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((ADDRESS, port))
        sock.settimeout(PATIENCE)
        yield sock
