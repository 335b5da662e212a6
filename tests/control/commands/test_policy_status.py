# SPDX-License-Identifier: ISC
"""The policy in force beside its shadows; several workers' counts are one estimate."""

from __future__ import annotations

import asyncio

import pytest

from resolver.control.commands import Inside, PolicyStatus
from resolver.policy import Policy, PositiveBounds, PrefetchRules
from resolver.units import Seconds
from tests.service.shadows.hour import Hour

PLAIN = Policy(prefetch=PrefetchRules(enabled=False))
BROWSER = Policy(
    positive=PositiveBounds(min=Seconds(60), max=Seconds(60)),
    prefetch=PrefetchRules(enabled=False),
    name="browser",
)


@pytest.fixture(scope="module")
def hour():
    made = Hour(BROWSER, policy=PLAIN)
    made.pass_by(600.0)
    return made


def status(hour):
    service = hour.service
    inside = Inside(hour.world, None, None, lambda: service, None, lambda: PLAIN)
    return asyncio.run(PolicyStatus().run(inside))


def test_the_policy_in_force_comes_first_with_the_ratio_the_cache_really_had(hour):
    view = status(hour)
    enforced, shadow = view["policies"]
    assert (enforced["mode"], shadow["mode"]) == ("enforce", "shadow")
    assert view["enforced"] == enforced["name"] == "default"
    assert view["really"]["questions"] == hour.asked == enforced["questions"] == shadow["questions"]
    assert enforced["hits"]["value"] == pytest.approx(view["really"]["hits"] / hour.asked, abs=1e-6)
    assert shadow["beyond_ttl"]["value"] > 0 == enforced["beyond_ttl"]["value"]
    assert enforced["hits"]["error"] == 0.0  # all names are looked at
    assert view["seconds"] == pytest.approx(600.0)
    assert enforced["upstream_per_second"] > 0


def test_two_workers_that_did_the_same_say_the_same_of_twice_as_much(hour):
    one = status(hour)
    two = PolicyStatus().combine([(1, one), (2, one)])
    assert two["really"]["questions"] == 2 * one["really"]["questions"]
    assert two["memory"]["rows"] == 2 * one["memory"]["rows"]
    for single, double in zip(one["policies"], two["policies"], strict=True):
        assert double["questions"] == 2 * single["questions"]
        assert double["hits"] == single["hits"]
        assert double["upstream_per_second"] == pytest.approx(2 * single["upstream_per_second"], abs=0.01)


def test_a_policy_that_one_worker_does_not_judge_yet_is_judged_where_it_is(hour):
    one = status(hour)
    fewer = {**one, "counts": one["counts"][:1]}
    both = PolicyStatus().combine([(1, fewer), (2, one)])["policies"]
    assert [each["name"] for each in both] == [each["name"] for each in one["policies"]]


def test_without_shadows_there_is_still_what_the_cache_did():
    alone = Hour(policy=PLAIN)
    alone.ask("n6.shop0.")
    alone.world.settle()
    view = status(alone)
    assert view["policies"] == []
    assert view["really"] == {"questions": 1, "hits": 0}
