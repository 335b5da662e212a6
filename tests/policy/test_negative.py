# SPDX-License-Identifier: ISC
"""RFC 2308 section 5: how long a denial lives."""

import pytest

from resolver.policy import Freshness, Policy, TtlRules, freshness, negative
from resolver.units import Seconds


@pytest.mark.parametrize(
    ("soa_ttl", "minimum", "kept"),
    [
        (300, 60, 60),
        (60, 300, 60),
        (86400, 86400, 10800),
        (2**32 - 1, 2**31, 10800),
        (0, 300, 0),
        (300, 0, 0),
    ],
)
def test_rfc2308_section5_the_lesser_of_ttl_and_minimum(soa_ttl: int, minimum: int, kept: int) -> None:
    life = negative(soa_ttl, minimum, 50.0, Policy())
    assert (life.kept_ttl, life.published_ttl) == (kept, soa_ttl)


def test_rfc2308_zero_must_not_be_used_again() -> None:
    assert freshness(negative(0, 300, 0.0, Policy()), 0.0) is Freshness.DEAD


def test_the_minimum_field_is_named_in_the_audit() -> None:
    assert [reason.rule for reason in negative(86400, 86000, 0.0, Policy()).reasons] == [
        "soa.minimum",
        "policy.negative_max_ttl",
    ]


def test_positive_bounds_never_touch_denials() -> None:
    # numa 376, Unbound 970: a minimum for answers leaked into denials.
    rules = TtlRules(min_ttl=Seconds(3600), max_ttl=Seconds(3600))
    assert negative(60, 60, 0.0, Policy(ttl=rules)).kept_ttl == 60


def test_denials_have_bounds_of_their_own() -> None:
    rules = TtlRules(negative_min_ttl=Seconds(30), negative_max_ttl=Seconds(90))
    assert negative(5, 5, 0.0, Policy(ttl=rules)).kept_ttl == 30
    assert negative(500, 500, 0.0, Policy(ttl=rules)).kept_ttl == 90


def test_signatures_of_the_proof_bound_the_denial() -> None:
    assert negative(300, 300, 0.0, Policy(), signatures_expire_in=12.0).fresh_until == 12.0
