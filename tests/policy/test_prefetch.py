# SPDX-License-Identifier: ISC
"""When a hit starts a new fetch."""

from math import inf

from resolver.policy import Policy, PrefetchRules, positive
from resolver.policy.prefetch import due, due_at
from resolver.units import Seconds

LIFE = positive(300, 1000.0, Policy())


def test_the_last_tenth_of_a_life_is_half_open() -> None:
    assert due_at(LIFE, PrefetchRules()) == 1270.0
    assert [due(LIFE, at, PrefetchRules()) for at in (1269.9, 1270.0, 1299.9, 1300.0)] == [
        False,
        True,
        True,
        False,
    ]


def test_short_lives_are_not_worth_it() -> None:
    assert due_at(positive(9, 0.0, Policy()), PrefetchRules()) == inf
    assert due_at(positive(10, 0.0, Policy()), PrefetchRules()) == 9.0


def test_switched_off() -> None:
    assert not due(LIFE, 1299.0, PrefetchRules(enabled=False))


def test_fraction_zero_never_prefetches() -> None:
    assert not any(due(LIFE, 1000.0 + at, PrefetchRules(fraction=0.0)) for at in range(400))


def test_min_ttl_is_a_switch_of_its_own() -> None:
    assert due(LIFE, 1299.0, PrefetchRules(min_ttl=Seconds(300)))
    assert not due(LIFE, 1299.0, PrefetchRules(min_ttl=Seconds(301)))
