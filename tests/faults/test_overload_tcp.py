# SPDX-License-Identifier: ISC
"""Rows O04-O09: connections and files as what an attacker uses up, on real sockets. The numbers are the matrix's."""

from __future__ import annotations

import contextlib
import resource
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.faults.assertions import Row
from tests.faults.broken import RIGHT, Zone, names, warmed
from tests.faults.modes import request
from tests.faults.modes_live import live
from tests.faults.process import processor_s
from tests.faults.storms import (
    answered,
    are_open,
    ask_over_tcp,
    connections,
    dripping,
    fates,
    framed,
    patient,
    percentile_ms,
    seconds_until,
)
from tests.faults.world import late
from tests.live.asking import question

pytestmark = [pytest.mark.live, pytest.mark.timed]

ESTABLISHED = 1  # a state of TCP: the other side has not ended it (linux/tcp_states.h)
CACHED = [f"c{n}.pz." for n in range(20)]


def test_O04_10000_idle_connections(row: Row) -> None:
    count = 10_000
    room_for(count + 200)
    zone = Zone(1)
    settings = {"server.tcp.idle_timeout": "60s"}  # they are made one by one; the row is about holding them
    with live(zone.world, settings) as session:
        warmed(session, *CACHED)
        port, serving = session.serving.port, session.serving
        before = serving.rss_bytes()
        with connections(port, count) as idle:
            took = patient(port, CACHED * 5 + [f"u{n}.pz." for n in range(50)], 0.001)
            over_tcp = [ask_over_tcp(port, "c1.pz.") for _ in range(20)]
            row.at_most("MB of RSS", (serving.rss_bytes() - before) / 1e6, 150)
            fate = fates(idle)
            row.exactly("held, or shed politely", fate.held + fate.closed, count)
            row.at_least(
                "of them held", fate.held, 8000
            )  # above 80 % of the limit the idle are asked to leave
        row.exactly("% over UDP", answered(took), 100)
        row.at_most("ms for the slowest new connection of 20", 1000 * max(over_tcp), 100)


def room_for(files: int) -> None:
    """Let this process open so many files, or skip where the system does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < files:
        pytest.skip(
            f"this process may open {hard} files and needs {files}: raise the hard limit (ulimit -Hn)"
        )
    if 0 <= soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))


def test_O05_1500_slow_senders(row: Row) -> None:
    """An octet a second from each, all the while."""
    with live(Zone(1).world) as session:
        warmed(session, *CACHED)
        port = session.serving.port
        with connections(port, 1500) as slow, dripping(slow, framed(question("c1.pz.")), 1.0):
            took = []
            for _ in range(10):
                time.sleep(0.4)
                with contextlib.suppress(OSError):
                    took.append(ask_over_tcp(port, "c1.pz."))
        row.exactly("new connections served of 10", len(took), 10)
        row.at_most("s for the slowest", max(took), 1)


def test_O06_half_a_message(row: Row) -> None:
    with live(Zone(1).world) as session:
        warmed(session, *CACHED)
        with connections(session.serving.port, 1) as (half,):
            half.send(framed(question("c1.pz."))[:20])
            row.at_most("s until it is closed", seconds_until(lambda: not are_open([half]), 5), 3)


def test_O07_a_client_that_never_reads(row: Row) -> None:
    """A thousand questions for 50 KB each, over one connection; what is unread is bounded and so is the time."""
    text = "big TXT " + " ".join(['"' + "x" * 250 + '"'] * 200) + "\n"
    zone = Zone(1, text=text)
    with live(zone.world) as session:
        warmed(session, *CACHED, "ns0.z.pz.")
        port, serving = session.serving.port, session.serving
        assert session.ask("big.z.pz.", "TXT").message is not None
        before = most = serving.rss_bytes()
        with connections(port, 1) as (deaf,):
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.settimeout(1)
            begun_at = time.monotonic()
            with contextlib.suppress(OSError):
                for ident in range(1000):
                    deaf.send(framed(question("big.z.pz.", "TXT", ident=ident)))
            took = patient(port, CACHED * 3, 0.01)
            row.exactly("% of others answered", answered(took), 100)
            row.at_most("ms p95 of others", percentile_ms(took, 0.95), 10)

            def is_cut() -> bool:
                nonlocal most
                most = max(most, serving.rss_bytes())
                return deaf.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED

            seconds_until(is_cut, 15)
            row.at_most("s until it is cut off", time.monotonic() - begun_at, 10)
            # What the kernel holds is its own.
            row.at_most("KiB of RSS for it", (most - before) / 1024, 256)


def test_O08_102_pipelined_with_a_slow_first(row: Row) -> None:
    zone = Zone(1)
    with live(zone.world) as session:
        warmed(session, *CACHED, "www.z.pz.")
        zone.change(late(zone.honest, 0.3))
        slow = framed(question("slow.z.pz.", ident=0))
        fast = b"".join(framed(question(CACHED[n % 20], ident=n)) for n in range(1, 102))
        with connections(session.serving.port, 1) as (client,), client.makefile("rb") as stream:
            begun_at = time.monotonic()
            client.sendall(slow + fast)
            order, took = [], []
            for _ in range(102):
                message = stream.read(int.from_bytes(stream.read(2), "big"))
                order.append(int.from_bytes(message[:2], "big"))
                took.append(time.monotonic() - begun_at)
        row.exactly("answered", len(set(order)), 102)
        row.exactly("place of the slow one", order.index(0) + 1, 102)
        row.at_most("ms for the fast ones", 1000 * took[100], 50)


def test_O09_64_files_and_500_at_once(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec prlimit --nofile=64:64 {sys.executable} "$@"\n')
    program.chmod(0o755)
    zone = Zone(2)
    monkeypatch.setattr(sys, "executable", str(program))
    with live(zone.world) as session:
        warmed(session, "www.z.pz.")
        cpu, begun_at = processor_s(session.serving.pid), time.monotonic()
        told = session.ask_all([request(name) for name in names(500)])
        busy = (processor_s(session.serving.pid) - cpu) / (time.monotonic() - begun_at)
        row.at_least("of 500 answered right", sum(one.data == [RIGHT] for one in told), 40)
        row.at_most("% CPU", 100 * busy, 80)
        back = [session.ask(name) for name in names(5, "after")]
        row.at_most("s to a normal answer", max(one.seconds for one in back), 1)
        assert {one.rcode for one in back} == {"NOERROR"}
