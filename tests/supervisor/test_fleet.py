# SPDX-License-Identifier: ISC
"""What is told to all workers reaches all or none, with an acknowledgement from each."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from resolver.control.commands import CacheStatistics, Flush, Trace, ZoneChanged
from resolver.engine.ports import Server
from resolver.errors import ResolverError
from resolver.settings.load import load
from resolver.settings.model import Configuration
from resolver.supervisor import fleet as room
from resolver.supervisor import post
from resolver.supervisor.fleet import Fleet
from resolver.supervisor.messages import Abort, Commit, PassOn, Prepare, Start
from tests.supervisor.acting import DEATH, SILENCE, ActedProcess, Crash, Said, until, well_behaved

HINTS = [(b"\x01a\x00", "192.0.2.1")]
WORKERS = 3


class Casting:
    """Gives out processes; `scripts` by the number of the post, `well_behaved` where there is none."""

    def __init__(self):
        self.scripts = {}
        self.processes = []

    async def begin(self, module, loop):
        assert module == "resolver.supervisor.worker"
        process = await ActedProcess.begin(lambda do: self._act(process, do))
        self.processes.append(process)
        return process

    def _act(self, process, do):
        return self.scripts.get(process.started_with.worker, well_behaved)(do)

    def at(self, number):
        """All processes that were told to fill that post, in order; the spare was told nothing."""
        return [p for p in self.processes if p.heard and p.started_with.worker == number]


@pytest.fixture
def casting(monkeypatch):
    cast = Casting()
    monkeypatch.setattr(room, "WorkerProcess", cast)
    monkeypatch.setattr(room, "ACKNOWLEDGE_S", 0.05)
    monkeypatch.setattr(room, "SLOWEST_S", 0.05)
    monkeypatch.setattr(room, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(post, "LOOK_EVERY_S", 0.001)
    return cast


@asynccontextmanager
async def running(casting, configuration=Configuration()):  # noqa: B008 - it is frozen
    log = Said()
    fleet = Fleet(WORKERS, configuration, HINTS, {"192.0.2.1": Server("127.53.0.1", 5)}, log)
    at_once = asyncio.Event()
    try:
        await fleet.start()
        yield fleet
    finally:
        at_once.set()
        await fleet.stop(at_once)
        assert not any(process.is_running for process in casting.processes)


def told(process, kind):
    return [do for do in process.heard if isinstance(do, kind)]


def test_every_worker_starts_with_its_part_and_stops(casting):
    async def story():
        async with running(casting) as fleet:
            assert len(fleet.up) == WORKERS
            orders = [casting.at(number)[0].started_with for number in (1, 2, 3)]
            assert all(isinstance(order, Start) and order.workers == WORKERS for order in orders)
            assert {order.configuration["cache"]["size"] for order in orders} == {(128 << 20) // 3}
            assert orders[0].places == {"192.0.2.1": ("127.53.0.1", 5)}
            await fleet.stop(asyncio.Event())
            assert fleet.up == []

    asyncio.run(story())


def test_one_that_cannot_start_is_everybody_s_failure_and_nobody_stays(casting):
    def refuse(do):
        raise ResolverError("cannot listen on 127.0.0.1:53: not permitted - ask root")

    casting.scripts[2] = refuse

    async def story():
        async with running(casting):
            pass

    with pytest.raises(ResolverError, match="not permitted - ask root"):
        asyncio.run(story())


def test_sums_of_what_goes_on_and_what_was_counted_outlive_a_worker(casting):
    def questions(fleet):
        return sum(s.value for s in fleet.samples() if s.metric == "dns_requests_total")

    async def story():
        async with running(casting) as fleet:
            await fleet.look()
            assert fleet.view() == {"questions_in_flight": WORKERS}
            assert questions(fleet) == 5.0 * WORKERS
            casting.at(1)[0].kill()
            await until(lambda: len(casting.at(1)) == 2 and len(fleet.up) == WORKERS)
            await fleet.look()
            assert questions(fleet) == 5.0 * (WORKERS + 1)
            up = {s.labels[0]: s.value for s in fleet.samples() if s.metric == "worker_up"}
            assert up == {"1": 1, "2": 1, "3": 1}

    asyncio.run(story())


def test_a_spare_takes_the_place_of_one_that_dies(casting):
    async def story():
        async with running(casting) as fleet:
            await until(lambda: len(casting.processes) == WORKERS + 1)
            spare = casting.processes[-1]
            assert spare.heard == []
            casting.at(3)[0].kill()
            await until(lambda: fleet.posts[2].is_up and fleet.posts[2].pid == spare.pid)

    asyncio.run(story())


def test_a_configuration_is_adopted_by_all_and_by_those_that_come_later(casting):
    new = load(flags=["cache.size=90MiB", "policy.max_ttl=1h"]).configuration

    async def story():
        async with running(casting) as fleet:
            await fleet.adopt(new, HINTS)
            for number in (1, 2, 3):
                (process,) = casting.at(number)
                (prepared,) = told(process, Prepare)
                assert prepared.configuration["cache"]["size"] == 30 << 20
                assert len(told(process, Commit)) == 1
            casting.at(1)[0].kill()
            await until(lambda: len(casting.at(1)) == 2)
            assert casting.at(1)[1].started_with.configuration["policy"]["max_ttl"] == 3600

    asyncio.run(story())


@pytest.mark.parametrize("how", ["refuses", "is silent", "dies"])
def test_a_configuration_that_one_cannot_adopt_is_adopted_by_none(casting, how):
    def script(do):
        if isinstance(do, Prepare):
            if how == "refuses":
                raise ResolverError("no such hints - give others")
            return SILENCE if how == "is silent" else DEATH
        return well_behaved(do)

    casting.scripts[2] = script

    async def story():
        async with running(casting) as fleet:
            with pytest.raises(ResolverError, match=r"- .*\(no worker has changed\)"):
                await fleet.adopt(load(flags=["policy.max_ttl=1h"]).configuration, HINTS)
            assert fleet.configuration == Configuration()
            assert not any(told(process, Commit) for process in casting.processes)
            assert all(len(told(casting.at(number)[0], Abort)) == 1 for number in (1, 3))

    asyncio.run(story())


def test_who_prepared_and_cannot_adopt_is_replaced_by_one_that_has(casting):
    def script(do):
        return SILENCE if isinstance(do, Commit) else well_behaved(do)

    casting.scripts[2] = script

    async def story():
        async with running(casting) as fleet:
            await fleet.adopt(load(flags=["policy.max_ttl=1h"]).configuration, HINTS)
            await until(lambda: len(casting.at(2)) == 2)
            assert casting.at(2)[0].code == -9
            assert casting.at(2)[1].started_with.configuration["policy"]["max_ttl"] == 3600

    asyncio.run(story())


def test_a_flush_that_one_does_not_acknowledge_ends_it_with_its_cache(casting):
    casting.scripts[3] = lambda do: SILENCE if isinstance(do, Flush) else well_behaved(do)

    async def story():
        async with running(casting) as fleet:
            answers = await fleet.order_all(Flush())
            assert [(number, view["flushed"]) for number, view in answers] == [(1, 3), (2, 3)]
            await until(lambda: len(casting.at(3)) == 2)
            assert [p.is_running for n in (1, 2) for p in casting.at(n)] == [True, True]

    asyncio.run(story())


def refusing(kind, error):
    """A script that answers orders of that kind with an error."""

    def script(do):
        if isinstance(do, kind):
            raise error
        return well_behaved(do)

    return script


def test_a_command_that_a_worker_refuses_is_an_error_to_who_asked_and_costs_no_worker(casting):
    casting.scripts[2] = refusing(Flush, ResolverError("not while it loads - try again"))

    async def story():
        async with running(casting) as fleet:
            with pytest.raises(ResolverError, match="not while it loads - try again"):
                await fleet.order_all(Flush())
            assert len(fleet.up) == WORKERS
            assert [p.is_running for n in (1, 2, 3) for p in casting.at(n)] == [True] * WORKERS
            assert [len(told(casting.at(n)[0], Flush)) for n in (1, 2, 3)] == [1, 1, 1]

    asyncio.run(story())


def test_a_flush_that_crashed_half_way_ends_the_worker_with_its_cache(casting):
    casting.scripts[2] = refusing(Flush, Crash("internal error; the log has it"))

    async def story():
        async with running(casting) as fleet:
            answers = await fleet.order_all(Flush())
            assert [number for number, _ in answers] == [1, 3]
            await until(lambda: len(casting.at(2)) == 2)

    asyncio.run(story())


def test_who_has_nothing_to_adopt_is_not_as_the_others_are_and_is_replaced(casting):
    """One that was begun between Prepare and Commit, with the configuration of before."""
    casting.scripts[2] = refusing(Commit, ResolverError("there is nothing prepared"))

    async def story():
        async with running(casting) as fleet:
            await fleet.adopt(load(flags=["policy.max_ttl=1h"]).configuration, HINTS)
            await until(lambda: len(casting.at(2)) == 2)

    asyncio.run(story())


def test_news_that_a_worker_refuses_is_told_and_costs_no_worker(casting):
    casting.scripts[1] = refusing(ZoneChanged, ResolverError("no such zone"))

    async def story():
        async with running(casting) as fleet:
            casting.at(2)[0].say(PassOn(ZoneChanged(b"\x01a\x00", 7)))
            await until(lambda: any("no such zone" in line for line in fleet._log.lines))
            assert len(fleet.up) == WORKERS

    asyncio.run(story())


def test_a_flush_of_a_large_cache_may_take_its_time(casting, monkeypatch):
    async def story():
        async with running(casting) as fleet:
            monkeypatch.setattr(room, "ACKNOWLEDGE_S", 0.0)
            monkeypatch.setattr(room, "SLOWEST_S", 20.0)
            assert len(await fleet.order_all(Flush())) == WORKERS
            assert all(p.is_running for n in (1, 2, 3) for p in casting.at(n))

    asyncio.run(story())


def test_asking_each_leaves_out_who_dies_and_tells_of_who_refuses(casting):
    def dies(do):
        return DEATH if isinstance(do, CacheStatistics) else well_behaved(do)

    def refuses(do):
        if isinstance(do, CacheStatistics):
            raise ResolverError("not now")
        return well_behaved(do)

    async def story():
        casting.scripts[2] = dies
        async with running(casting) as fleet:
            assert [number for number, _ in await fleet.ask_each(CacheStatistics())] == [1, 3]
            casting.scripts[1] = refuses
            with pytest.raises(ResolverError, match="not now"):
                await fleet.ask_each(CacheStatistics())

    asyncio.run(story())


def test_asking_one_takes_turns_and_needs_somebody(casting):
    async def story():
        async with running(casting) as fleet:
            for _ in range(WORKERS):
                await fleet.ask_one(Trace(b"\x00", 1), 20)
            assert [len(told(casting.at(n)[0], Trace)) for n in (1, 2, 3)] == [1, 1, 1]
            await fleet.stop(asyncio.Event())
            with pytest.raises(ResolverError, match="no worker answers"):
                await fleet.ask_one(Trace(b"\x00", 1), 20)

    asyncio.run(story())


def test_news_of_one_worker_reaches_all_the_others_and_not_itself(casting):
    news = ZoneChanged(b"\x01a\x00", 7)

    def heard(number):
        return [do for process in casting.at(number) for do in process.heard if isinstance(do, ZoneChanged)]

    async def story():
        async with running(casting):
            casting.at(2)[0].say(PassOn(news))
            await until(lambda: heard(1) and heard(3))
            assert (heard(1), heard(2), heard(3)) == ([news], [], [news])

    asyncio.run(story())


def test_a_worker_that_does_not_take_the_news_is_ended_with_its_cache(casting):
    casting.scripts[1] = lambda do: SILENCE if isinstance(do, ZoneChanged) else well_behaved(do)

    async def story():
        async with running(casting):
            first = casting.at(1)[0]
            casting.at(2)[0].say(PassOn(ZoneChanged(b"\x01a\x00", 7)))
            await until(lambda: not first.is_running)

    asyncio.run(story())
