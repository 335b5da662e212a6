# SPDX-License-Identifier: ISC
"""The defaults are those of the interface page, and the blocks load from text."""

from resolver.policy import Policy, PrefetchRules, StaleRules, TtlRules
from resolver.units import decode


def test_defaults_as_published() -> None:
    policy = Policy()
    assert (policy.ttl.min_ttl, policy.ttl.max_ttl) == (0, 86400)
    assert (policy.ttl.negative_min_ttl, policy.ttl.negative_max_ttl) == (0, 10800)
    assert (policy.ttl.failure_min_ttl, policy.ttl.failure_max_ttl) == (1, 300)
    assert policy.ttl.delegation_max_ttl == 86400
    stale = policy.stale
    assert (stale.enabled, stale.max_age, stale.reply_ttl, stale.client_timeout, stale.recheck) == (
        True,
        86400,
        30,
        1.8,
        30,
    )
    assert (policy.prefetch.enabled, policy.prefetch.fraction) == (True, 0.1)


def test_blocks_load_with_units() -> None:
    assert decode(TtlRules, {"max_ttl": "1h30m"}, "policy").max_ttl == 5400
    assert decode(StaleRules, {"client_timeout": "1800ms"}, "stale") == StaleRules()
    assert decode(PrefetchRules, {"fraction": 0.25}, "prefetch").fraction == 0.25
