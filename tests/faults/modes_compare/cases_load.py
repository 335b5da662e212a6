# SPDX-License-Identifier: ISC
"""Many clients at once, and clients that mean harm: rows F03, O02, O04-O06 and O09 (security.md 5.5)."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence

from tests.faults import storms
from tests.faults import test_forgery as forgery
from tests.faults.broken import ZONE, Zone, is_right, names, warmed
from tests.faults.modes import Mode, request
from tests.faults.modes_compare.case import (
    Case,
    Found,
    Variant,
    case,
    good,
    packets,
    percent,
    seconds,
)
from tests.faults.modes_compare.peers import PORT
from tests.faults.test_amplification import warmed as names_warmed
from tests.faults.world import late, silent
from tests.live.asking import question

KEPT = "kept.z.pz."
CONNECTIONS = 1500
CONNECT_S = 0.25  # for one connection, once they are no longer taken
TORTURE_S = 12.0


def together(mode: Mode) -> Found:
    """A thousand clients ask for one name whose server takes 300 ms."""
    world = forgery.answering(late(forgery.answering().behaviour("target.pz."), 0.3))
    with mode(world) as session:
        names_warmed(session)
        told = session.ask_all([request("same.target.pz.", ident=n) for n in range(1000)])
        return Found((sum(t.data == [forgery.TRUE] for t in told), len(session.world.log)))


def torture(mode: Mode) -> Found:
    """Random names of a silent zone, 1000 a second; what each costs, and how others fare beside it."""
    zone = Zone(2)
    with mode(zone.world) as session:
        warmed(session, "www.z.pz.")
        zone.change(silent)
        with storms.Storm(PORT, storms.names_of(ZONE), 1000) as storm:
            others = storms.patient(PORT, [f"l{n}.pz." for n in range(int(TORTURE_S / 0.05))], 0.05)
        session.settle()
        return Found((zone.sent_to(zone.servers) / storm.sent, storms.answered(others)))


def connected(count: int, closing: contextlib.ExitStack) -> list[socket.socket]:
    """Up to so many connections, of ever other addresses, until one is not taken."""
    made: list[socket.socket] = []
    for number in range(count):
        sock = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        sock.bind((f"127.77.0.{1 + number // 250}", 0))
        sock.settimeout(CONNECT_S)
        try:
            sock.connect(("127.0.0.1", PORT))
        except OSError:
            break
        made.append(sock)
    return made


def _newcomers() -> int:
    """Of ten that come over TCP now, how many are answered within two seconds."""
    served = 0
    for _ in range(10):
        with contextlib.suppress(OSError):
            storms.ask_over_tcp(PORT, KEPT)
            served += 1
    return served


def idle(mode: Mode) -> Found:
    """Connections on which nothing is said."""
    with mode(Zone(1).world) as session, contextlib.ExitStack() as closing:
        warmed(session, KEPT)
        made = connected(CONNECTIONS, closing)
        return Found((_newcomers(), storms.are_open(made)), f"{len(made)} taken")


def slow_senders(mode: Mode) -> Found:
    """Connections on which a question comes an octet at a time."""
    with mode(Zone(1).world) as session, contextlib.ExitStack() as closing:
        warmed(session, KEPT)
        made = connected(CONNECTIONS, closing)
        for octet in storms.framed(question(KEPT))[:3]:
            _send(made, bytes((octet,)))
            time.sleep(0.5)
        return Found((_newcomers(),), f"{len(made)} taken")


def _send(made: Sequence[socket.socket], octets: bytes) -> None:
    for sock in made:
        with contextlib.suppress(OSError):
            sock.send(octets)


def half_a_message(mode: Mode) -> Found:
    """How long a connection lives on which the first half of a question came."""
    with mode(Zone(1).world) as session, contextlib.ExitStack() as closing:
        warmed(session, KEPT)
        (half,) = connected(1, closing)
        half.send(storms.framed(question(KEPT))[:20])
        lived = storms.seconds_until(lambda: not storms.are_open([half]), 32)
        return Found((lived,))


def few_files(mode: Mode) -> Found:
    """Five hundred names at once with 64 open files; and whether it answers a second later."""
    zone = Zone(2)
    with mode(zone.world) as session:
        warmed(session, "www.z.pz.")
        told = session.ask_all([request(name) for name in names(500)])
        session.pass_time(1)
        after = sum(is_right(session.ask(name)) for name in names(5, "after"))
        return Found((sum(map(is_right, told)), after))


CASES: tuple[Case, ...] = (
    case(
        "F03",
        "1000 clients, one name, 300 ms",
        (good(1000, 1000, "answered of 1000", "1000 clients ask for the same name at once"), packets(1)),
        together,
        busy=True,
    ),
    case(
        "O02",
        "water torture, 1000 names a second, silent zone",
        (
            packets(0.1, "packets an attack query", "random names of a silent zone, 1000 a second"),
            percent(99.5, "% of others answered (O01)"),
        ),
        torture,
        busy=True,
    ),
    case(
        "O04",
        f"{CONNECTIONS} idle TCP connections",
        (
            good(10, 10, "newcomers served of 10", f"{CONNECTIONS:,} idle TCP connections"),
            good(None, CONNECTIONS, "connections held"),
        ),
        idle,
    ),
    case(
        "O05",
        f"{CONNECTIONS} slow senders",
        good(10, 10, "newcomers served of 10"),
        slow_senders,
    ),
    case("O06", "half a message", seconds(3, "s until it is closed"), half_a_message),
    case(
        "O09",
        "64 open files, 500 names at once",
        (good(40, 500, "right of 500"), good(5, 5, "right of 5 a second later")),
        few_files,
        variant=Variant.FEW_FILES,
    ),
)
