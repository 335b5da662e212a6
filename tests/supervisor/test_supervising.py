# SPDX-License-Identifier: ISC
"""The supervisor itself, with workers that only pretend; the real ones are in tests/live."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import asynccontextmanager

import pytest

from resolver.cli.control_client import ControlClient
from resolver.errors import ResolverError
from resolver.settings.load import load
from resolver.supervisor import fleet as room
from resolver.supervisor.messages import Commit, Prepare
from resolver.supervisor.supervising import Supervisor, supervise
from tests.supervisor.acting import ActedProcess, until, well_behaved


class Casting:
    def __init__(self):
        self.script = well_behaved
        self.processes = []

    async def begin(self, module, loop):
        self.processes.append(await ActedProcess.begin(self.script))
        return self.processes[-1]

    def told(self, kind):
        return [do for process in self.processes for do in process.heard if isinstance(do, kind)]


@pytest.fixture(autouse=True)
def casting(monkeypatch):
    cast = Casting()
    monkeypatch.setattr(room, "WorkerProcess", cast)
    return cast


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "resolver.toml"
    path.write_text("")
    return path


@pytest.fixture
def read(tmp_path, file):
    flags = [
        "server.listen=['127.0.0.1:0']",
        "http.listen=",
        f"control.socket={tmp_path / 'control.sock'}",
        "log.level=error",
    ]
    return lambda: load(file, {}, flags)


@asynccontextmanager
async def running(read):
    supervisor = Supervisor(read(), read, 2)
    try:
        await supervisor.start()
        yield supervisor
    finally:
        await supervisor.close()


async def get(supervisor, path):
    return await asyncio.to_thread(ControlClient(supervisor.status()["control"]).get, path)


async def post(supervisor, path, **body):
    return await asyncio.to_thread(ControlClient(supervisor.status()["control"]).post, path, **body)


def test_status_names_every_worker_and_adds_up(read, casting):
    async def story():
        async with running(read) as supervisor:
            status = await get(supervisor, "/api/v1/status")
            assert (status["ready"], status["questions_in_flight"]) == (True, 2)
            pids = {worker["pid"] for worker in status["workers"].values()}
            assert pids == {process.pid for process in casting.processes if process.heard}
            assert next(supervisor.banner()).endswith(f"on {status['listen'][0]} (UDP and TCP)")
            assert (await get(supervisor, "/api/v1/stats"))["questions"] == 10
            supervisor.stop()
            assert not (await get(supervisor, "/api/v1/status"))["ready"]

    asyncio.run(story())


def test_workers_are_told_the_real_addresses_and_of_no_lab(read, casting):
    async def story():
        async with running(read) as supervisor:
            started = casting.processes[0].started_with.configuration
            assert started["server"]["listen"] == supervisor.status()["listen"]
            assert started["server"]["listen"] != ["127.0.0.1:0"]
            assert started["lab"]["internet"] == ""

    asyncio.run(story())


def test_a_port_stays_ours_while_no_worker_has_it(read):
    async def story():
        async with running(read) as supervisor:
            address, port = supervisor.status()["listen"][0].split(":")
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind((address, int(port)))

    asyncio.run(story())


def test_a_reload_says_what_it_applied_and_what_has_to_wait(read, casting, file):
    async def story():
        async with running(read) as supervisor:
            file.write_text("[server]\nworkers = 5\n[policy]\nmax_ttl = '1h'\n")
            view = await post(supervisor, "/api/v1/reload")
            assert (view["applied"], view["needs_restart"]) == (["policy.max_ttl"], ["server.workers"])
            assert len(casting.told(Prepare)) == len(casting.told(Commit)) == 2
            file.write_text("nonsense")
            with pytest.raises(ResolverError, match="not TOML"):
                await post(supervisor, "/api/v1/reload")
            assert supervisor.status()["policy"] == "default"
            file.write_text("")
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: len(casting.told(Commit)) == 4)

    asyncio.run(story())


def test_a_hangup_with_a_bad_file_and_a_wish_for_statistics_hurt_nobody(read, casting, file, capsys):
    async def story():
        async with running(read) as supervisor:
            file.write_text("nonsense")
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGUSR1)
            await post(supervisor, "/api/v1/trace", name="a.test.")  # a turn of the loop, and of a worker
            file.write_text("")
            await post(supervisor, "/api/v1/reload")
            assert len(casting.told(Commit)) == 2

    asyncio.run(story())
    assert "the old configuration stays" in capsys.readouterr().err


def test_a_worker_that_cannot_start_is_one_error_and_leaves_nothing_behind(read, casting, tmp_path):
    def refuse(do):
        raise ResolverError("upstream.source_addresses: 192.0.2.9 is not ours - list others")

    casting.script = refuse
    said = []
    with pytest.raises(ResolverError, match=r"192\.0\.2\.9 is not ours - list others"):
        asyncio.run(supervise(read(), read, said.append, 2))
    assert said == []
    assert not (tmp_path / "control.sock").exists()
    assert not any(process.is_running for process in casting.processes)


@pytest.mark.parametrize("how", ["signal", "command"])
def test_it_stops_when_it_is_told_to(read, casting, tmp_path, how):
    async def story():
        async with running(read) as supervisor:
            if how == "signal":
                os.kill(os.getpid(), signal.SIGTERM)
            else:
                await post(supervisor, "/api/v1/stop")
            async with asyncio.timeout(20):
                await supervisor.stopped()
            assert [process.code for process in casting.processes if process.heard] == [0, 0]

    asyncio.run(story())
    assert not (tmp_path / "control.sock").exists()
