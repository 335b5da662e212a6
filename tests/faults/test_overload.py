# SPDX-License-Identifier: ISC
"""Rows O01-O09 and O16-O20: more than we can do, on real sockets, and what the others notice of it.

The numbers are the matrix's. Where a number is a rate, the storm is shorter than the matrix's minute; the test says so.
Rows about time are for a core of our own: while others keep the machine busy they are skipped, not passed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from resolver.cli.control_client import ControlClient
from resolver.engine.ports import Transport
from tests.faults.assertions import Row
from tests.faults.broken import RIGHT, TLD, ZONE, Zone, names, warmed
from tests.faults.modes import request
from tests.faults.modes_live import LiveSession, live
from tests.faults.modes_scenario import scenario
from tests.faults.storms import (
    Storm,
    answered,
    are_open,
    ask_over_tcp,
    connections,
    framed,
    names_of,
    patient,
    percentile_ms,
    seconds_until,
)
from tests.faults.world import World, honest, late, packets, silent
from tests.faults.world_answers import denial
from tests.live.asking import ask, drain, question, udp, wait_until
from tests.live.serving import PATIENCE, Serving

pytestmark = pytest.mark.live
BUSY = 10.0  # percent of the last ten seconds in which something had to wait for a processor

UNCACHED = [f"l{n}.pz." for n in range(400)]
CACHED = [f"c{n}.pz." for n in range(20)]


@pytest.fixture
def quiet() -> None:
    """Skip while the machine does something else; where the system does not say (PSI), take it for quiet."""
    pressure = Path("/proc/pressure/cpu")
    if seconds_until(lambda: not pressure.exists() or waiting_for_cpu(pressure) <= BUSY, 15) >= 15:
        pytest.skip(
            f"something waits for a processor {waiting_for_cpu(pressure)} % of the time: run this row alone"
        )


def waiting_for_cpu(pressure: Path) -> float:
    """Percent of the last ten seconds in which something had to wait for a processor."""
    return float(pressure.read_text("ascii").split()[1].removeprefix("avg10="))


def beside(
    session: LiveSession, storm: Storm, seconds: float
) -> tuple[list[float | None], list[float | None]]:
    """While the storm goes on: uncached names of others at 40 a second, and cached ones between them."""
    port = session.serving.port
    uncached: list[float | None] = []
    cached: list[float | None] = []
    with storm:
        until = time.monotonic() + seconds
        for number in range(len(UNCACHED)):
            uncached += patient(port, UNCACHED[number : number + 1], 0.012)
            cached += patient(port, [CACHED[number % len(CACHED)]], 0.012)
            if time.monotonic() >= until:
                break
    return uncached, cached


@pytest.mark.usefixtures("quiet")
def test_O01_water_torture_1000_a_second_on_a_silent_zone(row: Row) -> None:
    """Ten seconds of the matrix's sixty: the rates are the row's."""
    zone = Zone(2)
    with live(zone.world) as session:
        warmed(session, *CACHED, "www.z.pz.")
        zone.change(silent)
        storm = Storm(session.serving.port, names_of(ZONE), 1000)
        uncached, cached = beside(session, storm, 10)
        row.at_least("% of uncached answered", answered(uncached), 99.5)
        row.at_most("ms p95 uncached", percentile_ms(uncached, 0.95), 50)
        row.at_most("ms p99 cached", percentile_ms(cached, 0.99), 10)


def test_O02_upstream_queries_of_water_torture(row: Row) -> None:
    """The whole minute, under the virtual clock; clients of loopback, which no bound on one client holds back."""
    zone = Zone(2)
    with scenario(zone.world) as session:
        warmed(session, "www.z.pz.")
        zone.change(silent)
        for number in range(60_000):
            session.begin(request(f"a{number}.z.pz."), transport=Transport.UDP)
            session.pass_time(0.001)
        session.settle()
        row.at_most("upstream per attack query", zone.sent_to(zone.servers) / 60_000, 0.10)


@pytest.mark.usefixtures("quiet")
def test_O03_2000_names_a_second_that_do_not_exist(row: Row) -> None:
    zone = Zone(2).change(lambda asked: packets(denial(asked, ZONE)))
    with live(zone.world) as session:
        warmed(session, *CACHED)
        uncached, _ = beside(session, Storm(session.serving.port, names_of(ZONE), 2000), 5)
        row.at_least("% of uncached answered", answered(uncached), 99.5)


def test_O03_names_below_one_that_does_not_exist(row: Row) -> None:
    zone = Zone(2).change(lambda asked: packets(denial(asked, ZONE)))
    with live(zone.world) as session:
        warmed(session)
        assert session.ask("gone.z.pz.").rcode == "NXDOMAIN"
        zone.world.clear()
        told = [session.ask(f"n{n}.gone.z.pz.") for n in range(20)]
        assert {one.rcode for one in told} == {"NXDOMAIN"}
        row.exactly("upstream of 20", len(zone.world.log), 0)


def test_O04_10000_idle_connections(row: Row) -> None:
    """As many as the limit on open files leaves room for on both sides, 10,000 where it can."""
    zone = Zone(1)
    settings = {"server.tcp.idle_timeout": "60s"}  # they are made one by one; the row is about holding them
    with live(zone.world, settings) as session:
        warmed(session, *CACHED)
        port, serving = session.serving.port, session.serving
        before = serving.rss_bytes()
        with connections(port, 10_000) as idle:
            took = patient(port, CACHED * 5, 0.001)
            over_tcp = sorted(ask_over_tcp(port, "c1.pz.") for _ in range(20))
            row.at_most("MB of RSS", (serving.rss_bytes() - before) / 1e6, 150)
            row.at_least("held, or shed politely", are_open(idle), 8000)
        row.exactly("% over UDP", answered(took), 100)
        row.at_most("ms for a new connection", 1000 * over_tcp[10], 100)


def test_O05_1500_slow_senders(row: Row) -> None:
    zone = Zone(1)
    with live(zone.world) as session:
        warmed(session, *CACHED)
        port = session.serving.port
        with connections(port, 1500) as slow:
            for octet in framed(question("c1.pz."))[:3]:
                for sock in slow:
                    with contextlib.suppress(OSError):
                        sock.send(bytes((octet,)))
                time.sleep(0.5)
            took = [ask_over_tcp(port, "c1.pz.") for _ in range(10)]
        row.exactly("new connections served of 10", len(took), 10)
        row.at_most("s for the slowest", max(took), 1)


def test_O06_half_a_message(row: Row) -> None:
    with live(Zone(1).world) as session:
        warmed(session, *CACHED)
        with connections(session.serving.port, 1) as (half,):
            half.send(framed(question("c1.pz."))[:20])
            row.at_most("s until it is closed", seconds_until(lambda: not are_open([half]), 5), 3)


def test_O07_a_client_that_never_reads(row: Row) -> None:
    """A thousand questions for 60 KB each, over one connection; what is unread is bounded and so is the time."""
    text = "big TXT " + " ".join(['"' + "x" * 250 + '"'] * 200) + "\n"
    zone = Zone(1, text=text)
    with live(zone.world, arguments=("--http", "127.0.0.1:0")) as session:
        warmed(session, *CACHED, "ns0.z.pz.")
        port, serving = session.serving.port, session.serving
        assert session.ask("big.z.pz.", "TXT").message is not None
        before = serving.rss_bytes()
        with connections(port, 1) as (deaf,):
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.settimeout(1)
            begun_at = time.monotonic()
            with contextlib.suppress(OSError):
                for ident in range(1000):
                    deaf.send(framed(question("big.z.pz.", "TXT", ident=ident)))
            took = patient(port, CACHED * 3, 0.01)
            row.exactly("% of others answered", answered(took), 100)
            # What the kernel holds is its own.
            row.at_most("KiB of RSS for it", (serving.rss_bytes() - before) / 1024, 256)
            held_s = seconds_until(lambda: metrics(serving)["resolver_tcp_connections"] == 0, 15)
            row.at_most("s until it is cut off", time.monotonic() - begun_at if held_s else 0.0, 10)


def metrics(serving: Serving) -> dict[str, float]:
    """What `/metrics` says, by name and labels."""
    base = ControlClient(serving.control).get("/api/v1/status")["http"]
    with urllib.request.urlopen(base + "metrics", timeout=PATIENCE) as reply:
        lines = reply.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


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


def processor_s(pid: int) -> float:
    """The seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.usefixtures("quiet")
def test_O16_lag_of_the_event_loop_under_load(row: Row) -> None:
    """Misses and hits by turns at 1000 a second for ten seconds: the least share of readings up to 20 ms is 99.9 %."""
    zone = Zone(2)
    with live(zone.world, arguments=("--http", "127.0.0.1:0")) as session:
        warmed(session, *CACHED, "www.z.pz.")
        mixed = itertools.chain.from_iterable(
            zip(names_of(ZONE), itertools.cycle(map(question, CACHED)), strict=False)
        )
        before = _lag(session.serving)
        with Storm(session.serving.port, mixed, 1000):
            time.sleep(10)
        after = _lag(session.serving)
    count = after["+Inf"] - before["+Inf"]
    row.at_least("% of readings up to 20 ms", 100 * (after["0.02"] - before["0.02"]) / count, 99.9)
    row.exactly("readings above 100 ms", count - (after["0.1"] - before["0.1"]), 0)


def _lag(serving: Serving) -> dict[str, float]:
    start = 'resolver_event_loop_lag_seconds_bucket{le="'
    return {key[len(start) : -2]: value for key, value in metrics(serving).items() if key.startswith(start)}


def forty_silent_zones() -> World:
    """So that the share of one zone is not what bounds the questions."""
    zone, dead = Zone(1), [f"127.66.20.{n + 1}" for n in range(40)]
    cuts = "".join(f"q{n} NS ns.q{n}\nns.q{n} A {address}\n" for n, address in enumerate(dead))
    zone.world.zone("pz.", TLD, text=f"warm A {RIGHT}\nq A {RIGHT}\n" + cuts)
    for n, address in enumerate(dead):
        behave = honest(f"q{n}.pz.", "warm A 192.0.2.9\n")
        zone.world.zone(
            f"q{n}.pz.",
            address,
            lambda asked, well=behave: well(asked) if b"warm" in asked.name else silent(asked),
        )
    return zone.world


def test_O18_pending_recursions_are_bounded(row: Row) -> None:
    """20,000 at one instant of the virtual clock: every one past the bound is refused before it costs anything."""
    with scenario(forty_silent_zones()) as session:
        warmed(session, *(f"warm.q{n}.pz." for n in range(40)))
        session.virtual.max_jobs = 1 << 20  # each client is a job here
        told = [session.begin(request(f"a{n}.q{n % 40}.pz.")) for n in range(20_000)]
        row.exactly("questions in flight", session.resolver.under_way, 4096)
        row.exactly(
            "refused at once", sum(bool(one) and one[0].rcode == "SERVFAIL" for one in told), 20_000 - 4096
        )


def test_O18_memory_of_pending_recursions(row: Row) -> None:
    """A tenth of them, as fast as they are read."""
    with live(forty_silent_zones()) as session:
        warmed(session)
        serving = session.serving
        before = serving.rss_bytes()
        with udp(serving.port) as client:
            for number in range(10_000):
                client.send(question(f"a{number}.q{number % 40}.pz."))
                if number % 100 == 99:
                    drain(client)
                    client.setblocking(True)
        row.at_most("questions in flight", serving.statistics("in_flight"), 4096)
        row.at_most("MB of RSS", (serving.rss_bytes() - before) / 1e6, 200)
        assert session.ask("warm.pz.").rcode == "NOERROR"
        wait_until(lambda: serving.statistics("in_flight") == 0, "nobody waits any more")


def test_O19_100000_bad_packets(row: Row) -> None:
    with live(Zone(1).world, {"log.level": "debug"}) as session:
        warmed(session, *CACHED)
        serving = session.serving
        lines = serving.log().count("\n")
        with udp(serving.port) as client:
            for number in range(1000):
                for _ in range(100):
                    client.send(b"\x00\x01\x02\x03\x04")
                ask(serving.port, CACHED[number % 20])  # its answer says that the burst was read
        row.at_most("lines", serving.log().count("\n") - lines, 300)
        row.exactly("counted", serving.statistics("dropped"), 100_000)


def test_O20_a_stranger(row: Row) -> None:
    with live(Zone(1).world, {"server.allow": '["192.0.2.0/24"]'}) as session:
        octets = question("www.z.pz.")
        plain = request("www.z.pz.", edns=False)
        told = session.ask_all([plain])[0]
        row.exactly("upstream queries", len(session.world.log), 0)
        row.at_most("bytes more than the question", told.size - len(plain), 0)
        assert told.rcode == "REFUSED"
        with_edns = session.ask_all([octets])[0]
        assert (with_edns.rcode, with_edns.errors) == ("REFUSED", [18])
