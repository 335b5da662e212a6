# SPDX-License-Identifier: ISC
"""The configuration's own word on policies: the block `[policy]`. What its keys come to is said by `Policy`."""

from __future__ import annotations

from typing import Annotated, Literal

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
    StaleRules,
)
from resolver.policy.terms import Policy
from resolver.units import Bounded, Doc, Seconds, Settings


class PolicySettings(Settings, frozen=True):
    """Which policy rules, and bounds of one's own. The block `[policy]`; ValueError for a minimum above its maximum."""

    name: Annotated[
        Literal["default"], Doc("the policy that rules the cache; its bounds are the keys below")
    ] = "default"
    shadow: Annotated[
        tuple[Literal["default"], ...], Doc("policies judged on live traffic without effect; none yet")
    ] = ()
    min_ttl: Annotated[Seconds, Doc("positive answers live at least this long"), Bounded(0, DAY_S)] = Seconds(
        0
    )
    max_ttl: Annotated[
        Seconds,
        Doc("positive answers live at most this long (Unbound, PowerDNS: 1 d)"),
        Bounded(0, CEILING_S),
    ] = Seconds(DAY_S)
    negative_min_ttl: Annotated[
        Seconds, Doc("NODATA and NXDOMAIN live at least this long"), Bounded(0, DAY_S)
    ] = Seconds(0)
    negative_max_ttl: Annotated[
        Seconds,
        Doc("NODATA and NXDOMAIN live at most this long (RFC 2308 section 5: 1 to 3 h)"),
        Bounded(0, CEILING_S),
    ] = Seconds(10800)
    failure_min_ttl: Annotated[
        Seconds, Doc("a failure is remembered at least this long"), Bounded(FAILURE_LEAST_S, FAILURE_MOST_S)
    ] = Seconds(FAILURE_LEAST_S)
    failure_max_ttl: Annotated[
        Seconds,
        Doc("a failure is remembered at most this long (RFC 9520)"),
        Bounded(FAILURE_LEAST_S, FAILURE_MOST_S),
    ] = Seconds(FAILURE_MOST_S)
    delegation_max_ttl: Annotated[
        Seconds,
        Doc("a delegation is used at most this long before its parent is asked again"),
        Bounded(1, CEILING_S),
    ] = Seconds(DAY_S)

    def __post_init__(self) -> None:
        for kind in ("", "negative_", "failure_"):
            low, high = getattr(self, f"{kind}min_ttl"), getattr(self, f"{kind}max_ttl")
            if low > high:
                raise ValueError(f"{kind}min_ttl ({low}) must not be above {kind}max_ttl ({high})")


def policy_of(bounds: PolicySettings, stale: StaleRules, prefetch: PrefetchRules) -> Policy:
    """The policy that the three blocks of a configuration spell."""
    denials = NegativeBounds(min=bounds.negative_min_ttl, max=bounds.negative_max_ttl)
    return Policy(
        positive=PositiveBounds(min=bounds.min_ttl, max=bounds.max_ttl),
        nxdomain=denials,
        nodata=denials,
        failure=FailureBounds(min=bounds.failure_min_ttl, max=bounds.failure_max_ttl),
        delegation=DelegationBounds(max=bounds.delegation_max_ttl),
        stale=stale,
        prefetch=prefetch,
        name=bounds.name,
    )
