# SPDX-License-Identifier: ISC
"""The defaults are those of the interface page, and the blocks load from text."""

import pytest

from resolver.policy import Policy, PositiveBounds, PrefetchRules, Rule, StaleRules
from resolver.policy.rules import FailureBounds, NegativeBounds
from resolver.units import DecodeError, Settings, decode


def test_defaults_as_published() -> None:
    policy = Policy()
    assert (policy.positive.min, policy.positive.max) == (0, 86400)
    assert (policy.nxdomain.min, policy.nxdomain.max) == (policy.nodata.min, policy.nodata.max) == (0, 10800)
    assert (policy.failure.min, policy.failure.max) == (1, 300)
    assert policy.delegation.max == 86400
    stale = policy.stale
    assert (stale.enabled, stale.max_age, stale.reply_ttl, stale.client_timeout, stale.recheck) == (
        True,
        86400,
        30,
        1.8,
        30,
    )
    assert (policy.prefetch.enabled, policy.prefetch.fraction) == (True, 0.1)


def test_blocks_load_with_units() -> None:
    assert decode(PositiveBounds, {"max": "1h30m"}, "positive").max == 5400
    assert decode(StaleRules, {"client_timeout": "1800ms"}, "stale") == StaleRules()
    assert decode(PrefetchRules, {"fraction": 0.25}, "prefetch").fraction == 0.25


@pytest.mark.parametrize("kind", [PositiveBounds, NegativeBounds, FailureBounds, Rule])
def test_min_above_max_is_refused_at_load(kind: type[Settings]) -> None:
    with pytest.raises(DecodeError, match=r"min \(200s\) must not be above max \(100s\)"):
        decode(kind, {"min": "200s", "max": "100s"}, "block")


def test_rfc9520_failure_bounds_cannot_leave_a_second_to_five_minutes() -> None:
    with pytest.raises(DecodeError, match=r"failure\.max"):
        decode(FailureBounds, {"max": "10m"}, "failure")
    with pytest.raises(DecodeError, match=r"failure\.min"):
        decode(FailureBounds, {"min": "0s"}, "failure")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"suffix": ["a..b"]}, "suffix: 'a..b' is not a domain name"),
        ({"types": ["AAAAA"]}, "types: 'AAAAA' is not a type; write it like 'AAAA' or 'TYPE65'"),
        ({"glob": [""]}, "glob must not hold an empty pattern; write '*' for all names"),
        ({"ttl_from": 5, "ttl_to": 1}, "ttl_from (5s) must not be above ttl_to (1s)"),
        ({"classes": ["delegation"], "min": 5}, "min cannot stretch what a parent granted"),
        ({"classes": ["delegation"], "ttl": 5}, "ttl cannot stretch what a parent granted"),
        ({"title": "x" * 61}, "title must be at most 60 printable characters"),
        ({"jitter": 0.6}, "must be at most 0.5"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, object], why: str) -> None:
    with pytest.raises(DecodeError) as refused:
        decode(Rule, rule, "rule[0]")
    assert why in str(refused.value)
