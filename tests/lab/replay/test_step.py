# SPDX-License-Identifier: ISC
"""One question as arithmetic: `test_replaying` holds it against the policy code, this the parts it is made of."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from resolver.lab.replay import step as of
from resolver.lab.replay.numbers import PolicyNumbers
from resolver.lab.replay.outcome import describe
from resolver.lab.replay.subjects import codes_of
from resolver.policy import Policy


@pytest.fixture
def numbers() -> PolicyNumbers:
    found = PolicyNumbers(Policy())
    found.cover(codes_of(np.zeros(1, int), np.ones(1, int), np.array([100])))
    return found


def test_quiet_until_the_first_thing_to_be_told(numbers: PolicyNumbers) -> None:
    states, sums = of.blank(1), np.zeros((2, of.SUMS))
    of.fetch(states, 0, 1000.0, 0, inf, False, numbers.table, numbers.backoffs, sums, 1)
    assert of.quiet_until(states, 0, numbers.table) == 1090.0  # a prefetch
    states[0, of.CHANGES_AT] = 1050.0
    assert of.quiet_until(states, 0, numbers.table) == 1050.0
    states[0, of.NEEDED_FROM] = 1020.0
    assert of.quiet_until(states, 0, numbers.table) == 1020.0
    assert sums.tolist() == [[0, 0, 0, 0], [0, 1, 100, 100]]


def test_what_is_forgotten_is_fetched_again_and_its_failures_are_not(numbers: PolicyNumbers) -> None:
    states, sums = of.blank(1), np.zeros((2, of.SUMS))

    def asked(time: float, down: bool) -> str:
        outcome = of.step(states, 0, time, 0, inf, down, numbers.table, numbers.backoffs, sums, 1)
        return describe(outcome)

    assert asked(0.0, False) == "answered queried"
    of.forget(states, 0)
    assert asked(1.0, True) == "failed queried outage"
    of.forget(states, 0)
    assert asked(1.5, False) == "failure"
    assert asked(2.0, False) == "answered queried"
