# SPDX-License-Identifier: ISC
"""Laws of lifetimes: bounds, ceilings, the audit, the judge, and stale data's place."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from resolver.policy import (
    Freshness,
    Lifetime,
    Policy,
    PositiveBounds,
    PrefetchRules,
    StaleRules,
    freshness,
    prefetch_at,
    retry_after,
    server_retry_after,
    shown_ttl,
)
from resolver.policy.rules import CEILING_S
from resolver.policy.stale import AnswerFailure, Fresh, NotCached, Resolve, plan
from resolver.units import Seconds
from tests.policy.judging import bounded, delegation, negative, positive, subject

TTLS = st.integers(0, 2**32 - 1) | st.integers(0, 100) | st.integers(2**31 - 2, 2**31 + 2)
INSTANTS = st.integers(0, 10**9).map(float)
DAYS = st.integers(0, 7 * 86400).map(Seconds)
MAYBE = st.none() | st.integers(-1000, 10**6).map(float)
FACTS = st.tuples(TTLS, INSTANTS)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    low, high = sorted((draw(DAYS), draw(DAYS)))
    negative_low, negative_high = sorted((draw(DAYS), draw(DAYS)))
    failure_low, failure_high = sorted(draw(st.lists(st.integers(1, 300), min_size=2, max_size=2)))
    stale = StaleRules(
        enabled=draw(st.booleans()),
        max_age=draw(DAYS),
        client_timeout=draw(st.sampled_from([Seconds(0), Seconds(1.8)])),
    )
    return bounded(
        low,
        high,
        negative_low=negative_low,
        negative_high=negative_high,
        failure_low=failure_low,
        failure_high=failure_high,
        delegation_high=draw(DAYS),
        stale=stale,
        prefetch=PrefetchRules(fraction=draw(st.floats(0, 0.5))),
    )


def explained(life: Lifetime) -> float:
    """The TTL that the reasons lead to, each taking up where the one before left off."""
    ttl = float(life.published_ttl)
    for reason in life.reasons:
        assert reason.before == ttl
        assert reason.after != reason.before
        ttl = reason.after
    return ttl


@given(FACTS, policies(), MAYBE)
def test_reasons_lead_from_the_ttl_published_to_the_ttl_kept(
    facts: tuple[int, float], policy: Policy, expire: float | None
) -> None:
    published, now = facts
    for life in (
        positive(published, now, policy, signatures_expire_in=expire),
        negative(published, published // 2, now, policy, signatures_expire_in=expire),
        delegation(published, now, policy, lease_until=now + (expire or 0)),
    ):
        assert life.kept_ttl == explained(life)


@given(FACTS, policies())
def test_without_ceilings_the_ttl_kept_lies_within_the_bounds(
    facts: tuple[int, float], policy: Policy
) -> None:
    published, now = facts
    assert policy.positive.min <= positive(published, now, policy).kept_ttl <= policy.positive.max
    denial = negative(published, published, now, policy)
    assert policy.nodata.min <= denial.kept_ttl <= policy.nodata.max


@given(FACTS, policies(), st.integers(1, 10**6).map(float))
def test_ceilings_win_over_every_bound(facts: tuple[int, float], policy: Policy, left: float) -> None:
    published, now = facts
    assert positive(published, now, policy, signatures_expire_in=left).kept_ttl <= left
    assert negative(published, published, now, policy, signatures_expire_in=left).kept_ttl <= left
    life = positive(published, now, policy, lease_until=now + left)
    assert max(life.fresh_until, life.stale_until) <= now + left
    lease = delegation(published, now, policy, lease_until=now + left)
    assert lease.fresh_until == lease.stale_until <= now + left


@given(FACTS, policies(), MAYBE)
def test_a_ttl_is_above_the_published_one_only_by_a_named_minimum(
    facts: tuple[int, float], policy: Policy, expire: float | None
) -> None:
    published, now = facts
    for life in (
        positive(published, now, policy, signatures_expire_in=expire),
        negative(published, published, now, policy, signatures_expire_in=expire),
    ):
        assert 0 <= life.kept_ttl <= CEILING_S
        if life.kept_ttl > published:
            assert any(reason.rule.endswith("min_ttl") for reason in life.reasons)


@given(FACTS, policies(), MAYBE, DAYS)
def test_raising_the_maximum_never_shortens_a_life(
    facts: tuple[int, float], policy: Policy, expire: float | None, more: Seconds
) -> None:
    published, now = facts
    bounds = PositiveBounds(min=policy.positive.min, max=Seconds(policy.positive.max + more))
    raised = replace(policy, positive=bounds)
    before = positive(published, now, policy, signatures_expire_in=expire)
    after = positive(published, now, raised, signatures_expire_in=expire)
    assert after.fresh_until >= before.fresh_until
    assert after.stale_until >= before.stale_until


@given(FACTS, policies(), policies())
def test_bounds_of_one_kind_never_touch_another(facts: tuple[int, float], one: Policy, other: Policy) -> None:
    published, now = facts
    mixed = replace(one, positive=other.positive)
    assert negative(published, published, now, mixed) == negative(published, published, now, one)
    assert delegation(published, now, mixed, lease_until=1e10) == delegation(
        published, now, one, lease_until=1e10
    )
    assert retry_after(3, False, mixed) == retry_after(3, False, one)


@given(FACTS, policies())
def test_a_ttl_of_zero_is_never_fresh_nor_stale(facts: tuple[int, float], policy: Policy) -> None:
    published, now = facts
    for life in (positive(published, now, policy), negative(published, published, now, policy)):
        if life.kept_ttl == 0:
            assert freshness(life, now) is Freshness.DEAD


@given(FACTS, policies())
def test_with_stale_off_the_policy_is_plain_ttl(facts: tuple[int, float], policy: Policy) -> None:
    published, now = facts
    plain = replace(policy, stale=StaleRules(enabled=False))
    life = positive(published, now, plain)
    assert life.stale_until == life.fresh_until == positive(published, now, policy).fresh_until
    assert freshness(life, life.fresh_until) is Freshness.DEAD


@given(FACTS, policies(), st.integers(0, 10**6).map(float))
def test_an_entry_only_ever_ages(facts: tuple[int, float], policy: Policy, later: float) -> None:
    published, now = facts
    life = positive(published, now, policy)
    order = list(Freshness)
    assert order.index(freshness(life, now)) <= order.index(freshness(life, now + later))
    assert life.stored_at <= life.fresh_until <= life.stale_until


@given(FACTS, policies(), st.floats(0, 10**6))
def test_the_ttl_shown_never_grows_and_is_never_above_the_one_kept(
    facts: tuple[int, float], policy: Policy, later: float
) -> None:
    published, now = facts
    life = positive(published, now, policy)
    if freshness(life, now + later) is Freshness.FRESH:
        shown = shown_ttl(life, now + later, 30)
        assert 1 <= shown <= max(1.0, life.kept_ttl)
        assert shown <= shown_ttl(life, now, 30)
        assert shown <= max(1.0, life.fresh_until - (now + later))


STATES = st.fixed_dictionaries(
    {
        "failed": st.booleans(),
        "recheck_pending": st.booleans(),
        "rd": st.booleans(),
        "stale_for": st.floats(0, 10**6),
    }
)


@given(policies(), STATES)
def test_stale_is_never_served_while_fresh_exists(policy: Policy, state: dict[str, bool]) -> None:
    assert plan(Freshness.FRESH, policy.stale, **state) == Fresh()


@given(policies(), STATES)
def test_a_failure_never_shadows_an_eligible_stale_answer(policy: Policy, state: dict[str, bool]) -> None:
    decision = plan(Freshness.STALE, policy.stale, **state)
    eligible = policy.stale.enabled and state["stale_for"] < policy.stale.max_age and state["rd"]
    assert isinstance(decision, (AnswerFailure, Resolve, NotCached)) is not eligible


@given(policies(), STATES)
def test_a_remembered_failure_sends_nothing(policy: Policy, state: dict[str, bool]) -> None:
    if state["failed"] and state["rd"]:
        assert plan(Freshness.DEAD, policy.stale, **state) == AnswerFailure()


@given(FACTS, policies())
def test_prefetch_is_due_in_a_fresh_life_alone(facts: tuple[int, float], policy: Policy) -> None:
    published, now = facts
    life, rules = positive(published, now, policy), policy.prefetch
    at = prefetch_at(subject(published), life, policy)
    if at != inf:
        assert life.stored_at <= at <= life.fresh_until
        assert life.kept_ttl >= rules.min_ttl


@given(st.integers(1, 10**6), st.booleans(), policies())
def test_rfc9520_back_off_never_shrinks_and_keeps_to_its_bounds(
    count: int, structural: bool, policy: Policy
) -> None:
    bounds, wait = policy.failure, retry_after(count, structural, policy)
    assert max(1.0, bounds.min) <= wait <= min(300.0, bounds.max)
    assert wait <= retry_after(count + 1, structural, policy)
    assert retry_after(count, False, policy) <= retry_after(count, True, policy)


@given(st.integers(0, 10**6))
def test_a_server_is_never_left_alone_for_more_than_a_minute(failures: int) -> None:
    assert 0 <= server_retry_after(failures) <= server_retry_after(failures + 1) <= 60
