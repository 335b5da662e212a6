# SPDX-License-Identifier: ISC
"""RFC 8767 section 5: what to do with one question, as a table."""

import pytest

from resolver.policy import Freshness, StaleRules
from resolver.policy.stale import (
    AnswerFailure,
    Fresh,
    NotCached,
    Plan,
    Resolve,
    ResolveThenStale,
    ServeStaleNow,
    plan,
)
from resolver.units import Seconds

F, S, D = Freshness.FRESH, Freshness.STALE, Freshness.DEAD


@pytest.mark.parametrize(
    ("cached", "failed", "recheck", "expected"),
    [
        (F, False, False, Fresh()),
        (F, True, True, Fresh()),  # a failure never shadows good data (CoreDNS 7956, Technitium 965)
        (S, False, False, ResolveThenStale(1.8)),
        (S, True, False, ServeStaleNow(refresh=False)),  # nor stale data
        (S, False, True, ServeStaleNow(refresh=False)),  # the recheck timer (PowerDNS 12610, Unbound 1174)
        (S, True, True, ServeStaleNow(refresh=False)),
        (D, False, False, Resolve()),
        (D, False, True, Resolve()),
        (D, True, False, AnswerFailure()),
    ],
)
def test_rfc8767_section5_plan(cached: Freshness, failed: bool, recheck: bool, expected: Plan) -> None:
    assert plan(cached, StaleRules(), failed=failed, recheck_pending=recheck) == expected


def test_rfc8767_section5_no_stale_data_without_recursion_desired() -> None:
    assert plan(S, StaleRules(), rd=False) == NotCached()
    assert plan(S, StaleRules(), rd=False, failed=True) == NotCached()
    assert plan(F, StaleRules(), rd=False) == Fresh()


def test_client_timeout_zero_serves_at_once_and_refreshes() -> None:
    assert plan(S, StaleRules(client_timeout=Seconds(0))) == ServeStaleNow(refresh=True)


@pytest.mark.parametrize(("failed", "expected"), [(False, Resolve()), (True, AnswerFailure())])
def test_switched_off_stale_is_missing(failed: bool, expected: Plan) -> None:
    assert plan(S, StaleRules(enabled=False), failed=failed, recheck_pending=True) == expected


def test_a_window_narrowed_since_the_data_was_stored_counts() -> None:
    rules = StaleRules(max_age=Seconds(60))
    assert plan(S, rules, stale_for=59.9) == ResolveThenStale(1.8)
    assert plan(S, rules, stale_for=60.0) == Resolve()
