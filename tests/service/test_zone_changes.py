# SPDX-License-Identifier: ISC
"""The law of NOTIFY: what was there before it is never served again, whoever fetched it, and it happens once."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.cache.entry import Entry
from resolver.engine.ports import Job
from resolver.service import NotifySettings
from resolver.wire import Rtype, from_text
from tests.service.fakes import Scene, ask, cname, negative, positive, read, stand_still

ZONE = from_text("example.com")
WWW = "www.example.com"
OLD, NEW = b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02"


def scene(**settings: object) -> Scene:
    made = Scene(notify=NotifySettings(allow=("127.0.0.0/8",), **settings))  # type: ignore[arg-type]  # by name
    made.knows(WWW, positive(WWW, Rtype.A, OLD))
    return made


def address(made: Scene, name: str = WWW) -> bytes:
    return made.response(name).answer[-1].rdata


def test_what_was_there_before_is_gone_with_the_image_that_showed_it() -> None:
    made = scene()
    assert address(made) == address(made) == OLD
    made.knows(WWW, positive(WWW, Rtype.A, NEW))
    assert made.service.changes.notified(ZONE, 2) == "acted"
    assert address(made) == NEW


def test_the_whole_subtree_goes_denials_from_above_too_and_nothing_beside_it() -> None:
    made, now = scene(), 1_000_000.0
    held = [positive("a.b.example.com"), negative("example.com", Rtype.TXT), positive("www.example.org")]
    held.append(negative("com", zone="."))
    for entry in held:
        made.caches.records.store(entry, now)
    made.service.changes.notified(ZONE, None)
    left = [entry.owner for entry in made.caches.records.at_or_below(from_text("."))]
    assert left == [from_text("www.example.org")]


def test_who_asks_after_it_does_not_join_who_asked_before() -> None:
    made = scene()
    before = made.start(ask())
    made.world.advance(0.01)
    made.knows(WWW, positive(WWW, Rtype.A, NEW))
    made.takes = 0.5
    made.service.changes.notified(ZONE, 2)
    after = made.start(ask())
    made.world.advance(0.1)
    assert (before.done, after.done, len(made.engine.asked)) == (True, False, 2)
    made.world.advance(0.5)
    assert after.done
    made.assert_empty()


def test_an_alias_from_elsewhere_is_worked_out_anew_as_well() -> None:
    made = scene()
    other = "alias.example.org"
    made.knows(other, cname(other, WWW, zone="example.org"), positive(WWW, Rtype.A, OLD))
    made.stores = False
    made.start(ask(other))
    made.world.advance(0.01)
    made.service.changes.notified(ZONE, 2)
    made.start(ask(other))
    made.world.advance(0.01)
    assert len(made.engine.asked) == 2
    made.assert_empty()


def test_primaries_repeat_themselves_and_a_serial_counts_once() -> None:
    made = scene()
    changes = made.service.changes
    assert [changes.notified(ZONE, serial) for serial in (7, 7, 6, 0xFFFFFFFF)] == ["acted", *["known"] * 3]
    made.world.advance(1.0)
    assert changes.notified(ZONE, 8) == "acted"
    made.world.advance(301.0)
    assert changes.notified(ZONE, 8) == "acted"  # the fence is down: who knows what came since


def test_one_zone_is_flushed_once_in_an_interval_and_the_last_news_is_not_lost() -> None:
    made = scene(interval=2.0)
    changes, versions = made.service.changes, made.caches.versions
    assert changes.notified(ZONE, 1) == "acted"
    address(made)
    assert [changes.notified(ZONE, serial) for serial in (2, 3, 3)] == ["deferred", "deferred", "known"]
    assert changes.notified(from_text("example.net"), 1) == "acted"
    address(made)
    assert len(made.engine.asked) == 1
    made.world.advance(2.0)
    fence = versions.fence(ZONE, made.world.now())
    assert fence is not None
    assert fence.serial == 3
    address(made)
    assert len(made.engine.asked) == 2
    made.assert_empty()


@pytest.mark.parametrize("overdue_s", [0.0, 60.0])
def test_news_that_waited_while_the_process_stood_still_is_not_lost(overdue_s: float) -> None:
    """Its job ends at the deadline, before it had its turn; nobody would ever act on news of that zone again."""
    made = scene(interval=2.0)
    changes = made.service.changes
    assert [changes.notified(ZONE, serial) for serial in (1, 2)] == ["acted", "deferred"]
    stand_still(made.world, overdue_s)
    assert (changes.notified(ZONE, 2), len(made.passed_on)) == ("known", 2 if overdue_s else 1)
    made.world.advance(2.0)  # else it waits again, for as long as the interval lasts
    assert made.passed_on == [(ZONE, 1), (ZONE, 2)]
    assert changes.notified(ZONE, 3) == "deferred" if not overdue_s else "acted"
    made.assert_empty()


def resting(made: Scene, seconds: float) -> list[float]:
    """Have every flush be followed by so long a rest; the ticks at which there was one."""
    changes, acted_at = made.service.changes, list[float]()
    act = changes._act

    def acts(zone: bytes, news: Any) -> None:
        act(zone, news)
        acted_at.append(made.world.ticks())
        changes._rests_until = made.world.ticks() + seconds

    changes._act = acts  # type: ignore[method-assign]  # virtual flushes take no time
    return acted_at


def test_zones_that_waited_for_a_rest_are_not_flushed_all_at_once_after_it() -> None:
    made = scene()
    acted_at = resting(made, 9.0)
    began_at = made.world.ticks()
    said = [made.service.changes.notified(from_text(f"z{n}.example"), 1) for n in range(4)]
    assert said == ["acted", "deferred", "deferred", "deferred"]
    made.world.advance(100.0)
    assert [tick - began_at for tick in acted_at] == pytest.approx([0.0, 9.0, 18.0, 27.0])
    made.assert_empty()


def test_a_flood_of_zones_buys_no_flush_and_is_dropped_to_be_sent_again() -> None:
    made = scene()
    acted_at, changes = resting(made, 9.0), made.service.changes
    said = [changes.notified(from_text(f"z{n}.example"), None) for n in range(1200)]
    assert [said.count(word) for word in ("acted", "deferred", "limited")] == [1, 1024, 175]
    assert len(acted_at) == 1
    assert changes.notified(from_text("beside.example"), None, ours=False) == "acted"


def reloaded(former: Scene) -> Scene:
    """As `Answerer.adopt` does it: another service over the same world and caches takes over."""
    made = Scene(notify=NotifySettings(allow=("127.0.0.0/8",), interval=2.0), over=former)
    made.knows(WWW, positive(WWW, Rtype.A, OLD))
    made.service.changes.take_over(former.service.changes)
    return made


def test_news_that_waits_across_a_reload_is_acted_upon_by_who_answers_then() -> None:
    """Whoever asks after the flush must not join work of before it: that is under way in the new service."""
    former = scene(interval=2.0)
    changes = former.service.changes
    assert [changes.notified(ZONE, 1), changes.notified(ZONE, 2)] == ["acted", "deferred"]
    made = reloaded(former)
    assert made.service.changes.notified(ZONE, 2) == "known"
    made.takes = 3.0
    made.start(ask())
    made.world.advance(2.5)  # past the flush
    made.start(ask())
    made.world.advance(0.1)
    assert len(made.engine.asked) == 2
    assert (former.passed_on, made.passed_on) == ([(ZONE, 1)], [(ZONE, 2)])
    made.assert_empty()


def test_a_reload_does_not_let_a_zone_be_flushed_more_often() -> None:
    former = scene(interval=2.0)
    former.service.changes.notified(ZONE, 1)
    made = reloaded(former)
    assert made.service.changes.notified(ZONE, 2) == "deferred"
    made.world.advance(2.0)
    assert made.passed_on == [(ZONE, 2)]


def test_a_serial_that_was_announced_is_not_lost_by_news_without_one() -> None:
    made = scene(interval=2.0)
    changes = made.service.changes
    assert [changes.notified(ZONE, serial) for serial in (1, 5, None)] == ["acted", "deferred", "deferred"]
    made.world.advance(2.0)
    fence = made.caches.versions.fence(ZONE, made.world.now())
    assert fence is not None
    assert fence.serial == 5


def test_news_is_passed_on_once_and_never_back() -> None:
    made = scene(interval=2.0)
    changes = made.service.changes
    changes.notified(ZONE, 1)
    assert changes.notified(ZONE, 1, ours=False) == "known"
    changes.notified(ZONE, 2, ours=False)
    made.world.advance(2.0)
    assert made.passed_on == [(ZONE, 1)]
    made.world.advance(2.0)
    changes.notified(ZONE, 3)
    changes.notified(ZONE, 4)
    changes.notified(ZONE, 5, ours=False)
    made.world.advance(2.0)
    assert made.passed_on == [(ZONE, 1), (ZONE, 3), (ZONE, 5)]


@pytest.mark.parametrize(
    ("heard", "announced", "kept"),
    [((5, 5), 5, True), ((5, 5), 4, True), ((5, 5), 6, False), ((4, 5), 5, False), ((5, 5), None, False)],
)
def test_what_is_known_to_be_of_the_announced_version_stays(
    heard: tuple[int, int], announced: int | None, kept: bool
) -> None:
    made = scene()
    records, versions = made.caches.records, made.caches.versions
    entry: Entry = positive(WWW, at=1_000_000.0)
    versions.observe(ZONE, entry.server, heard[0], 999_999.0)
    records.store(entry, 1_000_000.0)
    versions.observe(ZONE, entry.server, heard[1], 1_000_001.0)
    made.service.changes.notified(ZONE, announced)
    assert (records.peek(from_text(WWW), Rtype.A) is not None) is kept


def test_who_was_to_get_stale_data_waits_on_when_that_is_flushed() -> None:
    made = scene()
    made.caches.records.store(positive(WWW, Rtype.A, OLD, at=999_000.0), 999_000.0)
    made.takes, made.stores = 2.0, False
    made.knows(WWW, positive(WWW, Rtype.A, NEW))
    job = made.start(ask())
    made.world.advance(0.5)
    made.service.changes.notified(ZONE, 2)
    assert read(made.world.run(joined(job))).answer[-1].rdata == NEW
    made.assert_empty()


async def joined(job: Job[bytes | None]) -> bytes | None:
    return await job.join()


def test_who_waited_while_the_zone_changed_is_still_answered() -> None:
    made = scene()
    job = made.start(ask())
    made.world.advance(0.01)
    made.service.changes.notified(ZONE, 2)

    async def joined() -> bytes | None:
        return await job.join()

    assert read(made.world.run(joined())).answer[-1].rdata == OLD
    made.assert_empty()


def test_news_that_cannot_wait_for_want_of_room_is_acted_upon_at_once() -> None:
    made = scene()
    changes = made.service.changes
    changes.notified(ZONE, 1)
    made.world.max_jobs = 0
    assert changes.notified(ZONE, 2) == "acted"
    fence = made.caches.versions.fence(ZONE, made.world.now())
    assert fence is not None
    assert fence.serial == 2
