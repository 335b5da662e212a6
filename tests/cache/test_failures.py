# SPDX-License-Identifier: ISC
"""RFC 9520 and the recheck timer of RFC 8767."""

from __future__ import annotations

import pytest

from resolver.cache import Failure, FailureCache
from resolver.wire import Ede
from tests.cache.making import HUGE, POLICY, k

A = 1
NAME, ZONE = k("a.example."), k("example.")


@pytest.fixture
def failures() -> FailureCache:
    return FailureCache(HUGE)


def fail(
    failures: FailureCache,
    now: float,
    *,
    key: bytes = NAME,
    cd: bool = False,
    structural: bool = False,
    unreachable: bool = True,
    zone: bytes = ZONE,
    text: str = "",
) -> Failure:
    return failures.record(
        key,
        A,
        cd,
        now,
        structural=structural,
        unreachable=unreachable,
        ede=Ede.NO_REACHABLE_AUTHORITY,
        text=text,
        zone=zone,
        policy=POLICY,
    )


def known(failures: FailureCache, now: float, *, cd: bool = False) -> bool:
    return failures.get(NAME, A, cd, now) is not None


def test_rfc9520_section3_2_a_failure_is_told_for_a_second_and_then_no_more(failures: FailureCache) -> None:
    fail(failures, 10.0)
    assert [known(failures, at) for at in (10.0, 10.999, 11.0)] == [True, True, False]


def test_rfc9520_section3_2_failing_again_doubles_the_period(failures: FailureCache) -> None:
    now, periods = 0.0, []
    for _ in range(11):
        until = fail(failures, now).until
        periods.append(until - now)
        now = until
    assert periods == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_structural_failures_begin_at_five_seconds(failures: FailureCache) -> None:
    assert fail(failures, 0.0, structural=True).until == 5.0
    assert fail(failures, 5.0, structural=True).until == 15.0


def test_the_count_is_forgotten_after_twice_the_longest_period(failures: FailureCache) -> None:
    fail(failures, 0.0)
    assert fail(failures, 600.9).count == 2
    until = 602.9
    assert fail(failures, until + 600.0).count == 1


def test_failing_inside_a_period_neither_counts_nor_lengthens(failures: FailureCache) -> None:
    first = fail(failures, 0.0)
    assert fail(failures, 0.5) == first


def test_r23_a_clock_set_back_an_hour_makes_no_failure_last_for_an_hour(failures: FailureCache) -> None:
    fail(failures, 10_000.0)
    assert failures.get(NAME, A, False, 6_400.0) is None
    assert fail(failures, 6_400.0).until == 6_402.0


def test_success_is_the_end_of_it(failures: FailureCache) -> None:
    fail(failures, 0.0)
    fail(failures, 1.0)
    failures.set_recheck(NAME, A, ZONE, 100.0)
    failures.succeeded(NAME, A, cd=False)
    assert failures.recheck_until(NAME, A) == 0.0
    assert fail(failures, 3.0).count == 1


def test_checking_disabled_is_another_question(failures: FailureCache) -> None:
    fail(failures, 0.0)
    assert not known(failures, 0.0, cd=True)
    failures.succeeded(NAME, A, cd=True)
    assert known(failures, 0.0)


class TestZoneAnswered:
    """R22: what waited for a zone does not wait once a server of it answers."""

    def test_failures_for_want_of_an_answer_are_cleared(self, failures: FailureCache) -> None:
        fail(failures, 0.0)
        failures.zone_answered(ZONE)
        assert not known(failures, 0.0)

    def test_failures_of_another_kind_stay(self, failures: FailureCache) -> None:
        fail(failures, 0.0, unreachable=False)
        failures.zone_answered(ZONE)
        assert known(failures, 0.0)

    def test_other_zones_stay(self, failures: FailureCache) -> None:
        fail(failures, 0.0)
        failures.set_recheck(NAME, A, ZONE, 30.0)
        failures.zone_answered(k("."))
        assert known(failures, 0.0)
        assert failures.recheck_until(NAME, A) == 30.0

    def test_recheck_timers_are_cleared(self, failures: FailureCache) -> None:
        failures.set_recheck(NAME, A, ZONE, 30.0)
        failures.set_recheck(k("b.example."), A, ZONE, 30.0)
        failures.zone_answered(ZONE)
        assert failures.recheck_until(NAME, A) == failures.recheck_until(k("b.example."), A) == 0.0

    def test_a_failure_that_moved_to_another_zone_follows_that_one(self, failures: FailureCache) -> None:
        fail(failures, 0.0)
        fail(failures, 1.0, zone=k("."))
        failures.zone_answered(ZONE)
        assert known(failures, 1.0)
        failures.zone_answered(k("."))
        assert not known(failures, 1.0)


def test_rfc9520_section5_the_cache_is_bounded_under_random_names() -> None:
    failures = FailureCache(100_000)
    for number in range(2000):
        fail(failures, 0.0, key=k(f"n{number}.example."), text="x" * (number % 300))
        failures.set_recheck(k(f"n{number}.example."), A, ZONE, 30.0)
        assert failures.size_bytes <= 100_000
    assert 0 < len(failures) < 200
    failures.zone_answered(ZONE)
    assert (len(failures), failures.size_bytes) == (0, 0)


def test_a_text_over_the_whole_budget_is_not_kept_and_not_an_error() -> None:
    failures = FailureCache(10_000)
    assert fail(failures, 0.0, text="x" * 10_000).until == 1.0
    assert not known(failures, 0.0)


def test_flush_takes_a_name_a_subtree_or_all(failures: FailureCache) -> None:
    fail(failures, 0.0)
    fail(failures, 0.0, key=ZONE)
    fail(failures, 0.0, key=k("other."))
    failures.set_recheck(NAME, A, ZONE, 30.0)
    assert failures.flush(ZONE, subtree=True, dry_run=True) == 3
    assert failures.flush(NAME) == 2
    assert failures.flush(ZONE, subtree=True) == 1
    assert failures.flush() == 1
    assert failures.size_bytes == 0
