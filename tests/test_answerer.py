# SPDX-License-Identifier: ISC
"""The part that answers, alone: a configuration is prepared without effect and adopted at once; workers share ports."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from resolver.answerer import Answerer
from resolver.cache import Entry, Kind, Rank
from resolver.cli.stub import Asked, ask
from resolver.errors import ResolverError
from resolver.policy import Lifetime
from resolver.runtime.loop import run
from resolver.runtime.tasks import MAX_TASKS
from resolver.settings.load import load
from resolver.wire import Rcode, Record, from_text

HINTS = [(from_text("a.root."), "127.0.0.1")]
ASKS_NOBODY = ("upstream.priming=false", "log.level=error")


def configuration(*flags):
    return load(flags=["server.listen=127.0.0.1:0", *ASKS_NOBODY, *flags]).configuration


@asynccontextmanager
async def answering(boot, **place):
    answerer = Answerer(boot, **place)
    answerer.begin_log()
    try:
        answerer.open(HINTS, {})
        await answerer.start()
        yield answerer
    finally:
        answerer.close()
        answerer.end_log()


async def rcode(answerer, name="localhost."):
    (address,) = answerer.addresses
    asked = Asked(from_text(name), 1, timeout=8.0, tries=1)
    return (await asyncio.to_thread(ask, asked, tuple(address))).message.rcode


def counted(answerer, metric):
    return sum(sample.value for sample in answerer.samples() if sample.metric == metric)


def test_what_is_prepared_has_no_effect_until_it_is_adopted_and_counts_go_on():
    async def story():
        async with answering(configuration()) as answerer:
            assert await rcode(answerer) == Rcode.NOERROR
            strangers = answerer.prepare(configuration("server.allow=192.0.2.0/24"), HINTS)
            assert await rcode(answerer) == Rcode.NOERROR
            answerer.adopt(strangers)
            assert await rcode(answerer) == Rcode.REFUSED
            assert answerer.configuration.server.allow == ("192.0.2.0/24",)
            assert counted(answerer, "dns_requests_total") == 3

    run(story())


@pytest.mark.parametrize(("before", "after"), [(10, 4000), (4000, 10)])
def test_a_reload_of_the_fetches_that_may_be_holds_for_the_jobs_of_the_world(before, after):
    """Else it would be said to be applied, and questions turned away by a limit that no key names."""

    async def story():
        async with answering(configuration(f"admission.fetches={before}")) as answerer:
            world, jobs = answerer._world, []

            def fill():
                work = asyncio.sleep(60)
                while (job := world.spawn(work, world.ticks() + 60)) is not None:
                    jobs.append(job)
                    work = asyncio.sleep(60)
                return len(jobs)

            prepared = answerer.prepare(configuration(f"admission.fetches={after}"), HINTS)
            assert 2 * before < fill() < 2 * before + 100
            answerer.adopt(prepared)
            for job in jobs:
                job.end()
            jobs.clear()
            while world.open_jobs:  # noqa: ASYNC110 - jobs that were ended have their last turn
                await asyncio.sleep(0)
            assert 2 * after < fill() < 2 * after + 100

    run(story())


def test_of_many_reloads_one_sum_is_kept_and_no_counter_goes_back(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("resolver.answerer.ticks", lambda: now[0])

    async def story():
        async with answering(configuration()) as answerer:
            for reload in range(1, 31):
                assert await rcode(answerer) == Rcode.NOERROR
                answerer.adopt(answerer.prepare(configuration(), HINTS))
                assert counted(answerer, "dns_requests_total") == reload
                now[0] += 5.0
            assert len(answerer._retired) == 4  # the work of 16 s at most: twice the limit of a resolution
            now[0] += 100.0
            assert counted(answerer, "dns_requests_total") == 30
            assert len(answerer._retired) == 0

    run(story())


def test_several_share_an_address_and_a_single_one_shares_it_with_nobody():
    async def story():
        boot = configuration()
        async with answering(boot, worker=1, workers=2) as one:
            port = one.addresses[0].port
            again = configuration(f"server.listen=127.0.0.1:{port}")
            async with answering(again, worker=2, workers=2) as two:
                assert two.addresses == one.addresses
                assert one.view() == two.view()
            with pytest.raises(ResolverError, match="the port is in use"):
                async with answering(again):
                    pass

    run(story())


@pytest.mark.parametrize("workers", [1, 4, MAX_TASKS * 2])
def test_each_worker_has_room_for_somebody(workers):
    async def story():
        async with answering(configuration(), worker=1, workers=workers) as answerer:
            assert await rcode(answerer) == Rcode.NOERROR

    run(story())


def test_a_drain_is_over_when_nobody_waits():
    async def story():
        async with answering(configuration("server.drain=60s")) as answerer, asyncio.timeout(20):
            await answerer.drain(asyncio.Event())

    run(story())


def test_the_cache_survives_a_restart_when_it_is_told_to(tmp_path):
    """Also with another number of workers; and a start that was broken off takes no file's place."""
    path = tmp_path / "cache"
    boot = configuration(f"cache.persist={path}")
    name = from_text("kept.example.")

    async def first():
        async with answering(boot) as answerer:
            await asyncio.sleep(0)
            await answerer._persisting
            caches, now = answerer._caches, answerer._world.now()
            kept = Entry(
                Kind.POSITIVE, name, 1, (Record(name, 1, 1, 60, b"\x01\x02\x03\x04"),), (), None, (),
                Rank.AUTHORITATIVE_ANSWER, Lifetime(now, now + 60, now + 60, 60), name, "192.0.2.53",
            )  # fmt: skip
            assert caches.records.store(kept, now)
            await answerer.drain(asyncio.Event())

    async def second():
        async with answering(boot, worker=2, workers=2) as answerer:
            await answerer._persisting
            assert answerer._caches.records.peek(name, 1) is not None
            await answerer.drain(asyncio.Event())

    run(first())
    assert path.exists()
    run(second())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cache", "cache.2"]
