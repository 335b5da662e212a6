# SPDX-License-Identifier: ISC
"""The law of sweeps: what arrays say of a TTL is what the policy code says of it, to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.lab.replay import numbers as numbers_module
from resolver.lab.replay.numbers import PolicyNumbers, numbers
from resolver.lab.replay.subjects import ANY_OWNER, CLASSES, codes_of, subject_of
from resolver.policy import (
    AnswerClass,
    NegativeBounds,
    Policy,
    PositiveBounds,
    PrefetchRules,
    Rule,
    StaleRules,
)
from resolver.policy.presets import load_policy, preset_names
from resolver.units import Seconds

LONGEST = (1 << 32) - 1
TURNS = sorted(
    {
        max(edge + step, 0)
        for edge in (0, 1, 9, 10, 30, 60, 300, 900, 1000, 3600, 10800, 86400, 604800, 1 << 31, LONGEST - 2)
        for step in (-2, -1, 0, 1, 2)
    }
)


def agree(policy: Policy, ttls: list[int], rtype: int = 1) -> None:
    """Hold the table of every class at `ttls` against the policy code."""
    ttl = np.array(ttls * len(CLASSES), np.int64)
    answer = np.repeat(np.arange(len(CLASSES)), len(ttls))
    codes = codes_of(answer, np.full(len(ttl), rtype), ttl)
    found = PolicyNumbers(policy)
    found.cover(codes)
    for code, row in zip(codes.tolist(), found.table, strict=True):
        subject = subject_of(code, ANY_OWNER)
        if subject.answer is AnswerClass.FAILURE and subject.published:
            subject = subject._replace(published=0)  # a trace's failures tell no TTL
        said = numbers(subject, policy, int(row[numbers_module.BACKOFF]))
        assert tuple(row.tolist()) == said, subject


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_at_every_turn_and_every_second_of_an_hour(name: str) -> None:
    policy = load_policy(name)
    if not policy.by_name:
        agree(policy, [*TURNS, *range(3700)])


seconds = st.sampled_from([0, 1, 5, 30, 59.5, 300, 3600, 86400]).map(Seconds)
fractions = st.sampled_from([0.0, 0.01, 0.1, 0.3, 0.5])
rules = st.builds(
    lambda low, span, **settings: Rule(
        ttl_from=low, ttl_to=None if span is None else Seconds(low + span), **settings
    ),
    low=seconds,
    span=st.none() | st.sampled_from([0, 1, 0.5, 600]),
    types=st.sampled_from([(), ("A",), ("AAAA",)]),
    classes=st.sampled_from([(), (AnswerClass.POSITIVE,), (AnswerClass.NXDOMAIN, AnswerClass.NODATA)]),
    min=st.none() | seconds,
    factor=st.none() | st.sampled_from([0.0, 0.1, 0.37, 1.0, 3.0, 1000.0]),
    ttl=st.none() | seconds,
    stale=st.none() | st.booleans(),
    stale_max_age=st.none() | seconds,
    prefetch=st.none() | st.booleans(),
    prefetch_fraction=st.none() | fractions,
    prefetch_left=st.none() | seconds,
)
policies = st.builds(
    Policy,
    positive=st.builds(
        lambda low, more: PositiveBounds(min=low, max=Seconds(low + more)), seconds, st.sampled_from([0, 1, 7200])
    ),
    nxdomain=st.builds(lambda low: NegativeBounds(min=low, max=Seconds(low + 60)), seconds),
    stale=st.builds(StaleRules, enabled=st.booleans(), max_age=seconds),
    prefetch=st.builds(
        PrefetchRules, enabled=st.booleans(), fraction=fractions, left=seconds,
        min_ttl=st.sampled_from([1, 9, 600]).map(Seconds),
    ),
    rules=st.lists(rules, max_size=4).map(tuple),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    policy=policies, ttls=st.lists(st.integers(0, LONGEST), max_size=20), rtype=st.sampled_from([1, 28, 16])
)
def test_any_policy_at_any_ttl(policy: Policy, ttls: list[int], rtype: int) -> None:
    agree(policy, [*TURNS, *ttls], rtype)


def test_arrays_that_would_say_something_else_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Policy()
    true = numbers_module.kept_and_lead
    wrong = replace(policy, positive=PositiveBounds(max=Seconds(600)))
    monkeypatch.setattr(
        numbers_module, "kept_and_lead",
        lambda ttl, _: true(ttl, wrong.terms(subject_of(300 << 18, ANY_OWNER))),
    )  # fmt: skip
    codes = codes_of(np.zeros(3, int), np.ones(3, int), np.array([10, 300, 3600]))
    with pytest.raises(AssertionError):
        PolicyNumbers(policy).cover(codes)
