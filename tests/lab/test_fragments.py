# SPDX-License-Identifier: ISC
"""One trace over n caches is n traces over a cache each."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.fragments import Fragmented, TooManyNames, fragmentation
from resolver.lab.replay.questions import Preparation, World
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.lab.replay.replaying import Arm, outcomes_of
from resolver.lab.traces.spec import read_spec
from resolver.lab.traces.synthetic import Synthetic
from resolver.policy import Policy, PrefetchRules, Rule

SPEC = read_spec("zipf:n=50,rate=5,duration=600,ttl=60,clients=9")


def test_each_client_has_its_cache_and_no_other() -> None:
    trace = Synthetic(SPEC, 1)
    caches = [ReferenceReplay(Policy()) for _ in range(4)]
    preparation = Preparation(trace, World(change_s=0.0))
    client = np.concatenate([block.client for block in trace.blocks()])
    expected = []
    for block in preparation.blocks():
        for row in range(len(block)):
            subject = preparation.subjects[block.subject[row]]
            question = Question(float(block.time[row]), int(block.rrset[row]), subject, np.inf, False)
            expected.append(caches[client[row] % 4].answer(question))
    found = outcomes_of(Preparation(Fragmented(trace, 4), World(change_s=0.0)), [Arm(Policy())])[0]
    assert found.tolist() == expected


def test_names_rows_and_clients_stay_what_they_are() -> None:
    trace = Synthetic(SPEC, 1)
    apart = Fragmented(trace, 3)
    assert len(apart.names) == 3 * len(trace.names)
    assert apart.names[7] == trace.names[2]
    assert list(apart.names[3:6]) == [trace.names[1]] * 3
    assert list(apart.rows()) == list(trace.rows())
    assert apart.client(4) == trace.client(4)
    assert apart.about.endswith("over 3 caches")


@pytest.mark.parametrize("rules", [(), (Rule(suffix=("lab.",), jitter=0.1),)])
def test_what_each_cache_more_costs_is_what_theory_says(rules: tuple[Rule, ...]) -> None:
    trace = Synthetic(read_spec("zipf:n=300,alpha=0.7,rate=40,duration=2h,ttl=60,clients=96"), 1)
    policy = Policy(prefetch=PrefetchRules(enabled=False), rules=rules)
    found = fragmentation(trace, World(change_s=0.0), policy, (1, 2, 4, 16))
    assert [share.caches for share in found] == [1, 2, 4, 16]
    for share in found:
        assert share.hit == pytest.approx(share.modelled, abs=0.01)
    hits = [share.hit for share in found]
    assert hits == sorted(hits, reverse=True)
    assert hits[0] - hits[-1] > 0.2


def test_names_that_cannot_be_told_apart_are_refused() -> None:
    trace = Synthetic(read_spec("zipf:n=500,rate=50,duration=60,clients=9"), 1)
    with pytest.raises(TooManyNames, match=" - "):
        list(Fragmented(trace, 1 << 23).blocks())
