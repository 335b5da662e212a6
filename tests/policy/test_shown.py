# SPDX-License-Identifier: ISC
"""What a client is shown: what is left, at most what a rule says, and for stale data what RFC 8767 says."""

from __future__ import annotations

import pytest

from resolver.policy import Policy, Rule, StaleRules, client_ttl
from resolver.units import Seconds
from tests.policy.judging import positive, subject


@pytest.mark.parametrize(("at", "shown"), [(0, 30), (270, 30), (271, 29), (299.5, 1), (300, 7)])
def test_at_most_what_the_rule_says_then_what_is_left_then_stale(at: float, shown: int) -> None:
    policy = Policy(rules=(Rule(reply_ttl=Seconds(30), stale_reply_ttl=Seconds(7)),))
    assert client_ttl(subject(300), positive(300, 0.0, policy), at, policy) == shown


@pytest.mark.parametrize(("published", "shown"), [(10, 10), (30, 30), (300, 30)])
def test_unbound_caps_a_stale_reply_by_what_was_published(published: int, shown: int) -> None:
    policy = Policy(stale=StaleRules(reply_capped=True))
    assert client_ttl(subject(published), positive(published, 0.0, policy), published + 1, policy) == shown


def test_coredns_shows_stale_data_with_zero() -> None:
    policy = Policy(stale=StaleRules(reply_ttl=Seconds(0)))
    assert client_ttl(subject(60), positive(60, 0.0, policy), 61, policy) == 0
