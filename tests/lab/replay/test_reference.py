# SPDX-License-Identifier: ISC
"""The plain replay, question by question, as a table of instants."""

from __future__ import annotations

from math import inf

from resolver.lab.replay.outcome import describe
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.policy import AnswerClass, Policy, PrefetchRules, StaleRules, Subject
from resolver.units import Seconds

A = Subject(b"\0", 1, AnswerClass.POSITIVE, 100)
PLAIN = Policy(stale=StaleRules(enabled=False), prefetch=PrefetchRules(enabled=False))


def told(
    policy: Policy, *asked: tuple[float, bool], changes_at: float = inf, subject: Subject = A
) -> list[str]:
    replay = ReferenceReplay(policy)
    return [describe(replay.answer(Question(at, 0, subject, changes_at, down))) for at, down in asked]


def test_a_life_and_the_next() -> None:
    assert told(PLAIN, (0, False), (99, False), (100, False), (150, True)) == [
        "answered queried", "fresh", "answered queried", "fresh outage",
    ]  # fmt: skip


def test_a_failure_is_told_for_its_time_and_waits_double() -> None:
    found = told(PLAIN, (0, True), (0.5, True), (1, True), (2, True), (3.5, False))
    assert found == [
        "failed queried outage", "failure outage", "failed queried outage", "failure outage", "answered queried",
    ]  # fmt: skip


def test_stale_after_the_wait_then_at_once_until_the_recheck() -> None:
    policy = Policy(prefetch=PrefetchRules(enabled=False))
    found = told(policy, (0, False), (110, True), (120, True), (140, False))
    assert found == [
        "answered queried", "stale_waited queried beyond outage", "stale beyond outage", "answered queried",
    ]  # fmt: skip


def test_stale_at_once_with_a_refresh_behind_it() -> None:
    policy = Policy(stale=StaleRules(client_timeout=Seconds(0)), prefetch=PrefetchRules(enabled=False))
    assert told(policy, (0, False), (110, False), (120, False)) == [
        "answered queried", "stale queried beyond", "fresh",
    ]  # fmt: skip


def test_a_prefetch_is_used_when_somebody_needs_it() -> None:
    policy = Policy(prefetch=PrefetchRules(fraction=0.1))
    assert told(policy, (0, False), (95, False), (99, False), (101, False), (102, False)) == [
        "answered queried", "fresh queried", "fresh", "fresh prefetch-used", "fresh",
    ]  # fmt: skip


def test_outdated_from_the_change_on() -> None:
    assert told(PLAIN, (0, False), (9, False), (10, False), changes_at=10.0) == [
        "answered queried", "fresh", "fresh outdated",
    ]  # fmt: skip


def test_a_denial_and_what_has_no_life() -> None:
    denial = Subject(b"\0", 0, AnswerClass.NXDOMAIN, 100)
    assert told(PLAIN, (0, False), (1, False), subject=denial)[1] == "negative"
    assert told(PLAIN, (0, False), (1, False), subject=A._replace(published=0))[1] == "answered queried"
