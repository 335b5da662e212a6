# SPDX-License-Identifier: ISC
"""The block `[policy]` of the configuration: its own checks, and the policy it spells."""

from __future__ import annotations

import pytest

from resolver.policy import Policy, PrefetchRules, Rule, StaleRules
from resolver.policy.presets import load_policy, preset_names
from resolver.policy.settings import PolicySettings, policy_of, settings_of
from resolver.units import DecodeError, Seconds, decode


@pytest.mark.parametrize("kind", ["", "negative_", "nxdomain_", "nodata_", "failure_"])
def test_min_above_max_is_refused_at_load(kind: str) -> None:
    with pytest.raises(
        DecodeError, match=rf"policy.*{kind}min_ttl \(200s\) must not be above {kind}max_ttl \(100s\)"
    ):
        decode(PolicySettings, {f"{kind}min_ttl": "200s", f"{kind}max_ttl": "100s"}, "policy")


def test_its_defaults_are_the_default_policy() -> None:
    assert policy_of(PolicySettings(), StaleRules(), PrefetchRules()) == Policy()


def test_every_block_is_spelled() -> None:
    rules = (Rule(suffix=("example",), max=Seconds(5)),)
    settings = PolicySettings(
        name="mine",
        seed="s",
        max_ttl=Seconds(60),
        nodata_max_ttl=Seconds(7),
        failure_max_ttl=Seconds(9),
        rule=rules,
    )
    policy = policy_of(settings, StaleRules(enabled=False), PrefetchRules(fraction=0.5))
    assert (policy.positive.max, policy.nodata.max, policy.nxdomain.max, policy.failure.max) == (
        60,
        7,
        10800,
        9,
    )
    assert (policy.name, policy.seed, policy.rules) == ("mine", "s", rules)
    assert (policy.stale.enabled, policy.prefetch.fraction) == (False, 0.5)


@pytest.mark.parametrize("name", preset_names())
def test_a_policy_is_spelt_by_settings_and_made_of_them_again(name: str) -> None:
    policy = load_policy(name)
    assert policy_of(*settings_of(policy)) == policy
