# SPDX-License-Identifier: ISC
"""The configuration's own word on policies: the block `[policy]`. What a policy's keys mean is said by `rules`.

A key that is not given is as the policy named says; filling in is done where configurations are loaded.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from resolver.policy.rules import (
    CEILING_S,
    DAY_S,
    FAILURE_LEAST_S,
    FAILURE_MOST_S,
    DelegationBounds,
    FailureBounds,
    NegativeBounds,
    PositiveBounds,
    PrefetchRules,
    Rule,
    StaleRules,
)
from resolver.policy.terms import Policy
from resolver.units import Bounded, Bytes, Doc, Inherited, Seconds, Settings

BY_POLICY = Inherited("by policy")
_WEEK = Bounded(0, CEILING_S)
_DAY = Bounded(0, DAY_S)
_RFC9520 = Bounded(FAILURE_LEAST_S, FAILURE_MOST_S)


class Mode(StrEnum):
    """What a policy is to do: rule, be judged beside the one that rules, or neither."""

    OFF = "off"
    SHADOW = "shadow"
    ENFORCE = "enforce"


class PolicySettings(Settings, frozen=True):
    """Which policy rules, and what of it is overridden. ValueError for a minimum above its maximum."""

    name: Annotated[str, Doc("the policy that rules the cache: a preset's name, or the path of a file")] = (
        "default"
    )
    shadow: Annotated[
        tuple[str, ...], Doc("policies judged on live traffic without effect: names of presets, or paths")
    ] = ()
    shadow_sample: Annotated[
        float,
        Doc("the part of all names that shadows look at; results are scaled up"),
        Bounded(0.0001, 1.0),
    ] = 0.0625
    shadow_size: Annotated[Bytes, Doc("what shadows may remember"), Bounded(1 << 16, 1 << 32)] = Bytes(
        8 << 20
    )
    seed: Annotated[str, Doc("key of the hash that jitter takes from names"), BY_POLICY] = ""
    min_ttl: Annotated[Seconds, Doc("positive answers live at least this long"), _DAY, BY_POLICY] = Seconds(0)
    max_ttl: Annotated[
        Seconds, Doc("positive answers live at most this long (Unbound, PowerDNS: 1 d)"), _WEEK, BY_POLICY
    ] = Seconds(DAY_S)
    negative_min_ttl: Annotated[
        Seconds, Doc("NODATA and NXDOMAIN live at least this long: both of the keys below"), _DAY, BY_POLICY
    ] = Seconds(0)
    negative_max_ttl: Annotated[
        Seconds,
        Doc("NODATA and NXDOMAIN live at most this long (RFC 2308 section 5: 1 to 3 h)"),
        _WEEK,
        BY_POLICY,
    ] = Seconds(10800)
    nxdomain_min_ttl: Annotated[Seconds, Doc("NXDOMAIN alone, at least"), _DAY, BY_POLICY] = Seconds(0)
    nxdomain_max_ttl: Annotated[Seconds, Doc("NXDOMAIN alone, at most"), _WEEK, BY_POLICY] = Seconds(10800)
    nodata_min_ttl: Annotated[Seconds, Doc("NODATA alone, at least"), _DAY, BY_POLICY] = Seconds(0)
    nodata_max_ttl: Annotated[Seconds, Doc("NODATA alone, at most"), _WEEK, BY_POLICY] = Seconds(10800)
    failure_min_ttl: Annotated[
        Seconds, Doc("a failure is remembered at least this long"), _RFC9520, BY_POLICY
    ] = Seconds(FAILURE_LEAST_S)
    failure_max_ttl: Annotated[
        Seconds, Doc("a failure is remembered at most this long (RFC 9520)"), _RFC9520, BY_POLICY
    ] = Seconds(FAILURE_MOST_S)
    delegation_max_ttl: Annotated[
        Seconds,
        Doc("a delegation is used at most this long before its parent is asked again"),
        Bounded(1, CEILING_S),
        BY_POLICY,
    ] = Seconds(DAY_S)
    rule: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        for kind in ("", "negative_", "nxdomain_", "nodata_", "failure_"):
            low, high = getattr(self, f"{kind}min_ttl"), getattr(self, f"{kind}max_ttl")
            if low > high:
                raise ValueError(f"{kind}min_ttl ({low}) must not be above {kind}max_ttl ({high})")


def policy_of(settings: PolicySettings, stale: StaleRules, prefetch: PrefetchRules) -> Policy:
    """The policy that the three blocks of a configuration spell, once they are filled in."""
    return Policy(
        positive=PositiveBounds(min=settings.min_ttl, max=settings.max_ttl),
        nxdomain=NegativeBounds(min=settings.nxdomain_min_ttl, max=settings.nxdomain_max_ttl),
        nodata=NegativeBounds(min=settings.nodata_min_ttl, max=settings.nodata_max_ttl),
        failure=FailureBounds(min=settings.failure_min_ttl, max=settings.failure_max_ttl),
        delegation=DelegationBounds(max=settings.delegation_max_ttl),
        stale=stale,
        prefetch=prefetch,
        rules=settings.rule,
        name=settings.name,
        seed=settings.seed,
    )


def settings_of(policy: Policy) -> tuple[PolicySettings, StaleRules, PrefetchRules]:
    """The three blocks that spell a policy: what `policy_of` makes that policy of again."""
    settings = PolicySettings(
        name=policy.name,
        seed=policy.seed,
        min_ttl=policy.positive.min,
        max_ttl=policy.positive.max,
        nxdomain_min_ttl=policy.nxdomain.min,
        nxdomain_max_ttl=policy.nxdomain.max,
        nodata_min_ttl=policy.nodata.min,
        nodata_max_ttl=policy.nodata.max,
        failure_min_ttl=policy.failure.min,
        failure_max_ttl=policy.failure.max,
        delegation_max_ttl=policy.delegation.max,
        rule=policy.rules,
    )
    return settings, policy.stale, policy.prefetch
