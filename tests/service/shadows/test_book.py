# SPDX-License-Identifier: ISC
"""Shadows against the cache itself: what is in force and judged as a shadow gives the numbers of the cache, exactly."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.policy import Policy, PositiveBounds, PrefetchRules, StaleRules
from resolver.service.shadows.tallies import Judged
from resolver.units import Seconds
from tests.service.shadows.hour import NAMES, Hour, ratio

PLAIN = Policy(prefetch=PrefetchRules(enabled=False))
NEVER_STALE = Policy(prefetch=PrefetchRules(enabled=False), stale=StaleRules(enabled=False))
AT_LEAST_300 = Policy(positive=PositiveBounds(min=Seconds(300)), prefetch=PrefetchRules(enabled=False))
AT_MOST_60 = Policy(positive=PositiveBounds(max=Seconds(60)), prefetch=PrefetchRules(enabled=False))
OUTAGE = '[[change]]\nat = "60s"\noutage = ["a.root-servers.net0."]'


def fresh_hits(hits: Mapping[tuple[str, str], int]) -> int:
    return sum(count for (kind, state), count in hits.items() if state == "fresh" and kind != "failure")


def numbers(judged: Judged) -> dict[str, float]:
    return {field: judged.total(field) for field in judged.tallies[0].FIELDS}


@pytest.mark.parametrize(
    "policy", [Policy(), PLAIN, NEVER_STALE], ids=["prefetching", "plain", "never stale"]
)
def test_the_shadow_of_the_policy_in_force_has_the_numbers_of_the_cache(policy: Policy) -> None:
    hour = Hour(policy, policy=policy)
    hour.pass_by()
    enforced, shadow = hour.judged()
    counters = hour.counters
    assert enforced.total("requests") == counters.cache_requests == hour.asked
    assert enforced.total("fresh") + enforced.total("negative") == fresh_hits(counters.cache_hits)
    assert numbers(shadow) == numbers(enforced)


@pytest.mark.parametrize("policy", [PLAIN, NEVER_STALE], ids=["stale", "never stale"])
def test_so_it_is_in_an_outage(policy: Policy) -> None:
    hour = Hour(policy, policy=policy, changes=OUTAGE)
    hour.pass_by(600.0)
    enforced, shadow = hour.judged()
    hits = hour.counters.cache_hits
    stale = sum(count for (_, state), count in hits.items() if state == "stale")
    assert (enforced.total("stale"), enforced.total("failure")) == (stale, hits.get(("failure", "fresh"), 0))
    assert enforced.total("fresh") + enforced.total("negative") == fresh_hits(hits)
    assert (stale > 0) is policy.stale.enabled
    assert numbers(shadow) == numbers(enforced)


def test_a_candidate_is_judged_as_if_it_had_been_in_force() -> None:
    """A minimum of 300 s beside the default, and the same traffic under that minimum: within half a point."""
    beside, alone = (
        Hour(AT_LEAST_300, AT_MOST_60, policy=PLAIN),
        [Hour(policy=p) for p in (AT_LEAST_300, AT_MOST_60)],
    )
    beside.pass_by()
    for hour, judged in zip(alone, beside.judged()[1:], strict=True):
        hour.pass_by()
        real = fresh_hits(hour.counters.cache_hits) / hour.asked
        assert abs(ratio(judged) - real) < 0.005


def test_a_minimum_above_the_ttl_serves_what_has_changed() -> None:
    """n3 has a TTL of 30 s and changes after 95: the policy in force sees that at 120, the other keeps it to 300."""
    change = (
        '[[change]]\nat = "95s"\nset = [{name = "n3.shop0.", type = "A", ttl = 30, rdata = ["198.18.9.9"]}]'
    )
    hour = Hour(AT_LEAST_300, policy=PLAIN, changes=change)
    for at in range(0, 400, 10):
        hour.world.run_until(float(at))
        hour.ask("n3.shop0.")
    hour.world.settle()
    enforced, shadow = hour.judged()
    assert (enforced.total("outdated"), enforced.total("beyond_ttl")) == (0, 0)
    assert shadow.total("outdated") == len(range(120, 301, 10))
    assert shadow.total("outdated_seconds") == pytest.approx(sum(range(0, 181, 10)), abs=1.0)
    # Past the owner's 30 s: from 40 on to 300; and from 340 on, of what is taken to come at once at 310.
    assert shadow.total("beyond_ttl") == len(range(40, 301, 10)) + len(range(340, 400, 10))
    assert (enforced.total("upstream"), shadow.total("upstream")) == (10, 2)


def test_a_flush_is_one_for_all_policies() -> None:
    hour = Hour(AT_LEAST_300, policy=PLAIN)
    hour.ask("n6.shop0.")
    hour.world.advance(1.0)
    hour.service._answering._caches.flush(now=hour.world.now())
    hour.ask("n6.shop0.")
    hour.world.settle()
    assert [judged.total("upstream") for judged in hour.judged()] == [2, 2]


def test_rows_stay_within_their_bytes_and_what_made_room_is_judged_again() -> None:
    hour = Hour(PLAIN, policy=PLAIN, max_bytes=20_000)
    hour.pass_by(600.0)
    shadows = hour.service.shadows
    assert shadows is not None
    assert 0 < shadows.table.size_bytes <= shadows.table.budget_bytes == 20_000
    assert len(shadows.table) < 40
    enforced, shadow = hour.judged()
    assert enforced.total("requests") == hour.asked
    assert abs(ratio(shadow) - ratio(enforced)) < 0.1


def test_nothing_waits_when_nothing_is_under_way() -> None:
    hour = Hour(PLAIN, policy=PLAIN, changes=OUTAGE)
    hour.pass_by(300.0)
    hour.world.settle()
    shadows = hour.service.shadows
    assert shadows is not None
    assert not shadows._waiting


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, NAMES - 1), st.floats(0.0, 40.0)), max_size=50),
    st.sampled_from(["", OUTAGE]),
)
def test_laws_of_every_history(history: list[tuple[int, float]], changes: str) -> None:
    """All are asked the same, nothing is counted twice, and the shadow of the policy in force is that policy."""
    hour = Hour(Policy(), AT_LEAST_300, AT_MOST_60, policy=Policy(), changes=changes)
    for name, wait in history:
        hour.world.advance(wait)
        hour.ask(f"n{name}.shop0.")
    hour.world.settle()
    enforced, *shadows = hour.judged()
    assert numbers(shadows[0]) == numbers(enforced)
    for judged in (enforced, *shadows):
        parts = [judged.total(field) for field in ("fresh", "negative", "stale", "failure")]
        missed = judged.total("requests") - sum(parts)
        assert judged.total("requests") == hour.asked
        assert missed >= 0
        assert judged.total("upstream") <= missed + judged.total("stale") + judged.total("prefetches")
        assert judged.total("outdated") == judged.total("outdated_seconds") == 0  # nothing changed
    assert shadows[0].total("beyond_ttl") == shadows[0].total("stale")
