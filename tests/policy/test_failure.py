# SPDX-License-Identifier: ISC
"""RFC 9520 section 3.2: back-off of questions and of servers."""

from resolver.policy import Policy, retry_after, server_retry_after
from tests.policy.judging import bounded


def test_rfc9520_transient_failures_double_from_one_second_to_five_minutes() -> None:
    waits = [retry_after(count, False, Policy()) for count in range(1, 12)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_rfc9520_structural_failures_double_from_five_seconds() -> None:
    waits = [retry_after(count, True, Policy()) for count in range(1, 9)]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_count_beyond_all_doubling_is_the_maximum() -> None:
    assert retry_after(10**9, False, Policy()) == 300
    assert server_retry_after(10**9) == 60


def test_failure_bounds_are_their_own() -> None:
    rules = bounded(low=3600, failure_low=3, failure_high=20)
    waits = [retry_after(count, False, rules) for count in range(1, 8)]
    assert waits == [3, 3, 4, 8, 16, 20, 20]


def test_a_server_is_left_alone_after_four_failures_in_a_row() -> None:
    waits = [server_retry_after(count) for count in range(12)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
