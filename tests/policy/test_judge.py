# SPDX-License-Identifier: ISC
"""From the TTL published to the one kept: bounds, ceilings and their reasons, for each class of answer."""

import pytest

from resolver.policy import Freshness, Policy, Reason, StaleRules, freshness
from resolver.policy.judge import EXPIRED_SIGNATURES_S
from resolver.units import Seconds
from tests.policy.judging import bounded, delegation, negative, positive

PLAIN = Policy()


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        (0, 0),
        (1, 1),
        (300, 300),
        (86400, 86400),
        (86401, 86400),
        (2**31 - 1, 86400),
        (2**31, 86400),
        (2**32 - 1, 86400),
    ],
)
def test_rfc8767_section4_high_bit_ttl_is_positive_and_capped(published: int, kept: int) -> None:
    life = positive(published, 1000.0, PLAIN)
    assert (life.kept_ttl, life.published_ttl) == (kept, published)
    assert (life.reasons != ()) is (published != kept)


def test_rfc1035_section3_2_1_ttl_zero_is_dead_from_the_start() -> None:
    life = positive(0, 1000.0, PLAIN)
    assert life.stored_at == life.fresh_until == life.stale_until == 1000.0
    assert freshness(life, 1000.0) is Freshness.DEAD


def test_min_ttl_raises_even_zero_and_says_so() -> None:
    life = positive(0, 0.0, bounded(low=60))
    assert life.kept_ttl == 60
    assert life.reasons == (Reason("policy.min_ttl", 0.0, 60.0),)


def test_reasons_tell_each_step_in_order() -> None:
    rules = bounded(low=60, high=600)
    life = positive(5, 0.0, rules, signatures_expire_in=30.0)
    assert [reason.rule for reason in life.reasons] == ["policy.min_ttl", "ceiling.rrsig"]
    assert (life.reasons[0].after, life.reasons[1].before, life.kept_ttl) == (60.0, 60.0, 30.0)


def test_rfc4035_section5_3_3_signature_expiry_bounds_the_rrset() -> None:
    assert positive(3600, 0.0, PLAIN, signatures_expire_in=100.5).fresh_until == 100.5
    assert positive(60, 0.0, PLAIN, signatures_expire_in=100.5).fresh_until == 60


def test_rfc4035_section5_3_4_an_expansion_lives_no_longer_than_its_proof() -> None:
    assert positive(3600, 0.0, PLAIN, proof_ttl=300).fresh_until == 300
    assert positive(3600, 0.0, PLAIN, proof_ttl=300).reasons[-1].rule == "ceiling.wildcard_proof"
    assert positive(60, 0.0, PLAIN, proof_ttl=300).fresh_until == 60


def test_expired_signatures_do_not_make_every_question_a_miss() -> None:
    life = positive(3600, 0.0, PLAIN, signatures_expire_in=-1e9)
    assert life.kept_ttl == EXPIRED_SIGNATURES_S
    assert life.reasons[-1].rule == "ceiling.rrsig_expired"


def test_rfc8767_seven_day_ceiling_stands_above_all_bounds() -> None:
    week = 7 * 86400
    assert positive(2**32 - 1, 0.0, bounded(high=week)).kept_ttl == week
    beyond = bounded(high=2**31)  # past what the loader lets through
    assert positive(2**32 - 1, 0.0, beyond).kept_ttl == week


def test_stale_window_follows_the_fresh_life() -> None:
    policy = Policy(stale=StaleRules(max_age=Seconds(1000)))
    life = positive(300, 0.0, policy)
    assert [freshness(life, at) for at in (299.9, 300.0, 1299.9, 1300.0)] == [
        Freshness.FRESH,
        Freshness.STALE,
        Freshness.STALE,
        Freshness.DEAD,
    ]


def test_stale_off_leaves_no_window() -> None:
    life = positive(300, 0.0, Policy(stale=StaleRules(enabled=False)))
    assert life.stale_until == life.fresh_until == 300


def test_name_server_records_are_neither_fresh_nor_stale_past_the_lease() -> None:
    life = positive(300, 0.0, PLAIN, lease_until=100.0)
    assert (life.fresh_until, life.stale_until) == (100.0, 100.0)
    life = positive(50, 0.0, PLAIN, lease_until=100.0)
    assert (life.fresh_until, life.stale_until) == (50.0, 100.0)


def test_min_ttl_never_stretches_name_server_records_past_the_lease() -> None:
    policy = bounded(low=3600)
    assert positive(5, 0.0, policy, lease_until=10.0).stale_until == 10.0


def test_ghost_domain_a_delegation_ends_with_its_parents_lease() -> None:
    lease = delegation(86400, 100.0, PLAIN, lease_until=130.0)
    assert lease.fresh_until == lease.stale_until == 130.0
    assert lease.reasons[-1].rule == "ceiling.lease"


def test_ghost_domain_no_minimum_stretches_a_delegation() -> None:
    policy = bounded(low=3600, negative_low=3600)
    assert delegation(5, 0.0, policy, lease_until=1e9).fresh_until == 5


def test_delegation_with_a_lease_long_over_is_dead_and_not_negative() -> None:
    lease = delegation(300, 100.0, PLAIN, lease_until=50.0)
    assert lease.fresh_until == lease.stale_until == 100.0


def test_delegation_has_its_own_maximum() -> None:
    policy = bounded(high=10, delegation_high=500)
    assert delegation(2**31 - 1, 0.0, policy, lease_until=1e9).fresh_until == 500


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
        "policy.nodata_max_ttl",
    ]


def test_positive_bounds_never_touch_denials() -> None:
    # numa 376, Unbound 970: a minimum for answers leaked into denials.
    rules = bounded(low=3600, high=3600)
    assert negative(60, 60, 0.0, rules).kept_ttl == 60


def test_denials_have_bounds_of_their_own() -> None:
    rules = bounded(negative_low=30, negative_high=90)
    assert negative(5, 5, 0.0, rules).kept_ttl == 30
    assert negative(500, 500, 0.0, rules).kept_ttl == 90


def test_signatures_of_the_proof_bound_the_denial() -> None:
    assert negative(300, 300, 0.0, Policy(), signatures_expire_in=12.0).fresh_until == 12.0
