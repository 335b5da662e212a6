# SPDX-License-Identifier: ISC
"""Rules by name and type, as a client sees them: what is shown, what is served stale, what is fetched early."""

from __future__ import annotations

from collections.abc import Coroutine

from resolver.policy import AnswerClass, Policy, PrefetchRules, Rule, StaleRules
from resolver.units import Seconds
from resolver.wire import Rcode
from tests.service.fakes import LOOPBACK, Scene, ask, negative, positive, read

WWW = "www.example.com"
OTHER = "www.example.net"


def scene_of(*rules: Rule, ttl: float = 300, **blocks: object) -> Scene:
    """A service that knows two names, of which the rules are about one."""
    scene = Scene(policy=Policy(rules=rules, **blocks))  # type: ignore[arg-type]  # by name
    scene.knows(WWW, positive(WWW, ttl=ttl))
    scene.knows(OTHER, positive(OTHER, ttl=ttl))
    for name in (WWW, OTHER):
        scene.response(name)
    return scene


def shown(scene: Scene, name: str) -> int:
    return read(scene.at_once(ask(name))).answer[0].ttl


def test_a_client_is_shown_less_than_is_kept_and_what_is_left_at_the_end() -> None:
    scene = scene_of(
        Rule(suffix=("example.com",), reply_ttl=Seconds(30)), prefetch=PrefetchRules(enabled=False)
    )
    for at, expected in ((1, 30), (100, 30), (169, 30), (10, 20)):
        scene.world.advance(at)
        for _ in range(2):  # the second is answered from an image
            assert shown(scene, WWW) in (expected, expected - 1)
    assert shown(scene, OTHER) in (20, 19)
    assert len(scene.engine.asked) == 2


def test_the_first_answer_shows_it_too() -> None:
    scene = Scene(policy=Policy(rules=(Rule(reply_ttl=Seconds(30)),)))
    scene.knows(WWW, positive(WWW))
    assert scene.response().answer[0].ttl == 30


def test_stale_data_by_name() -> None:
    scene = scene_of(Rule(suffix=("example.com",), stale=False), ttl=60)
    scene.fails(WWW)
    scene.fails(OTHER)
    scene.world.advance(61)
    assert scene.response(WWW).rcode == Rcode.SERVFAIL
    assert scene.response(OTHER).rcode == Rcode.NOERROR


def test_stale_at_once_by_name() -> None:
    scene = scene_of(
        Rule(glob=("*.net",), stale_client_timeout=Seconds(0), stale_reply_ttl=Seconds(7)), ttl=60
    )
    scene.world.advance(61)
    assert shown(scene, OTHER) == 7
    waits = scene.service.handle(ask(WWW), LOOPBACK, scene.world.now())
    assert isinstance(waits, Coroutine)
    waits.close()


def test_stale_rules_by_class_of_answer() -> None:
    """An NXDOMAIN may go stale where an address may not."""
    rule = Rule(classes=(AnswerClass.POSITIVE,), stale=False)
    scene = Scene(policy=Policy(rules=(rule,)))
    scene.knows(WWW, negative(WWW))
    scene.response()
    scene.fails(WWW)
    scene.world.advance(61)
    assert scene.response().rcode == Rcode.NXDOMAIN


def test_unbound_never_shows_a_stale_answer_longer_than_it_was_published() -> None:
    scene = scene_of(ttl=10, stale=StaleRules(client_timeout=Seconds(0), reply_capped=True))
    scene.world.advance(11)
    assert shown(scene, WWW) == 10


def test_prefetch_by_name() -> None:
    scene = scene_of(Rule(suffix=("example.com",), prefetch=False), ttl=100)
    scene.engine.asked.clear()
    scene.world.advance(95)
    for name in (WWW, OTHER):
        shown(scene, name)
    scene.world.advance(0)
    assert len(scene.engine.asked) == 1
