# SPDX-License-Identifier: ISC
"""Shadows against the cache itself: what is in force and judged as a shadow gives the numbers of the cache, exactly."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from resolver.policy import Policy, PositiveBounds, PrefetchRules, StaleRules
from resolver.service.shadows.tallies import Judged
from tests.service.shadows.hour import Hour, ratio

NO_PREFETCH = Policy(prefetch=PrefetchRules(enabled=False))


def fresh_hits(hits: Mapping[tuple[str, str], int]) -> int:
    return sum(count for (kind, state), count in hits.items() if state == "fresh" and kind != "failure")


def numbers(judged: Judged) -> dict[str, float]:
    return {field: judged.total(field) for field in judged.tallies[0].FIELDS}


@pytest.mark.parametrize("policy", [Policy(), NO_PREFETCH], ids=["prefetching", "plain"])
def test_the_shadow_of_the_policy_in_force_has_the_numbers_of_the_cache(policy: Policy) -> None:
    hour = Hour(policy, policy=policy)
    hour.pass_by()
    enforced, shadow = hour.judged()
    counters = hour.counters
    assert enforced.total("requests") == counters.cache_requests == hour.asked
    assert enforced.total("fresh") + enforced.total("negative") == fresh_hits(counters.cache_hits)
    assert numbers(shadow) == numbers(enforced)
