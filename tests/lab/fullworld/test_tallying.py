# SPDX-License-Identifier: ISC
"""Counting answers: the shape of cache-level replay, with waits as they were."""

from __future__ import annotations

import pytest

from resolver.composition import ServerUnder
from resolver.lab.fullworld.hierarchy import Conditions
from resolver.lab.fullworld.questions import Asked
from resolver.lab.fullworld.replaying import Replay
from resolver.lab.fullworld.tallying import Counting
from resolver.lab.replay.outcome import Kind
from resolver.lab.replay.results import Tally
from resolver.policy import Policy, PositiveBounds, PrefetchRules, StaleRules
from resolver.units import Seconds
from tests.lab.fullworld.traces import ask

PLAIN = Policy(
    positive=PositiveBounds(max=Seconds(50)),
    stale=StaleRules(enabled=False),
    prefetch=PrefetchRules(enabled=False),
)


def counted(
    questions: list[Asked], conditions: Conditions | None = None, since: float = 0.0
) -> tuple[Counting, Tally]:
    replay, counting = Replay(ServerUnder(PLAIN), conditions or Conditions()), Counting(since)
    for answered in replay.ask(questions):
        counting.add(answered)
    return counting, counting.tally(replay, 2)


QUESTIONS = [ask(at, "www.shop.lab.", ttl=100, changes_at=10) for at in (0, 5, 20, 49, 60)]


def test_kinds_and_sums() -> None:
    _, tally = counted(QUESTIONS)
    assert (tally.questions, tally.span_s, tally.rrsets) == (5, 60, 2)
    assert (tally.count(Kind.FRESH), tally.count(Kind.ANSWERED), tally.queries) == (3, 2, 2)
    assert tally.outdated == 2 / 5
    assert tally.outdated_s == (20 - 10) + (49 - 10)
    assert (tally.mean_kept_s, tally.mean_published_s) == (50, 100)


def test_a_warm_up_is_not_counted() -> None:
    _, tally = counted(QUESTIONS, since=20)
    assert (tally.questions, tally.span_s, tally.count(Kind.FRESH)) == (3, 40, 2)


def test_waits_are_measured() -> None:
    counting, tally = counted(QUESTIONS, Conditions(latency_s=0.1))
    latency = counting.latency()
    assert latency.waits == pytest.approx((0.1, 0.3))
    assert latency.mean(tally, 0.0) == pytest.approx(0.4 / 5)
    assert [latency.percentile(tally, 0.0, share) for share in (0.2, 0.6, 0.7, 1.0)] == pytest.approx(
        [0.0, 0.0, 0.1, 0.3]
    )
