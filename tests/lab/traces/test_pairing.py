# SPDX-License-Identifier: ISC
"""Questions and answers joined: whatever their order, one row for each question, in order of time, in a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.traces.pairing import PATIENCE, Pairing, with_facts
from resolver.lab.traces.rows import Row
from resolver.telemetry.answer_facts import AnswerFacts


def asked(at, client="c"):
    return Row(at, client, b"\x00", 1)


def answered(at):
    return Row(at, "", b"\x00", 1, 60, 0, 5)


def test_an_answer_completes_its_question():
    pairing = Pairing()
    pairing.ask("k", asked(1.0))
    pairing.answer("k", answered(1.2))
    assert list(pairing.ready(1.3)) == []
    assert list(pairing.ready(3.0)) == [Row(1.0, "c", b"\x00", 1, 60, 0, 5)]
    assert not list(pairing.drain())


def test_a_retransmission_is_the_same_question():
    pairing = Pairing()
    pairing.ask("k", asked(1.0))
    pairing.ask("k", asked(3.0))
    pairing.answer("k", answered(3.1))
    assert [row.time for row in pairing.drain()] == [1.0]


def test_where_repeats_are_questions_each_answer_goes_to_the_first_that_waits():
    pairing = Pairing(repeats=True)
    for at in (1.0, 2.0, 3.0):
        pairing.ask("k", asked(at))
    pairing.answer("k", answered(3.1))
    pairing.answer("k", answered(3.1))
    assert [(row.time, row.ttl) for row in pairing.drain()] == [(1.0, 60), (2.0, 60), (3.0, None)]


def test_a_question_told_after_its_answer_is_not_another():
    pairing = Pairing()
    pairing.answer("k", answered(1.0))
    pairing.ask("k", asked(1.0))
    assert len(list(pairing.drain())) == 1


def test_the_key_may_be_used_again_after_its_answer():
    pairing = Pairing()
    for at in (1.0, 1.5):
        pairing.ask("k", asked(at))
        pairing.answer("k", answered(at))
    assert [(row.time, row.ttl) for row in pairing.drain()] == [(1.0, 60), (1.5, 60)]


def test_a_question_without_an_answer_waits_no_longer_than_patience():
    pairing = Pairing()
    pairing.ask("k", asked(1.0))
    assert not list(pairing.ready(1.0 + PATIENCE))
    assert list(pairing.ready(1.1 + PATIENCE)) == [asked(1.0)]
    pairing.answer("k", answered(20.0))  # too late: a row of its own
    assert [row.time for row in pairing.drain()] == [20.0]


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 0.9))))
def test_rows_within_a_second_of_disorder_come_out_in_order(steps):
    pairing, out, told = Pairing(), [], 0.0
    for number, (step, disorder) in enumerate(steps):
        told += step / 10
        pairing.answer(number, answered(told - disorder))
        out += pairing.ready(told)
    out += pairing.drain()
    assert len(out) == len(steps)
    assert [row.time for row in out] == sorted(row.time for row in out)


def test_facts_are_added_or_left_out():
    assert with_facts(asked(1.0), None) == asked(1.0)
    assert with_facts(asked(1.0), AnswerFacts(3, 60, 0))[4:7] == (60, 3, 0)
