# SPDX-License-Identifier: ISC
"""What is done to the processes themselves: stopped for a while, told to reload again and again, short of memory.

How they end and how a killed worker is replaced: tests/live/test_stopping.py and tests/live/test_workers.py.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

import pytest

from resolver.cli.control_client import ControlClient
from tests.faults.broken import RIGHT, Zone, is_right, names, warmed
from tests.faults.modes import request
from tests.faults.modes_live import LiveSession, live
from tests.faults.scale import scaled
from tests.faults.test_lifecycle import answering, goes_on
from tests.live.asking import wait_until

pytestmark = pytest.mark.live

SEVERAL = [pytest.param(("--workers", n), id=i) for n, i in (("1", "alone"), ("2", "two workers"))]
PORTS = 16  # questions from so many ports reach every one of two workers (all but once in 2^15)


@pytest.mark.parametrize("workers", SEVERAL)
def test_a_storm_of_sighup_loses_no_question_and_no_cache(workers: tuple[str, ...]) -> None:
    with live(Zone(1).world, arguments=workers) as session:
        warmed(session, *["kept.z.pz."] * PORTS)
        for number in range(50):
            session.serving.signal(signal.SIGHUP)
            told = session.ask_all([request("kept.z.pz."), request(f"h{number}.z.pz.")])
            assert all(map(is_right, told))
        session.settle()
        wait_until(lambda: session.serving.log().count("configuration read again") > 0, "it was read")
        session.world.clear()
        assert all(is_right(session.ask("kept.z.pz.")) for _ in range(PORTS))
        assert session.world.asked(below="kept.z.pz.") == []
        goes_on(session, "after")


def test_a_process_that_was_stopped_for_a_while_goes_on_where_it_was() -> None:
    """As when a machine is suspended: what was asked meanwhile is answered, and nobody is taken for dead."""
    with live(Zone(1).world) as session:
        warmed(session, "kept.z.pz.")
        session.serving.signal(signal.SIGSTOP)
        try:
            session.pass_time(scaled(30.0, 3.0))
        finally:
            session.serving.signal(signal.SIGCONT)
        told = session.ask_all([request("kept.z.pz."), *(request(name) for name in names(20, "late"))])
        assert all(map(is_right, told)), [one.rcode for one in told]
        goes_on(session, "after")


def test_a_worker_that_is_stopped_is_replaced_and_the_other_goes_on() -> None:
    """For a stopped process has its sockets still, and the kernel gives it questions that nobody will answer."""
    with live(Zone(1).world, arguments=("--workers", "2")) as session:
        warmed(session, *["kept.z.pz."] * PORTS)
        stopped, other = answering(session.serving)
        os.kill(stopped, signal.SIGSTOP)
        begun_at = time.monotonic()
        wait_until(lambda: stopped not in answering(session.serving), "it was replaced")
        assert time.monotonic() - begun_at < 30
        wait_until(lambda: len(answering(session.serving)) == 2, "another has its place")
        assert other in answering(session.serving)
        assert "did not answer within" in session.serving.log()
        wait_until(lambda: all(_are_up(session)), "both are up")
        assert all(is_right(session.ask("kept.z.pz.")) for _ in range(PORTS))
        goes_on(session, "after")


def _are_up(session: LiveSession) -> list[bool]:
    status = ControlClient(session.serving.control).get("/api/v1/status")
    return [worker["up"] for worker in status["workers"].values()]


def test_workers_short_of_memory_say_so_and_are_well_again_when_there_is_some() -> None:
    """A limit on memory is met: what needs more fails and is told, and a worker that cannot go on is replaced."""
    big = "* A 192.0.2.9\n* TXT " + " ".join(['"' + "x" * 250 + '"'] * 40) + "\n"
    with live(Zone(1, text=big).world, arguments=("--workers", "2"), forgiven="MemoryError") as session:
        warmed(session)
        limited = answering(session.serving)
        for pid in limited:
            pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
            room = pages * os.sysconf("SC_PAGE_SIZE") + (1 << 20)
            resource.prlimit(pid, resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
        filling = iter(range(100_000))

        def is_short() -> bool:
            """More big answers, until something was refused memory."""
            session.ask_all([request(f"m{next(filling)}.z.pz.", "TXT") for _ in range(50)])
            gone = set(limited) - set(answering(session.serving))
            return bool(gone) or "MemoryError" in session.serving.log()

        wait_until(is_short, "memory ran out")
        for pid in answering(session.serving):
            resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until(lambda: all(_are_up(session)), "both are up")
        wait_until(lambda: session.ask("well.z.pz.").data == [RIGHT], "all is well again")
        told = session.ask_all([request(name) for name in names(50, "after")])
        assert all(map(is_right, told)), [one.rcode for one in told]
