# SPDX-License-Identifier: ISC
"""A policy's table is what its code says of each subject."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray

from resolver.lab.replay import numbers as of
from resolver.lab.replay.numbers import PolicyNumbers
from resolver.lab.replay.subjects import CLASSES, codes_of
from resolver.policy import AnswerClass, NegativeBounds, Policy, PrefetchRules, Rule, Subject
from resolver.units import Seconds

A = Subject(b"\0", 1, AnswerClass.POSITIVE, 300)
DENIAL = Subject(b"\0", 0, AnswerClass.NXDOMAIN, 4000)
FAILURE = Subject(b"\0", 1, AnswerClass.FAILURE, 0)


def codes(*subjects: Subject) -> NDArray[np.int64]:
    """The same as codes."""
    answer, rtype, ttl = ([of(each) for each in subjects] for of in (
        lambda s: CLASSES.index(s.answer), lambda s: s.rtype, lambda s: s.published,
    ))  # fmt: skip
    return codes_of(np.array(answer), np.array(rtype), np.array(ttl))


def test_a_row_a_subject() -> None:
    policy = Policy(nxdomain=NegativeBounds(max=Seconds(1000)), prefetch=PrefetchRules(fraction=0.2))
    found = PolicyNumbers(policy)
    found.cover(codes(A, DENIAL, FAILURE))
    kept, window, lead, published, negative = found.table[:, : of.WAIT].T
    assert kept.tolist() == [300.0, 1000.0, 0.0]
    assert window.tolist() == [86400.0, 86400.0, 0.0]
    assert lead.tolist() == [60.0, 200.0, -inf]
    assert published.tolist() == [300.0, 4000.0, 0.0]
    assert negative.tolist() == [0.0, 1.0, 0.0]
    assert found.table[:, of.WAIT] == pytest.approx(1.8)
    assert found.table[:, of.RECHECK] == pytest.approx(30.0)


def test_waits_after_failures_double_up_to_five_minutes() -> None:
    found = PolicyNumbers(Policy())
    found.cover(codes(A, FAILURE))
    assert found.backoffs.tolist() == [[600.0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]]
    assert found.table[:, of.BACKOFF].tolist() == [0.0, 0.0]


def test_rules_for_types_have_waits_of_their_own() -> None:
    policy = Policy(rules=(Rule(types=("AAAA",), classes=(AnswerClass.FAILURE,), min=Seconds(60)),))
    found = PolicyNumbers(policy)
    found.cover(codes(A, A._replace(rtype=28)))
    rows = found.table[:, of.BACKOFF].astype(int)
    assert found.backoffs[rows[0], 1] == 1.0
    assert found.backoffs[rows[1], 1] == 60.0


def test_what_is_known_is_not_asked_again() -> None:
    found = PolicyNumbers(Policy())
    found.cover(codes(A))
    before = found.table
    found.cover(codes(A))
    assert found.table is before
    found.cover(codes(A, DENIAL))
    assert np.array_equal(found.table[:1], before)


def test_rules_for_names_are_asked_about_each_name() -> None:
    policy = Policy(rules=(Rule(suffix=("example.",), max=Seconds(60)),))
    found = PolicyNumbers(policy)
    found.cover(codes(A), [A, A._replace(owner=b"\7example\0")])
    assert found.table[:, of.KEPT].tolist() == [300.0, 60.0]
