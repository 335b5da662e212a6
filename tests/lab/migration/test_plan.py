# SPDX-License-Identifier: ISC
"""The timetable of a move: every wait is as long as the longest copy of what it waits for, and no longer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.lab.migration.keeping import Caches
from resolver.lab.migration.plan import Facts, Move, StepKind, TooSoon, Wishes, plan
from tests.lab.migration.making import BROWSER, DAY, NAME, PLAIN, policy

NOW = 1_000_000.0
CACHES = Caches({"plain": PLAIN, "at least": policy(least=10), "stale": policy(stale=DAY)}, BROWSER)


def record(ttl=3600, **more):
    return Facts(NAME, 1, Move.RECORD, ttl, **more)


def steps(found):
    return [(step.kind.value, step.at - NOW, step.until - NOW, step.ttl) for step in found.steps]


def test_lower_wait_change_verify_raise_retire():
    assert steps(plan(record(), Wishes(60, 7200), CACHES, NOW)) == [
        ("lower", 0, 0, 60),
        ("wait", 0, 3600, 60),
        ("change", 3600, 3600, 60),
        ("verify", 3600, 3720, 60),  # the lower TTL, and a browser's minute
        ("raise", 3720, 3720, 7200),
        ("retire", 3720, 3720, 7200),
    ]


def test_a_wished_instant_is_kept_and_the_lowering_counted_back_from_it():
    found = plan(record(), Wishes(60, 3600, NOW + DAY), CACHES, NOW)
    assert found.step(StepKind.CHANGE).at == NOW + DAY
    assert found.step(StepKind.LOWER).at == NOW + DAY - 3600


def test_a_change_before_the_old_ttl_is_over_is_refused_with_the_earliest_instant():
    with pytest.raises(TooSoon) as raised:
        plan(record(), Wishes(60, 3600, NOW + 600), CACHES, NOW)
    assert raised.value.earliest_at == NOW + 3600


def test_what_is_short_already_is_changed_at_once_and_left_so():
    assert [step.kind for step in plan(record(30), Wishes(60, 30), CACHES, NOW).steps] == [
        StepKind.CHANGE,
        StepKind.VERIFY,
        StepKind.RETIRE,
    ]


def test_a_minimum_clamp_outlives_a_ttl_below_it():
    assert plan(record(), Wishes(5, 3600), CACHES, NOW).over_at == NOW + 3600 + 10 + 60


def test_stale_serving_is_the_worst_case_apart():
    found = plan(record(), Wishes(60, 3600), CACHES, NOW)
    assert found.stale_until == found.over_at + DAY
    assert found.unprepared_for == 3660


def test_the_last_authority_counts():
    found = plan(record(lag=900.0), Wishes(60, 3600), CACHES, NOW)
    assert found.step(StepKind.CHANGE).at == NOW + 900 + 3600
    assert found.over_at == found.step(StepKind.CHANGE).at + 900 + 120


def test_a_creation_lowers_the_negative_ttl_and_gives_the_record_its_own_at_once():
    """RFC 2308 section 5: who asked too early holds the denial for as long."""
    found = plan(Facts(NAME, 1, Move.CREATION, 900), Wishes(60, 3600), CACHES, NOW)
    assert [(s.kind.value, s.at - NOW, s.ttl) for s in found.steps] == [
        ("lower", 0, 60),
        ("wait", 0, 60),
        ("change", 900, 3600),
        ("verify", 900, 3600),
        ("raise", 900 + 120, 900),
    ]


def test_the_parents_ttl_is_waited_for_after_the_change_and_not_before():
    """No zone can lower the TTL of its delegation: whoever goes by it goes to the old servers until it is over."""
    found = plan(Facts(NAME, 2, Move.DELEGATION, 3600, parent_ttl=2 * DAY), Wishes(300, 3600), CACHES, NOW)
    assert found.step(StepKind.CHANGE).at == NOW + 3600
    assert found.step(StepKind.RETIRE).at == NOW + 3600 + 2 * DAY + 60


@given(
    ttl=st.integers(0, DAY),
    lower_to=st.integers(0, DAY),
    new_ttl=st.integers(0, DAY),
    parent=st.none() | st.integers(0, DAY),
    move=st.sampled_from(Move),
    least=st.integers(0, 300),
)
def test_laws_of_every_plan(ttl, lower_to, new_ttl, parent, move, least):
    """Steps are in order; no copy with the old TTL is left at the change, none with the lower one at the end."""
    caches = Caches({"a": policy(least=least), "b": PLAIN}, BROWSER)
    found = plan(Facts(NAME, 1, move, ttl, parent), Wishes(lower_to, new_ttl), caches, NOW)
    assert [step.at for step in found.steps] == sorted(step.at for step in found.steps)
    change = found.step(StepKind.CHANGE)
    if found.step(StepKind.LOWER):
        stretched = max(ttl, least) if move is not Move.CREATION else ttl
        assert change.at - found.step(StepKind.LOWER).at >= stretched
    assert found.over_at - change.at >= min(lower_to, ttl)
    assert found.stale_until >= found.over_at
    assert found.unprepared_for >= found.over_at - change.at
