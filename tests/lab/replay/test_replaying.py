# SPDX-License-Identifier: ISC
"""The kernels equal the plain replay, question by question: every trace, policy, size and order tried here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.lab.replay.eviction import ITEM_BYTES, Eviction
from resolver.lab.replay.outcome import OUTCOMES, describe
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.lab.replay.replaying import Arm, outcomes_of, replay
from resolver.lab.traces.rows import Trace
from resolver.lab.traces.spec import load_scenario, read_spec, scenario_names
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PositiveBounds, PrefetchRules, Rule, StaleRules
from resolver.policy.presets import load_policy, preset_names
from resolver.units import Seconds

MIXED = (
    "zipf:n=300,alpha=0.9,rate=5,duration=4000,ttl=mix,pairs=0.3,nxdomain=0.1,nodata=0.2,once=0.1,change=500"
)
WORLD = World(outages=((1000, 1600), (2500, 2510)))


def plainly(trace: Trace, world: World, arm: Arm) -> tuple[bytes, ReferenceReplay]:
    """The outcomes of the plain replay of the same questions."""
    preparation = Preparation(trace, world, by_name=True)
    reference = ReferenceReplay(arm.policy, arm.budget_bytes, arm.eviction)
    outcomes = b""
    for block in preparation.blocks():
        outcomes += reference.replay(
            Question(
                float(block.time[row]),
                int(block.rrset[row]),
                preparation.named_subjects[block.named_subject[row]],
                float(block.changes_at[row]),
                bool(block.down[row]),
            )
            for row in range(len(block))
        )
    return outcomes, reference


def agree(trace: Trace, world: World, arms: list[Arm]) -> None:
    by_name = any(arm.policy.by_name for arm in arms)
    found = outcomes_of(Preparation(trace, world, by_name=by_name), arms)
    tallies = replay(Preparation(trace, world, by_name=by_name), arms)
    for arm, outcomes, tally in zip(arms, found, tallies, strict=True):
        expected, reference = plainly(trace, world, arm)
        differ = [
            (row, describe(a), describe(b))
            for row, (a, b) in enumerate(zip(expected, outcomes, strict=True))
            if a != b
        ]
        assert not differ, (arm, differ[:5])
        assert np.array_equal(tally.counts, np.bincount(outcomes, minlength=OUTCOMES))
        assert tally.outdated_s == pytest.approx(reference.outdated_s)
        assert tally.sums[1:].tolist() == pytest.approx(
            [reference.stores, reference.kept_s, reference.published_s]
        )


@pytest.mark.parametrize("eviction", Eviction)
@pytest.mark.parametrize("items", [3, 40, 300])
def test_any_order_and_size(eviction: Eviction, items: int) -> None:
    agree(Synthetic(read_spec(MIXED), 1), WORLD, [Arm(Policy(), items * ITEM_BYTES, eviction)])


def test_every_preset() -> None:
    agree(Synthetic(read_spec(MIXED), 2), WORLD, [Arm(load_policy(name)) for name in preset_names()])


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario(name: str) -> None:
    spec = load_scenario(name).spec
    # Short, but with its outage, its move or its attack in it.
    at = max(spec.outage_at, spec.move_at, spec.attack_at, 0.0)
    fields = {field: getattr(spec, field) for field in spec.__struct_fields__}
    fields |= {
        "duration": Seconds(min(spec.duration, at + 900)),
        "rate": min(spec.rate, 20.0) * 1000 / (at + 900),
        "attack_rate": min(spec.attack_rate, 5.0),
    }
    short = type(spec)(**fields)
    agree(Synthetic(short, 1), World(), [Arm(Policy()), Arm(Policy(), 100 * ITEM_BYTES)])


def test_rules_for_names_and_types() -> None:
    rules = (
        Rule(jitter=0.3),
        Rule(types=("AAAA",), factor=0.5, stale=False),
        Rule(glob=("*1*",), min=Seconds(700), prefetch_fraction=0.4),
    )
    policy = Policy(rules=rules, seed="s")
    assert policy.by_name
    agree(Synthetic(read_spec(MIXED), 3), WORLD, [Arm(policy), Arm(policy, 50 * ITEM_BYTES)])


def test_what_is_asked_while_warming_up_is_not_counted() -> None:
    trace = Synthetic(read_spec(MIXED), 1)
    for arm in (Arm(Policy()), Arm(Policy(), 40 * ITEM_BYTES)):
        outcomes = outcomes_of(Preparation(trace, WORLD), [arm])[0]
        time = np.concatenate([block.time for block in Preparation(trace, WORLD).blocks()])
        tally = replay(Preparation(trace, WORLD), [arm], warm_up_s=2000.0)[0]
        assert tally.counts.tolist() == np.bincount(outcomes[time >= 2000.0], minlength=OUTCOMES).tolist()
        assert tally.span_s == pytest.approx(time[-1] - 2000.0)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    least=st.sampled_from([0, 30, 300, 5000]),
    stale=st.booleans(),
    wait=st.sampled_from([0.0, 1.8]),
    window=st.sampled_from([0, 10, 600, 86400]),
    fraction=st.sampled_from([0.0, 0.1, 0.5]),
    items=st.none() | st.integers(2, 200),
    eviction=st.sampled_from(Eviction),
    down_at=st.floats(0, 900),
    down_for=st.floats(0, 900),
)
def test_whatever_the_policy(
    seed: int, least: int, stale: bool, wait: float, window: int, fraction: float, items: int | None,
    eviction: Eviction, down_at: float, down_for: float,
) -> None:  # fmt: skip
    policy = Policy(
        positive=PositiveBounds(min=Seconds(least)),
        stale=StaleRules(enabled=stale, client_timeout=Seconds(wait), max_age=Seconds(window)),
        prefetch=PrefetchRules(enabled=fraction > 0, fraction=fraction, min_ttl=Seconds(1)),
    )
    spec = read_spec(
        "zipf:n=100,rate=3,duration=1000,ttl=mix-uniform,pairs=0.2,once=0.1,nxdomain=0.1,change=200"
    )
    budget = None if items is None else items * ITEM_BYTES
    agree(
        Synthetic(spec, seed),
        World(outages=((down_at, down_at + down_for),)),
        [Arm(policy, budget, eviction)],
    )


def test_whoever_observes_a_replay_sees_what_it_counts():
    trace = Synthetic(read_spec("zipf:n=50,rate=5,duration=900,ttl=60"), 3)
    arms = [Arm(load_policy("rfc")), Arm(load_policy("browser"))]
    seen = np.zeros((2, OUTCOMES), np.int64)

    def observe(number, block, outcomes):
        assert len(block) == len(outcomes)
        seen[number] += np.bincount(outcomes, minlength=OUTCOMES)

    tallies = replay(Preparation(trace, World()), arms, observe=observe)
    assert [tally.counts.tolist() for tally in tallies] == seen.tolist()
