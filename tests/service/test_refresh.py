# SPDX-License-Identifier: ISC
"""Prefetch in the last tenth of a life, for names that are asked for again; counted as used only when it was."""

from __future__ import annotations

import pytest

from resolver.policy import Policy, PrefetchRules
from resolver.service.single_flight import FlightKey
from resolver.wire import Edns, from_text
from tests.service.fakes import LOOPBACK, Scene, ask, cname, positive, read, stand_still

WWW = "www.example.com"


def warm(ttl: float = 100, policy: Policy | None = None) -> Scene:
    scene = Scene(policy=policy)
    scene.knows(WWW, positive(WWW, ttl=ttl))
    scene.response()
    scene.engine.asked.clear()
    return scene


def hit(scene: Scene) -> int:
    """Ask, which must be a hit; the TTL shown."""
    return read(scene.at_once(ask())).answer[0].ttl


@pytest.mark.parametrize(("at", "asked"), [(85.0, 0), (89.9, 0), (90.0, 1), (99.0, 1)])
def test_a_hit_in_the_last_tenth_starts_one(at: float, asked: int) -> None:
    scene = warm()
    hit(scene)
    scene.world.run_until(at + 0.05)
    hit(scene)
    hit(scene)
    scene.world.advance(0)
    assert len(scene.engine.asked) == asked
    assert scene.counters.prefetch["started"] == asked
    scene.assert_empty()


def test_one_that_is_ended_before_it_began_keeps_no_other_from_starting() -> None:
    scene = warm()
    scene.world.advance(95)
    hit(scene)
    stand_still(scene.world)
    assert scene.counters.prefetch["failed"] == 1
    assert not scene.service._refresher._running
    assert not scene.service.flights.known_failure(FlightKey(from_text(WWW), 1))  # nobody was asked
    scene.assert_empty()


def test_nobody_waits_for_it_and_the_next_sees_it() -> None:
    scene = warm()
    scene.world.advance(95)
    assert hit(scene) == 5
    scene.world.advance(1)
    assert hit(scene) == 99


def test_it_asks_anew_for_the_links_that_end_and_no_others() -> None:
    scene = Scene()
    scene.knows(WWW, cname(WWW, "b.example.net", ttl=100), positive("b.example.net", ttl=300))
    scene.response()
    end = scene.world.now() + 100
    scene.world.advance(95)
    scene.at_once(ask())
    scene.world.advance(0)
    assert scene.engine.renewed == [pytest.approx(end)]


def test_used_when_a_client_asks_after_the_old_entry_would_have_died() -> None:
    scene = warm()
    scene.world.advance(95)
    hit(scene)
    scene.world.advance(1)
    for _ in range(3):
        hit(scene)  # before: the old entry would have done
    assert scene.counters.prefetch["used"] == 0
    scene.world.advance(10)
    for _ in range(3):
        hit(scene)
    assert scene.counters.prefetch["used"] == 1
    assert scene.counters.prefetch["wasted"] == 0


def test_wasted_when_it_dies_before_anybody_asks() -> None:
    scene = warm()
    scene.world.advance(95)
    hit(scene)
    scene.world.advance(500)
    scene.response()
    assert (scene.counters.prefetch["used"], scene.counters.prefetch["wasted"]) == (0, 1)


def test_a_failed_one_leaves_the_fresh_entry_alone_and_is_not_tried_at_every_hit() -> None:
    scene = warm()
    scene.fails(WWW)
    scene.world.advance(95)
    for _ in range(10):
        read(scene.at_once(ask(edns=Edns(options=((3, b""),)))))  # an option: the slow path
        scene.world.advance(0.06)
    assert len(scene.engine.asked) == 1
    assert scene.counters.prefetch["failed"] == 1


def test_it_can_be_switched_off() -> None:
    scene = warm(policy=Policy(prefetch=PrefetchRules(enabled=False)))
    scene.world.advance(99)
    hit(scene)
    scene.world.advance(0)
    assert scene.engine.asked == []


def test_short_lives_are_not_worth_it() -> None:
    scene = warm(ttl=9)
    scene.world.advance(8.5)
    hit(scene)
    scene.world.advance(0)
    assert scene.engine.asked == []


def test_the_unused_are_bounded() -> None:
    scene = warm()
    refresher = scene.service._refresher
    refresher._unused.update({(f"n{n}".encode(), 1, False): 0.0 for n in range(4096)})  # type: ignore[misc]
    scene.world.advance(95)
    hit(scene)
    scene.world.advance(1)
    assert len(refresher._unused) == 4096
    assert scene.counters.prefetch["wasted"] == 1


def test_a_loop_over_images_starts_one_too() -> None:
    """The runtime looks into the images itself: what one of them sends the slow way is not looked for there again."""
    scene = warm()
    hit(scene)
    scene.world.run_until(90.05)
    fast, now = scene.service.fast, scene.world.now()
    (image,) = fast.table.values()
    assert not fast.renew(image, now)
    assert isinstance(scene.service.handle_missed(ask(), LOOPBACK, now), bytes)
    scene.world.advance(0)
    assert scene.counters.prefetch["started"] == 1
    scene.assert_empty()
