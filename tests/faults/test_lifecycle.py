# SPDX-License-Identifier: ISC
"""What the system takes away while the process runs or begins: files, routes, ports, disks, clocks. It answers on.

Each fault has its message: one line that names what, and what to do. security.md E10, E19, E20, D7 and section 8.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.cli.control_client import ControlClient
from resolver.control.accepting import CONNECTIONS
from tests.faults.broken import RIGHT, TLD, Zone, is_right, names, warmed
from tests.faults.modes import request
from tests.faults.modes_live import LiveSession, live
from tests.faults.process import HTTP, metrics, processor_s
from tests.faults.storms import are_open, ask_over_tcp, connections
from tests.live.asking import wait_until
from tests.live.serving import Serving, run
from tests.ports import free_port

pytestmark = pytest.mark.live


def begun_by(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the resolver begun by a line of shell in which `$RUN` stands for it."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\n" + line.replace("$RUN", f'{sys.executable} "$@"') + "\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def goes_on(session: LiveSession, label: str) -> None:
    """Names that nobody has asked for are answered, and nothing has crashed."""
    told = [session.ask(name) for name in names(3, label)]
    assert all(map(is_right, told)), [one.rcode for one in told]
    assert session.serving.statistics("crashes") == 0


def errors_in(serving: Serving, words: str) -> list[str]:
    return [line for line in serving.log().splitlines() if " error " in line.lower() and words in line]


@pytest.fixture(params=[1, 2], ids=["alone", "two workers"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Arguments: as a process that is alone, and as a supervisor with two."""
    return ("--workers", str(request.param))


def answering(serving: Serving) -> list[int]:
    """The processes that answer DNS."""
    status = ControlClient(serving.control).get("/api/v1/status")
    return [worker["pid"] for worker in status.get("workers", {}).values()] or [serving.pid]


@contextlib.contextmanager
def without_files(serving: Serving) -> Iterator[None]:
    """While it lasts, none of its processes may open one more file than it has."""
    before = {}
    for pid in answering(serving):
        taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
        free = next(number for number in itertools.count() if number not in taken)
        before[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[pid][1]))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


NO_FILE = "no file was left for a socket - raise LimitNOFILE"


def test_emfile_while_running_costs_new_questions_alone_and_marks_no_server(workers: tuple[str, ...]) -> None:
    zone = Zone(1)
    with live(zone.world, arguments=workers) as session:
        warmed(session)
        for _ in range(16):  # each from a port of its own: every worker has it
            session.ask("kept.z.pz.")
        with without_files(session.serving):
            told = session.ask("new.z.pz.")
            assert told.rcode == "SERVFAIL"
            assert is_right(session.ask("kept.z.pz."))
        assert zone.world.asked(below="new.z.pz.") == []
        wait_until(lambda: NO_FILE in session.serving.log(), "the log says so")  # a thread writes it
        goes_on(session, "after")


@pytest.mark.parametrize("loop", ["auto", "asyncio"])
def test_emfile_at_accept_does_not_spin(loop: str, workers: tuple[str, ...]) -> None:
    """The kernel says that a connection waits, again and again, and there is no file for it.

    uvloop has a file in reserve with which it takes each and closes it; asyncio's loop lets them wait for a second.
    """
    with live(Zone(1).world, {"server.loop": loop}, arguments=workers) as session:
        warmed(session)
        for _ in range(16):
            session.ask("kept.z.pz.")
        serving = session.serving
        pids, status = answering(serving), ControlClient(serving.control).get("/api/v1/status")
        with without_files(serving), connections(serving.port, 5) as waiting:
            before = sum(map(processor_s, pids))
            session.pass_time(1)
            assert sum(map(processor_s, pids)) - before < 0.5
            assert is_right(session.ask("kept.z.pz."))
            if "uvloop" in status["loop"]:
                assert are_open(waiting) == 0
            else:
                assert are_open(waiting) == 5
                assert NO_FILE in serving.log()
        goes_on(session, "after")
        assert ask_over_tcp(serving.port, "kept.z.pz.") < 2


def test_idle_connections_to_http_take_no_file_from_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    """As many as there are files: they wait in the kernel, those that are silent leave, and who asks is answered."""
    begun_by("exec prlimit --nofile=200:200 $RUN", tmp_path, monkeypatch)
    with live(Zone(1).world, arguments=(*HTTP, *workers)) as session, contextlib.ExitStack() as stack:
        warmed(session)
        serving = session.serving
        http = ControlClient(serving.control).get("/api/v1/status")["http"]
        before, port = serving.descriptors(), int(http.rstrip("/").rpartition(":")[2])
        stack.enter_context(connections(port, 190))
        goes_on(session, "meanwhile")
        assert serving.descriptors() <= before + 2 + CONNECTIONS
        assert metrics(serving)["resolver_ready"] == 1
        goes_on(session, "after")
        assert serving.descriptors() <= before + 2 + CONNECTIONS


@pytest.mark.timed
def test_enetunreach_is_the_next_server_at_once(workers: tuple[str, ...]) -> None:
    """From a loopback address nothing leaves the machine: the kernel refuses to send, as it does without a route."""
    zone, nowhere = Zone(1), "198.51.100.53"
    both = f"z NS ns0.z\nz NS ns9.z\nns9.z A {nowhere}\nns0.z A {zone.servers[0]}\n"
    lost = f"far NS ns.far\nns.far A {nowhere}\n"
    zone.world.zone("pz.", TLD, text=f"@ NS ns\nns A {TLD}\nwarm A 192.0.2.1\n" + both + lost)
    sources = {"upstream.source_addresses": '["127.0.0.1"]'}
    with live(zone.world, sources, arguments=workers) as session:
        warmed(session)
        told = [session.ask(name) for name in names(20)]
        assert all(map(is_right, told))
        assert max(one.seconds for one in told) < 0.5
        failed = session.ask("www.far.pz.")
        assert (failed.rcode, failed.errors) == ("SERVFAIL", [22])
        assert failed.seconds < 1
        goes_on(session, "after")


def start_refused(folder: Path, *arguments: str) -> str:
    """The one line that a start ends with."""
    path = folder / "resolver.toml"
    path.write_text("", "utf-8")
    ours = ("--listen", "127.0.0.1:0", "--set", f"control.socket={folder / 'socket'}")
    done = run("resolver", "serve", "--config", str(path), "--http", "", *ours, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert " - " in line
    assert "Traceback" not in done.stderr
    return line


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
def test_a_port_in_use_is_named_with_the_way_to_see_by_whom(
    kind: socket.SocketKind, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        line = start_refused(tmp_path, "--listen", f"127.0.0.1:{port}", *workers)
    assert f"127.0.0.1:{port}" in line
    assert "in use" in line


def test_a_control_socket_where_nothing_may_be_written_is_named(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    line = start_refused(tmp_path, "--set", "control.socket=/proc/resolver.sock", *workers)
    assert "/proc/resolver.sock" in line
    assert "control.socket" in line


def test_read_only_state_is_told_and_costs_nothing_else(workers: tuple[str, ...]) -> None:
    path = "/proc/sys/cache.dump"  # nobody, not even root, makes a file there
    settings = {"cache.persist": path, "cache.persist_every": "1s"}
    with live(Zone(1).world, settings, arguments=workers) as session:
        warmed(session)
        wait_until(lambda: bool(errors_in(session.serving, path)), "the fault is told")
        line = errors_in(session.serving, path)[0]
        assert "cache.persist" in line
        assert "make its directory writable, or set another path" in line
        goes_on(session, "after")
        assert session.serving.stop() == 0


def dumps(path: Path, workers: tuple[str, ...]) -> list[Path]:
    """The files of `cache.persist`: one of each process that answers."""
    count = int(workers[1])
    return [path] if count == 1 else [Path(f"{path}.{number}") for number in range(1, count + 1)]


BEFORE = b"what was there before\n"


def test_a_full_disk_is_told_at_the_end_and_the_old_dump_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    """A limit on the size of files stands for the disk: the write that goes past it fails."""
    files = dumps(tmp_path / "cache.dump", workers)
    for file in files:
        file.write_bytes(BEFORE)
    begun_by("exec prlimit --fsize=20000 $RUN", tmp_path, monkeypatch)
    settings = {"cache.persist": str(tmp_path / "cache.dump")}
    with live(Zone(1).world, settings, arguments=workers) as session:
        warmed(session)
        told = [one for n in range(6) for one in session.ask_all(list(map(request, names(100, f"d{n}x"))))]
        assert sum(map(is_right, told)) > 500
        assert session.serving.stop() == 0
        for file in files:
            (line,) = [said for said in errors_in(session.serving, "cannot be written") if str(file) in said]
            assert "cache.persist" in line
            assert file.read_bytes() == BEFORE


def test_a_log_on_a_full_disk_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    """ENOSPC at every line, of the query log too."""
    begun_by("exec $RUN 2>/dev/full", tmp_path, monkeypatch)
    with live(Zone(1).world, {"log.queries": "true"}, arguments=workers) as session:
        warmed(session)
        goes_on(session, "unlogged")
        assert session.serving.stop() == 0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_half_written_dump_is_told_and_the_cache_starts_cold(
    share: float, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    files = dumps(tmp_path / "cache.dump", workers)
    zone, settings = Zone(1), {"cache.persist": str(tmp_path / "cache.dump")}
    with live(zone.world, settings, arguments=workers) as session:
        warmed(session, *names(60))
    for file in files:
        whole = file.read_bytes()
        file.write_bytes(whole[: int(share * len(whole))])
    with live(zone.world, settings, arguments=workers) as session:
        for file in files:
            told = [line for line in errors_in(session.serving, "the cache starts cold") if str(file) in line]
            assert told
        goes_on(session, "n")
    assert all(file.read_bytes().splitlines()[-1].startswith(b'{"end"') for file in files)  # whole ones again


def test_what_a_killed_process_left_of_its_dump_is_in_nobodys_way(tmp_path: Path) -> None:
    dump = tmp_path / "cache.dump"
    (tmp_path / "cache.dump.new").write_bytes(b"half a line")
    with live(Zone(1).world, {"cache.persist": str(dump)}) as session:
        warmed(session)
    assert dump.stat().st_size > 100
    assert os.listdir(tmp_path) == ["cache.dump"]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 30 * 365.25 * 86_400])
def test_a_clock_of_lifetimes_that_jumps_while_it_serves(
    jump: float, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("1000000", "ascii")
    zone = Zone(1)
    with live(zone.world, {"cache.clock": f"file:{clock}"}, arguments=workers) as session:
        warmed(session, "kept.z.pz.")
        (tmp_path / "next").write_text(str(1_000_000 + jump), "ascii")
        (tmp_path / "next").rename(clock)
        told = session.ask("kept.z.pz.")
        assert told.data == [RIGHT]
        assert 0 < (told.ttl or 0) <= 86_400
        goes_on(session, "after")
