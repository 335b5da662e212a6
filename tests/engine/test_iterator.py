# SPDX-License-Identifier: ISC
"""The whole engine in worlds that nobody designed: it always ends, in time and within its budget."""

from __future__ import annotations

import random

import pytest

from resolver.engine.outcome import Failed, Resolved
from resolver.events import QuestionEnded, QuestionStarted
from tests.engine.scripted import ROOT_SERVER, Asked, Behaviour, Bench, Scripted, Sent, referral, reply, soa


def hostile(seed: int) -> Scripted:
    """Nine servers that refer, alias, deny, fail, truncate and keep silent at random, to one another."""
    rng = random.Random(seed)
    pool = [ROOT_SERVER, *(f"192.0.2.{index}" for index in range(2, 10))]

    def one(asked: Asked) -> Sent | list[tuple[float, Sent]]:
        labels = asked.name.rstrip(".").split(".") if asked.name != "." else []
        cut = ".".join(labels[rng.randrange(len(labels)) :]) + "." if labels else "."
        other = f"{rng.choice('abcdef')}.{rng.choice('xyz')}.{rng.choice(['shop0', 'net0'])}."
        choice = rng.randrange(10)
        if choice <= 1:
            return referral(asked, cut, ns=rng.choice(pool), ns2=rng.choice(pool))
        if choice <= 3:
            return reply(
                asked,
                authority=[
                    f"{cut} 60 NS {rng.choice('abcdef')}.{other}" for _ in range(rng.randrange(1, 30))
                ],
                aa=False,
            )
        if choice == 4:
            return reply(asked, [f"{asked.name} {rng.choice([0, 60])} CNAME {other}"])
        if choice == 5:
            return reply(asked, [f"{asked.name} 60 A {rng.choice(pool)}"])
        if choice == 6:
            return reply(asked, authority=[soa(cut)] * rng.randrange(2), rcode=rng.choice([0, 3]))
        if choice == 7:
            return reply(asked, rcode=rng.choice([1, 2, 4, 5, 9]))
        if choice == 8:
            return reply(asked, tc=True)
        return rng.choice([[], [(rng.uniform(0, 5), reply(asked))], [(0.0, None)]])

    behaviours: dict[str, Behaviour] = dict.fromkeys(pool, one)
    return Scripted(behaviours)


@pytest.mark.parametrize("seed", range(300))
def test_a01_any_world_costs_at_most_50_packets_and_8_seconds(seed: int) -> None:
    bench = Bench(hostile(seed), seed=seed)
    outcome = bench.resolve(f"{random.Random(seed).choice(['a.b.', 'www.', ''])}a.x.shop0.")
    assert isinstance(outcome, Resolved | Failed)
    assert len(bench.network.log) <= 50
    assert bench.world.ticks() <= 8.01
    bench.world.settle()
    assert bench.world.open_flights == 0
    assert bench.world.open_jobs == 0


def test_beginning_and_end_are_told() -> None:
    bench = Bench(hostile(1))
    bench.resolve("a.x.shop0.")
    told = [
        event
        for event in bench.events
        if isinstance(event, QuestionStarted | QuestionEnded) and event.why == "client"
    ]
    assert [type(event) for event in told] == [QuestionStarted, QuestionEnded]
    assert isinstance(told[1], QuestionEnded)
    assert told[1].queries == len(bench.network.log)
