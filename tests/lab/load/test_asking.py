# SPDX-License-Identifier: ISC
"""Questions of a load: well-formed, with the options asked for, in the proportions asked for."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

import pytest

from resolver.lab.load.asking import Shape, in_turn, once, zipf
from resolver.wire import from_text, parse

NAMES = [(from_text("a.lab."), 1), (from_text("b.lab."), 28)]


def read(questions, count):
    return [parse(b"\0\0" + octets) for octets in islice(questions, count)]


def test_names_come_in_turn_and_again():
    messages = read(in_turn(NAMES, Shape(), Random(1)), 5)
    assert [(m.question.name, m.question.rtype) for m in messages] == [*NAMES, *NAMES, NAMES[0]]
    assert all(message.edns and not message.edns.do for message in messages)


def test_names_of_a_trace_come_once():
    assert len(read(once(iter(NAMES * 3), Shape(), Random(1)), 99)) == 6


def test_without_edns_there_is_none_and_do_is_set_when_asked_for():
    assert read(in_turn(NAMES, Shape(edns=False), Random(1)), 1)[0].edns is None
    assert read(in_turn(NAMES, Shape(edns=False, dnssec_ok=True), Random(1)), 1)[0].edns.do


def test_every_question_has_a_cookie_of_its_own():
    messages = read(in_turn(NAMES, Shape(cookies=True), Random(1)), 50)
    cookies = {message.edns.option(10) for message in messages}
    assert len(cookies) == 50
    assert {len(cookie) for cookie in cookies} == {8}


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_kth_name_is_asked_as_often_as_the_law_says(alpha):
    drawn = 40_000
    questions = zipf(10, alpha, from_text("wild.lab."), 1, Shape(edns=False), Random(7))
    asked = Counter(message.question.name for message in read(questions, drawn))
    total = sum(rank**-alpha for rank in range(1, 11))
    for rank in (1, 2, 10):
        expected = drawn * rank**-alpha / total
        assert asked[from_text(f"n{rank}.wild.lab.")] == pytest.approx(expected, abs=5 * expected**0.5)


def test_a_seed_gives_the_same_questions():
    first, second = (zipf(100, 1, b"\0", 1, Shape(cookies=True), Random(3)) for _ in range(2))
    assert list(islice(first, 100)) == list(islice(second, 100))
