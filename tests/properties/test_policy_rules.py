# SPDX-License-Identifier: ISC
"""Laws of rules: who wins, what a minimum may not touch, what no rule goes beyond, and that names are skewed alike."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from resolver.policy import AnswerClass, Policy, Rule, Subject, client_ttl, judge, prefetch_at, stale_rules
from resolver.policy.judge import jitter_of
from resolver.units import Seconds
from resolver.wire import Rtype, from_text
from tests.policy.judging import bounded

DENIED = (AnswerClass.NXDOMAIN, AnswerClass.NODATA, AnswerClass.FAILURE)
NAMES = st.sampled_from(["example.", "www.example.", "a.b.example.", "example.net.", "www.example.net.", "."])
TTLS = st.integers(0, 10**6) | st.integers(0, 2**32 - 1)
SHORT = st.integers(0, 86400).map(Seconds)
MAYBE_SHORT = st.none() | SHORT
FACTS = st.fixed_dictionaries(
    {
        "signatures_expire_in": st.none() | st.integers(1, 10**6).map(float),
        "lease_until": st.none() | st.integers(1, 10**6).map(float),
    }
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    low, high = draw(MAYBE_SHORT), draw(MAYBE_SHORT)
    if low is not None and high is not None and low > high:
        low, high = high, low
    classes = tuple(draw(st.sets(st.sampled_from(list(AnswerClass)), max_size=2)))
    granted = AnswerClass.DELEGATION in classes
    return Rule(
        suffix=tuple(draw(st.sets(NAMES, max_size=2))),
        glob=tuple(draw(st.sets(st.sampled_from(["www.*", "*.net", "?xample"]), max_size=1))),
        types=tuple(draw(st.sets(st.sampled_from(["A", "NS", "TXT"]), max_size=2))),
        classes=classes,
        ttl_from=draw(st.sampled_from([Seconds(0), Seconds(60)])),
        min=None if granted else low,
        max=high,
        ttl=None if granted else draw(MAYBE_SHORT),
        factor=draw(st.none() | st.floats(0, 10)),
        jitter=draw(st.none() | st.floats(0, 0.5)),
        reply_ttl=draw(st.none() | st.integers(1, 86400).map(Seconds)),
        stale=draw(st.none() | st.booleans()),
        prefetch=draw(st.none() | st.booleans()),
        prefetch_fraction=draw(st.none() | st.floats(0, 0.5)),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    low, high = sorted((draw(SHORT), draw(SHORT)))
    return bounded(
        low, high, rules=tuple(draw(st.lists(rules(), max_size=4))), seed=draw(st.text(max_size=3))
    )


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    answer = draw(st.sampled_from(list(AnswerClass)))
    rtype = 0 if answer is AnswerClass.NXDOMAIN else draw(st.sampled_from([Rtype.A, Rtype.NS, Rtype.MX]))
    published = draw(st.integers(1, 300) if answer is AnswerClass.FAILURE else TTLS)
    return Subject(from_text(draw(NAMES)).lower(), int(rtype), answer, published)


@given(policies(), subjects(), FACTS)
def test_reasons_lead_from_the_ttl_published_to_the_ttl_kept(
    policy: Policy, subject: Subject, facts: dict[str, float | None]
) -> None:
    life = judge(subject, 0.0, policy, **facts)
    ttl = float(subject.published)
    for reason in life.reasons:
        assert reason.before == ttl != reason.after
        assert reason.rule.startswith(("policy.", "rule ", "ceiling."))
        ttl = reason.after
    assert life.kept_ttl == ttl


@given(policies(), subjects(), FACTS)
def test_ceilings_win_over_every_rule(
    policy: Policy, subject: Subject, facts: dict[str, float | None]
) -> None:
    life = judge(subject, 0.0, policy, **facts)
    assert life.kept_ttl <= 7 * 86400
    expire, lease = facts["signatures_expire_in"], facts["lease_until"]
    if expire is not None:
        assert life.kept_ttl <= expire or subject.answer is AnswerClass.FAILURE
    if lease is not None:
        assert max(life.fresh_until, life.stale_until) <= lease
    if subject.answer is AnswerClass.DELEGATION:
        assert life.stale_until == life.fresh_until <= subject.published


@given(policies(), subjects())
def test_without_ceilings_the_ttl_kept_lies_within_the_bounds_that_apply(
    policy: Policy, subject: Subject
) -> None:
    terms = policy.terms(subject)
    kept = judge(subject, 0.0, policy).kept_ttl
    if subject.answer is AnswerClass.FAILURE:
        assert 1 <= kept <= 300
    elif subject.answer is not AnswerClass.DELEGATION:
        assert kept <= terms.most.value
        if terms.least is not None and terms.least.value <= terms.most.value:
            assert kept >= terms.least.value


@given(
    st.sampled_from(DENIED),
    st.integers(1, 300),
    SHORT,
    st.sampled_from(["min", "ttl", "factor"]),
    st.booleans(),
)
def test_what_lengthens_never_touches_denials_and_failures_unless_it_names_them(
    answer: AnswerClass, published: int, value: Seconds, setting: str, named: bool
) -> None:
    """numa 376, Unbound 970: minimum TTLs for answers leaked into failures and denials."""
    rule = Rule(
        **{setting: float(value) if setting == "factor" else value}, classes=(answer,) if named else ()
    )
    subject = Subject(from_text("www.example.").lower(), 0, answer, published)
    life = judge(subject, 0.0, bounded(rules=(rule,)))
    if named:
        assert (
            any(reason.rule == f"rule 1 {setting}" for reason in life.reasons) or life.kept_ttl >= published
        )
    else:
        assert life.kept_ttl == published
        assert life.reasons == ()


@given(policies(), rules(), subjects())
def test_for_each_setting_the_first_rule_wins(policy: Policy, late: Rule, subject: Subject) -> None:
    """A rule behind all others changes nothing that was set before it."""
    before = policy.terms(subject)
    after = replace(policy, rules=(*policy.rules, late)).terms(subject)
    for setting in ("fixed", "factor", "jitter", "reply_ttl"):
        if getattr(before, setting) is not None:
            assert getattr(after, setting) == getattr(before, setting)
    if before.most.rule.startswith("rule "):
        assert after.most == before.most
    if before.least is not None and before.least.rule.startswith("rule "):
        assert after.least == before.least


@given(policies(), st.lists(subjects(), max_size=8))
def test_what_was_asked_before_changes_no_answer(policy: Policy, asked: list[Subject]) -> None:
    """Terms are kept once made: by class, type and the rules that fit."""
    for subject in asked:
        assert policy.terms(subject) == replace(policy).terms(subject)


@given(policies(), subjects(), NAMES)
def test_a_policy_that_looks_at_no_name_judges_all_names_alike(
    policy: Policy, subject: Subject, other: str
) -> None:
    if not policy.by_name:
        renamed = subject._replace(owner=from_text(other))
        assert judge(subject, 0.0, policy) == judge(renamed, 0.0, policy)


@given(NAMES, st.integers(1, 86400), st.floats(0.01, 0.5), st.text(max_size=70))
def test_jitter_takes_the_same_part_off_a_name_every_time_and_never_more_than_it_may(
    name: str, ttl: int, part: float, seed: str
) -> None:
    policy = bounded(rules=(Rule(jitter=part),), seed=seed)
    lives = [
        judge(Subject(from_text(name), rtype, AnswerClass.POSITIVE, ttl), at, policy).kept_ttl
        for rtype, at in ((1, 0.0), (28, 0.0), (1, 4096.0))
    ]
    assert max(lives) - min(lives) < 1e-6
    assert (1 - part) * ttl - 1e-6 <= lives[0] <= ttl


@given(st.sets(st.integers(0, 10**6), min_size=200, max_size=200))
def test_jitter_spreads_names_evenly(numbers: set[int]) -> None:
    skews = [jitter_of(b"\x08%08x\x00" % number, "seed") for number in numbers]
    assert all(0 <= skew < 1 for skew in skews)
    assert 0.3 < sum(skews) / len(skews) < 0.7


@given(policies(), subjects(), st.floats(0, 10**5))
def test_what_is_shown_is_at_most_what_is_left_and_what_the_rule_says(
    policy: Policy, subject: Subject, later: float
) -> None:
    life = judge(subject, 0.0, policy)
    shown = client_ttl(subject, life, later, policy)
    if later < life.fresh_until:
        most = policy.terms(subject).reply_ttl
        assert 1 <= shown <= max(1.0, min(life.fresh_until - later, inf if most is None else most.value))
    else:
        assert shown == stale_rules(subject, policy).reply_ttl


@given(policies(), subjects())
def test_prefetch_by_rules_is_due_in_a_fresh_life_alone(policy: Policy, subject: Subject) -> None:
    life = judge(subject, 0.0, policy)
    at = prefetch_at(subject, life, policy)
    assert at == inf or life.stored_at <= at <= life.fresh_until


@given(policies(), subjects())
def test_a_policy_travels(policy: Policy, subject: Subject) -> None:
    """To the processes of a laboratory, as bytes."""
    copy = pickle.loads(pickle.dumps(policy))
    assert copy == policy
    assert judge(subject, 0.0, copy) == judge(subject, 0.0, policy)
