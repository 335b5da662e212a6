# SPDX-License-Identifier: ISC
"""The numbers a policy is made of: the blocks `[policy]`, `[stale]` and `[prefetch]`, and `Policy`, all three in one.

Values only: the functions that apply them are in `ttl`, `negative`, `failure`, `stale` and `prefetch`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from resolver.units import Bounded, Doc, Seconds, Settings

DAY_S: Final = 86400.0
# RFC 8767 section 4: no TTL is kept longer than a week, whatever was published or configured.
CEILING_S: Final = 7 * DAY_S
# RFC 9520 section 3.2: a failure is remembered for at least a second and at most five minutes.
FAILURE_LEAST_S: Final = 1.0
FAILURE_MOST_S: Final = 300.0


class TtlRules(Settings, frozen=True):
    """How long things are kept. The block `[policy]`; raises ValueError when a minimum is above its maximum."""

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


class StaleRules(Settings, frozen=True):
    """When data past its TTL may be served (RFC 8767 section 5). The block `[stale]`."""

    enabled: Annotated[bool, Doc("serve stale data when servers do not answer in time (RFC 8767)")] = True
    max_age: Annotated[
        Seconds,
        Doc("how long after its TTL data may still be served; RFC 8767 says 1 to 3 days"),
        Bounded(0, CEILING_S),
    ] = Seconds(DAY_S)
    reply_ttl: Annotated[
        Seconds, Doc("the TTL that a stale answer shows; RFC 8767 section 4 says 30 s"), Bounded(1, 3600)
    ] = Seconds(30)
    client_timeout: Annotated[
        Seconds, Doc("a client waits this long before it gets stale data; 0: at once"), Bounded(0, 10)
    ] = Seconds(1.8)
    recheck: Annotated[
        Seconds, Doc("after a failed refresh, servers are left alone this long"), Bounded(1, 3600)
    ] = Seconds(30)


class PrefetchRules(Settings, frozen=True):
    """When an entry that is asked for is fetched anew before it expires. The block `[prefetch]`."""

    enabled: Annotated[bool, Doc("fetch entries that are asked for near their end anew")] = True
    fraction: Annotated[
        float, Doc("the last part of a life in which a hit starts the fetch"), Bounded(0.0, 0.5)
    ] = 0.1
    min_ttl: Annotated[
        Seconds, Doc("lives shorter than this are not worth it (BIND: 9 s)"), Bounded(1, DAY_S)
    ] = Seconds(10)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides on lifetimes, in one value; handed to whoever stores, serves or simulates."""

    ttl: TtlRules = field(default_factory=TtlRules)
    stale: StaleRules = field(default_factory=StaleRules)
    prefetch: PrefetchRules = field(default_factory=PrefetchRules)
