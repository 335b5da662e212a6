# SPDX-License-Identifier: ISC
"""Laws of the small caches: leases end, failures keep to their periods, and bytes to their budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.cache import DelegationCache, FailureCache
from resolver.policy import Freshness, freshness
from resolver.wire import names
from tests.cache.making import POLICY, cut, k

ZONES = [".", "a.", "b.a.", "c.b.a.", "d."]
CUTS = st.tuples(st.sampled_from(ZONES), st.integers(0, 100), st.integers(0, 100), st.integers(1, 30))


@given(st.lists(CUTS, max_size=20), st.sampled_from([*ZONES, "x.c.b.a.", "e."]), st.integers(0, 120))
def test_the_cut_found_is_the_deepest_that_lives(
    cuts: list[tuple[str, int, int, int]], name: str, now: int
) -> None:
    cache, newest = DelegationCache(1 << 20), {}
    for zone, ttl, lease, _ in cuts:
        newest[k(zone)] = one = cut(zone, ttl=ttl, lease_until=float(lease))
        assert cache.store(one, 0.0) is (min(ttl, lease) > 0)
    live = [zone for zone, one in newest.items() if freshness(one.lifetime, float(now)) is Freshness.FRESH]
    above = [zone for zone in live if names.is_at_or_below(k(name), zone)]
    found = cache.deepest(k(name), float(now))
    assert (found and found.zone) == max(above, key=len, default=None)
    strictly = cache.deepest(k(name), float(now), strictly_above=True)
    assert (strictly and strictly.zone) == max((z for z in above if z != k(name)), key=len, default=None)


@given(st.lists(CUTS, max_size=40), st.integers(2000, 20_000))
def test_delegations_keep_to_their_budget(cuts: list[tuple[str, int, int, int]], budget: int) -> None:
    cache = DelegationCache(budget)
    for zone, ttl, lease, servers in cuts:
        cache.store(cut(zone, ttl=ttl, lease_until=float(lease), servers=servers), 0.0)
        assert 0 <= cache.size_bytes <= budget


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "succeed", "answered", "recheck", "wait"]),
        st.integers(0, 5),
        st.integers(0, 2),
        st.booleans(),
        st.integers(0, 3000),
    ),
    max_size=40,
)


@given(STEPS, st.integers(3000, 30_000))
def test_failures_keep_to_their_budget_and_never_outlast_five_minutes(
    steps: list[tuple[str, int, int, bool, int]], budget: int
) -> None:
    cache, now = FailureCache(budget), 0.0
    for what, name, zone, flag, number in steps:
        key, zone_key = k(f"n{name}.example."), k(ZONES[zone])
        match what:
            case "fail":
                failure = cache.record(
                    key,
                    1,
                    False,
                    now,
                    structural=flag,
                    unreachable=not flag,
                    ede=22,
                    text="x" * number,
                    zone=zone_key,
                    policy=POLICY,
                )
                assert now < failure.until <= now + 300
                known = cache.get(key, 1, False, now)
                assert known in (failure, None)  # None: it did not fit
                assert cache.get(key, 1, False, failure.until) is None
            case "succeed":
                cache.succeeded(key, 1, False)
                assert cache.get(key, 1, False, now) is None
                assert cache.recheck_until(key, 1) == 0.0
            case "answered":
                cache.zone_answered(zone_key)
                left = [cache.get(k(f"n{i}.example."), 1, False, now) for i in range(6)]
                assert not any(one and one.unreachable and one.zone == zone_key for one in left)
            case "recheck":
                cache.set_recheck(key, 1, zone_key, now + 30)
                assert cache.recheck_until(key, 1) in (now + 30, 0.0)
            case _:
                now += number / 10
        assert 0 <= cache.size_bytes <= budget
