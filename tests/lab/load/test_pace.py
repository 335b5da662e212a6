# SPDX-License-Identifier: ISC
"""Paces: what is due when, and back."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.load.pace import FlatOut, Ramp, Recorded, Steady

rates = st.floats(1, 1e6)


@given(rates, st.integers(0, 10**6))
def test_question_n_of_a_steady_pace_is_due_when_n_and_one_are(rate, number):
    assert Steady(rate).due(Steady(rate).due_at(number)) == pytest.approx(number + 1)


@given(st.floats(0, 1e5), rates, st.floats(0.1, 1000), st.integers(0, 10**5))
def test_question_n_of_a_ramp_is_due_when_n_and_one_are(first, last, seconds, number):
    ramp = Ramp(first, last, seconds)
    assert ramp.due(ramp.due_at(number)) == pytest.approx(number + 1, rel=1e-6, abs=1e-3)


def test_a_ramp_from_nothing_is_half_of_its_end_on_average_and_then_stays_there():
    ramp = Ramp(0, 100, 10)
    assert (ramp.due(10), ramp.due(12)) == (500, 700)
    assert ramp.due(5) == 125
    assert Ramp(50, 50, 10).due_at(99) == 2
    assert Ramp(50, 0, 10).due_at(1000) == inf


def test_a_trace_sets_the_times_of_its_questions():
    pace = Recorded((100.0, 100.0, 101.0, 103.0), speed=2)
    assert [pace.due(at) for at in (0, 0.4, 0.5, 1.4, 1.5, 99)] == [2, 2, 3, 3, 4, 4]
    assert [pace.due_at(number) for number in range(5)] == [0, 0, 0.5, 1.5, inf]
    assert Recorded(()).due(5) == 0


def test_flat_out_everything_is_always_due():
    assert (FlatOut().due(0), FlatOut().due_at(10**9)) == (inf, 0)
