# SPDX-License-Identifier: ISC
"""A real service asked a trace in virtual time; where cache-level replay can say as much, both say the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from resolver.cache import Caches, ImageCache
from resolver.composition import ServerUnder
from resolver.engine.ports import World
from resolver.events import Crashed, Tell
from resolver.lab.fullworld.hierarchy import Conditions
from resolver.lab.fullworld.questions import Asked
from resolver.lab.fullworld.replaying import Answered, Replay, ReplayCrashed
from resolver.lab.replay.outcome import describe
from resolver.lab.replay.questions import World as TraceWorld
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.policy import AnswerClass, Policy, PositiveBounds, PrefetchRules, StaleRules
from resolver.policy.presets import load_policy, preset_names
from resolver.service import Service
from resolver.units import Seconds
from tests.lab.fullworld.traces import ask, questions_of

PLAIN = Policy(stale=StaleRules(enabled=False), prefetch=PrefetchRules(enabled=False))
MIXED = (
    "zipf:n=120,alpha=0.9,rate=2,duration=25m,ttl=mix,nxdomain=0.15,nodata=0.2,pairs=0.3,once=0.05,clients=7"
)


def replayed(
    policy: Policy, questions: Sequence[Asked], conditions: Conditions | None = None
) -> list[Answered]:
    return list(Replay(ServerUnder(policy), conditions or Conditions()).ask(questions))


def told(policy: Policy, *questions: Asked, conditions: Conditions | None = None) -> list[str]:
    return [described(answered) for answered in replayed(policy, questions, conditions)]


def described(answered: Answered) -> str:
    assert answered.outcome is not None
    return describe(answered.outcome)


def at_cache_level(policy: Policy, questions: Sequence[Asked]) -> list[str]:
    reference = ReferenceReplay(policy)
    return [
        describe(
            reference.answer(Question(q.time, q.rrset, q.said._replace(owner=q.name), q.changes_at, q.down))
        )
        for q in questions
    ]


@pytest.mark.parametrize("name", preset_names())
def test_both_depths_agree_question_by_question(name: str) -> None:
    policy = load_policy(name)
    questions = questions_of(MIXED, TraceWorld(change_s=600.0), seed=len(name))
    found = [described(answered) for answered in replayed(policy, questions)]
    expected = at_cache_level(policy, questions)
    assert found == expected
    assert len(questions) > 2500
    assert len({outcome.split()[0] for outcome in found}) >= 3


@pytest.mark.parametrize("ttl", ["0", "1s", "1m"])
def test_they_agree_on_very_short_lives(ttl: str) -> None:
    questions = questions_of(f"zipf:n=20,alpha=0.9,rate=5,duration=4m,ttl={ttl}")
    assert [described(each) for each in replayed(Policy(), questions)] == at_cache_level(Policy(), questions)


def test_outdated_seconds_are_the_same_too() -> None:
    questions = questions_of(MIXED, TraceWorld(change_s=120.0))
    reference = ReferenceReplay(PLAIN)
    for q in questions:
        reference.answer(Question(q.time, q.rrset, q.said, q.changes_at, q.down))
    found = replayed(PLAIN, questions)
    assert sum(each.outdated_s for each in found) == pytest.approx(reference.outdated_s, rel=1e-9)
    assert reference.outdated_s > 0


def test_a_life_and_the_next() -> None:
    asked = [ask(at, "www.shop.lab.") for at in (0, 99, 100, 150)]
    assert told(PLAIN, *asked) == ["answered queried", "fresh", "answered queried", "fresh"]


def test_with_latency_those_who_ask_together_wait_for_one_fetch() -> None:
    asked = [ask(at, "www.shop.lab.") for at in (0, 0.01, 0.02, 1)]
    found = replayed(PLAIN, asked, Conditions(latency_s=0.05))
    assert [described(each) for each in found] == ["answered queried", "answered", "answered", "fresh"]
    assert [each.waited_s for each in found] == pytest.approx([0.15, 0.14, 0.13, 0])


def test_a_life_begins_when_the_answer_comes() -> None:
    asked = [ask(at, "www.shop.lab.") for at in (0, 100.1, 100.2)]
    assert told(PLAIN, *asked, conditions=Conditions(latency_s=0.05)) == [
        "answered queried", "fresh", "answered queried",
    ]  # fmt: skip


def test_through_an_outage_stale_data_serve_and_then_a_fetch_is_tried() -> None:
    policy = Policy(prefetch=PrefetchRules(enabled=False))
    outage = Conditions(outages=((50.0, 200.0),))
    asked = [ask(at, "www.shop.lab.", down=50 <= at < 200) for at in (0, 60, 110, 120, 250)]
    found = replayed(policy, asked, outage)
    assert [described(each) for each in found] == [
        "answered queried", "fresh outage", "stale_waited queried beyond outage", "stale beyond outage",
        "answered queried",
    ]  # fmt: skip
    assert found[2].waited_s == pytest.approx(1.8)
    assert at_cache_level(policy, asked) == [described(each) for each in found]


def test_without_stale_data_an_outage_is_servfail() -> None:
    asked = [ask(at, "www.shop.lab.", down=True) for at in (0, 20, 21)]
    found = replayed(PLAIN, asked, Conditions(outages=((0.0, 50.0),)))
    assert described(found[0]) == "failed queried outage"
    assert 3.0 < found[0].waited_s <= 4.5


def test_a_lost_datagram_is_sent_again_and_costs_time() -> None:
    questions = questions_of("zipf:n=300,alpha=0.9,rate=5,duration=2m,ttl=5m")
    lossy = Replay(ServerUnder(PLAIN), Conditions(latency_s=0.02, loss_pct=20))
    clean = Replay(ServerUnder(PLAIN), Conditions(latency_s=0.02))
    with_loss, without = list(lossy.ask(questions)), list(clean.ask(questions))
    assert all(each.reply.answer is not AnswerClass.FAILURE for each in with_loss)
    assert lossy.sent > 1.1 * clean.sent
    assert max(each.waited_s for each in with_loss) > 0.3 > max(each.waited_s for each in without)


def test_with_less_memory_there_are_fewer_hits() -> None:
    questions = questions_of("zipf:n=8000,alpha=0.5,rate=80,duration=2m,ttl=1h")
    hits = [
        sum(described(each) == "fresh" for each in Replay(ServerUnder(PLAIN), size=size).ask(questions))
        for size in (1 << 20, 1 << 30)
    ]
    assert hits[0] < 0.9 * hits[1]


def test_a_minimum_shows_beyond_the_owners_ttl() -> None:
    policy = Policy(positive=PositiveBounds(min=Seconds(60)), prefetch=PrefetchRules(enabled=False))
    asked = [ask(at, "www.shop.lab.", ttl=10) for at in (0, 9, 10, 59, 60)]
    assert told(policy, *asked) == [
        "answered queried",
        "fresh",
        "fresh beyond",
        "fresh beyond",
        "answered queried",
    ]


def test_a_name_that_begins_to_exist_stays_denied_for_its_ttl() -> None:
    asked = [
        ask(0, "www.shop.lab.", ttl=60, answer=AnswerClass.NXDOMAIN), ask(30, "www.shop.lab."),
        ask(61, "www.shop.lab."),
    ]  # fmt: skip
    found = replayed(PLAIN, asked)
    assert [described(each) for each in found] == [
        "answered queried",
        "negative outdated",
        "answered queried",
    ]
    assert found[1].reply.answer is AnswerClass.NXDOMAIN


def test_clients_without_an_address_are_answered_too() -> None:
    asked = [
        ask(at, "www.shop.lab.", client=client) for at, client in enumerate(("", "a phone", "2001:db8::1"))
    ]
    assert told(PLAIN, *asked) == ["answered queried", "fresh", "fresh"]


def test_a_crash_is_no_result() -> None:
    def make(
        world: World, caches: Caches, images: ImageCache, hints: Sequence[tuple[bytes, str]], tell: Tell
    ) -> Service:
        tell(Crashed(0.0, "service", "Traceback: a bug"))
        return ServerUnder(PLAIN)(world, caches, images, hints, tell)

    with pytest.raises(ReplayCrashed, match="a bug"):
        list(Replay(make).ask([ask(0, "www.shop.lab.")]))
