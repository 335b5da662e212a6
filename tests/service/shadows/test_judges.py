# SPDX-License-Identifier: ISC
"""What one policy holds of a fetch: its own lifetime, never past the ceilings, and nothing of what nobody keeps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from resolver.policy import Lifetime, Policy, PositiveBounds, Reason, judge
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import seen_of
from resolver.units import Seconds
from tests.service.fakes import positive

POLICY = Policy(positive=PositiveBounds(min=Seconds(60), max=Seconds(600)))
JUDGE = Judge("x", "shadow", POLICY, 1.0, ())


def at(ttl: int, *reasons: Reason) -> Lifetime:
    return Lifetime(100.0, 100.0 + ttl, 100.0 + ttl, ttl, reasons)


@given(st.integers(0, 1 << 31), st.floats(100.0, 1e6))
def test_it_holds_what_the_policy_says_and_knows_the_end_of_the_owners_ttl(ttl: int, now: float) -> None:
    seen = seen_of(replace(positive("a.example"), lifetime=at(ttl)), None, held=True)
    held = JUDGE.hold(seen, now)
    assert held is not None
    lifetime = judge(seen.subject, now, POLICY)
    assert (held.fresh_until, held.stale_until) == (lifetime.fresh_until, lifetime.stale_until)
    assert held.owner_until == now + ttl
    assert held.prefetch_at <= held.fresh_until or held.prefetch_at == float("inf")


def test_a_minimum_does_not_pass_the_end_of_a_lease() -> None:
    life = at(20, Reason("ceiling.lease", 300, 20))
    held = JUDGE.hold(seen_of(replace(positive("a.example"), lifetime=life), None, held=True), 110.0)
    assert held is not None
    assert held.fresh_until == held.stale_until == 120.0


def test_it_holds_nothing_of_what_is_not_kept() -> None:
    assert JUDGE.hold(seen_of(positive("a.example"), None, held=False), 100.0) is None
    nothing = Judge("x", "shadow", Policy(positive=PositiveBounds(max=Seconds(0))), 1.0, ())
    assert nothing.hold(seen_of(positive("a.example"), None, held=True), 100.0) is None
