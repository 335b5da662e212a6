# SPDX-License-Identifier: ISC
"""What is remembered of a fetch: facts to judge by, and four bytes that tell one answer from another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resolver.policy import Lifetime, Reason
from resolver.service.shadows.rows import Row, seen_of, tag_of
from tests.service.fakes import negative, positive

ONE, OTHER = b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02"


def test_the_tag_differs_when_the_data_does() -> None:
    assert tag_of(positive("a.example", 1, ONE)) != tag_of(positive("a.example", 1, OTHER))
    assert tag_of(positive("a.example", 1, ONE)) != tag_of(positive("a.example", 1, ONE, OTHER))
    assert tag_of(positive("a.example", 16, b"ab", b"c")) != tag_of(positive("a.example", 16, b"a", b"bc"))
    assert tag_of(negative("a.example")) != tag_of(negative("a.example", 1))


def test_neither_order_nor_ttl_nor_the_soa_of_a_denial_is_a_difference() -> None:
    assert tag_of(positive("a.example", 1, ONE, OTHER)) == tag_of(positive("a.example", 1, OTHER, ONE, ttl=5))
    assert tag_of(negative("a.example", ttl=5)) == tag_of(negative("a.example", ttl=50))


def test_a_change_dates_from_the_fetch_that_saw_it() -> None:
    first = seen_of(positive("a.example", 1, ONE, at=100.0), None, held=True)
    again = seen_of(positive("a.example", 1, ONE, at=200.0), first, held=True)
    other = seen_of(positive("a.example", 1, OTHER, at=300.0), again, held=True)
    assert [seen.changed_at for seen in (first, again, other)] == [100.0, 100.0, 300.0]


def test_rfc2308_section_5_the_owners_ttl_of_a_denial_is_the_lesser_of_two() -> None:
    denial = negative("a.example", ttl=60)
    seen = seen_of(replace(denial, lifetime=replace(denial.lifetime, published_ttl=900)), None, held=True)
    assert (seen.subject.published, seen.soa_minimum, seen.owner_ttl) == (900, 60, 60)


@pytest.mark.parametrize("rule", ["limits.rrset_records", "rfc2308.no_soa"])
def test_what_the_engine_gives_no_life_no_policy_keeps(rule: str) -> None:
    life = Lifetime(100.0, 100.0, 100.0, 300, (Reason(rule, 300, 0),))
    assert not seen_of(replace(positive("a.example"), lifetime=life), None, held=True).kept
    zero = replace(positive("a.example"), lifetime=Lifetime(100.0, 100.0, 100.0, 0))
    assert seen_of(zero, None, held=True).kept  # by a policy with a minimum
    assert not seen_of(positive("a.example"), None, held=False).kept


def test_ceilings_come_from_the_audit() -> None:
    reasons = (Reason("ceiling.rrsig", 300, 50), Reason("ceiling.lease", 50, 40))
    life = Lifetime(100.0, 140.0, 140.0, 300, reasons)
    seen = seen_of(replace(positive("a.example"), lifetime=life), None, held=True)
    assert (seen.signed_until, seen.lease_until, seen.proof_ttl) == (150.0, 140.0, None)


def test_more_policies_weigh_more() -> None:
    assert Row((b"\x01a\x00", 1), 4).weight > Row((b"\x01a\x00", 1), 1).weight > 500
