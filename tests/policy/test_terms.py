# SPDX-License-Identifier: ISC
"""Which rule fits what, and what the rules come to."""

from __future__ import annotations

import pytest

from resolver.policy import AnswerClass, Policy, PrefetchRules, Rule, judge
from resolver.policy.terms import Term
from resolver.units import Seconds
from resolver.wire import Rtype
from tests.policy.judging import bounded, positive, subject

MINUTE = Seconds(60)


def fits(rule: Rule, *what: object) -> bool:
    """Whether the rule, which sets a maximum, is the one that counts."""
    return Policy(rules=(rule,)).terms(subject(*what)).most.rule.startswith("rule 1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cdn.example", True),
        ("a.b.cdn.example", True),
        ("A.CDN.Example", True),
        ("xcdn.example", False),
        ("example", False),
        (".", False),
    ],
)
def test_a_suffix_is_a_name_and_all_below_it(name: str, expected: bool) -> None:
    assert fits(Rule(suffix=("CDN.example.",), max=MINUTE), 300, name) is expected


@pytest.mark.parametrize(
    ("glob", "name", "expected"),
    [
        ("www.*", "www.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("WWW.example.co?", "www.EXAMPLE.com", True),
        ("www", "www.example.com", False),
        ("*", ".", True),
    ],
)
def test_a_glob_is_about_the_whole_name(glob: str, name: str, expected: bool) -> None:
    assert fits(Rule(glob=(glob,), max=MINUTE), 300, name) is expected


def test_with_both_either_will_do() -> None:
    rule = Rule(suffix=("example.net",), glob=("www.*",), max=MINUTE)
    assert fits(rule, 300, "www.example.com")
    assert fits(rule, 300, "a.example.net")
    assert not fits(rule, 300, "a.example.com")


def test_types_by_mnemonic_and_number() -> None:
    rule = Rule(types=("aaaa", "TYPE65"), max=MINUTE)
    assert fits(rule, 300, "a.example", Rtype.AAAA)
    assert fits(rule, 300, "a.example", 65)
    assert not fits(rule, 300, "a.example", Rtype.A)
    assert not fits(rule, 300, "a.example", 0, AnswerClass.NXDOMAIN)


@pytest.mark.parametrize(("ttl", "expected"), [(29, False), (30, True), (60, True), (61, False)])
def test_a_range_of_published_ttls(ttl: int, expected: bool) -> None:
    assert fits(Rule(ttl_from=Seconds(30), ttl_to=MINUTE, max=MINUTE), ttl) is expected


def test_each_setting_comes_from_the_first_rule_that_has_it() -> None:
    policy = Policy(
        rules=(
            Rule(title="a", suffix=("example.com",), min=MINUTE, prefetch=False),
            Rule(title="b", min=Seconds(5), max=Seconds(600), prefetch_fraction=0.5),
            Rule(title="c", max=Seconds(7), factor=2.0),
        )
    )
    terms = policy.terms(subject())
    assert terms.least == Term(60.0, 'rule 1 "a" min')
    assert terms.most == Term(600.0, 'rule 2 "b" max')
    assert terms.factor == Term(2.0, 'rule 3 "c" factor')
    assert terms.prefetch == PrefetchRules(enabled=False, fraction=0.5)
    assert policy.terms(subject(300, "example.net")).least == Term(5.0, 'rule 2 "b" min')


def test_steps_are_taken_in_order_and_each_is_named() -> None:
    rules = (Rule(title="x", ttl=Seconds(100), factor=3.0, jitter=0.5), Rule(max=Seconds(200)))
    life = positive(5, 0.0, Policy(rules=rules))
    assert [reason.rule for reason in life.reasons] == [
        'rule 1 "x" ttl',
        'rule 1 "x" factor',
        "rule 2 max",
        'rule 1 "x" jitter',
    ]
    assert 100 < life.kept_ttl < 200


def test_jitter_does_not_go_below_the_minimum() -> None:
    policy = bounded(100, 100, rules=(Rule(jitter=0.5),))
    assert positive(100, 0.0, policy).kept_ttl == 100


def test_a_ttl_of_zero_stays_zero_under_factor_and_jitter() -> None:
    assert positive(0, 0.0, Policy(rules=(Rule(factor=9.0, jitter=0.5),))).kept_ttl == 0


def test_a_delegation_is_shortened_by_a_rule_that_names_it_and_stretched_by_none() -> None:
    what = subject(3600, "example.com", Rtype.NS, AnswerClass.DELEGATION)
    short = Policy(rules=(Rule(classes=(AnswerClass.DELEGATION,), max=MINUTE),))
    assert judge(what, 0.0, short).kept_ttl == 60
    long = Policy(rules=(Rule(classes=(AnswerClass.DELEGATION,), factor=9.0),))
    assert judge(what, 0.0, long).kept_ttl == 3600


def test_by_name_says_whether_a_rule_looks_at_names() -> None:
    assert not Policy().by_name
    assert not Policy(rules=(Rule(types=("A",), min=MINUTE),)).by_name
    for rule in (Rule(suffix=("a",), max=MINUTE), Rule(glob=("*",), max=MINUTE), Rule(jitter=0.1)):
        assert Policy(rules=(rule,)).by_name
