# SPDX-License-Identifier: ISC
"""The blocks a policy is written in: bounds by class of answer, stale, prefetch, and ordered rules.

Values only, with their limits and documentation, for policy files and the configuration alike. What they come to for
one answer is `terms`' matter, and a lifetime `judge`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from resolver.policy.subject import AnswerClass
from resolver.units import Bounded, Doc, Seconds, Settings
from resolver.wire import FormatError
from resolver.wire.codes import type_from_text
from resolver.wire.names import from_text

DAY_S: Final = 86400.0
# RFC 8767 section 4: no TTL is kept longer than a week, whatever was published or configured.
CEILING_S: Final = 7 * DAY_S
# RFC 9520 section 3.2: a failure is remembered for at least a second and at most five minutes.
FAILURE_LEAST_S: Final = 1.0
FAILURE_MOST_S: Final = 300.0
# A rule's title is part of every reason it gives, and those are kept with each entry.
TITLE_MAX: Final = 60


class PositiveBounds(Settings, frozen=True):
    """How long RRsets are kept. The block `[positive]`; ValueError when the minimum is above the maximum."""

    min: Annotated[Seconds, Doc("positive answers live at least this long"), Bounded(0, DAY_S)] = Seconds(0)
    max: Annotated[
        Seconds, Doc("positive answers live at most this long (Unbound: 1 d)"), Bounded(0, CEILING_S)
    ] = Seconds(DAY_S)

    def __post_init__(self) -> None:
        _ordered(self.min, self.max)


class NegativeBounds(Settings, frozen=True):
    """How long denials are kept. The blocks `[nxdomain]` and `[nodata]`."""

    min: Annotated[Seconds, Doc("such denials live at least this long"), Bounded(0, DAY_S)] = Seconds(0)
    max: Annotated[
        Seconds,
        Doc("such denials live at most this long (RFC 2308 section 5: 1 to 3 h)"),
        Bounded(0, CEILING_S),
    ] = Seconds(10800)

    def __post_init__(self) -> None:
        _ordered(self.min, self.max)


class FailureBounds(Settings, frozen=True):
    """How long failures are remembered, between which the back-off of RFC 9520 doubles. The block `[failure]`."""

    min: Annotated[
        Seconds, Doc("a failure is remembered at least this long"), Bounded(FAILURE_LEAST_S, FAILURE_MOST_S)
    ] = Seconds(FAILURE_LEAST_S)
    max: Annotated[
        Seconds,
        Doc("a failure is remembered at most this long (RFC 9520)"),
        Bounded(FAILURE_LEAST_S, FAILURE_MOST_S),
    ] = Seconds(FAILURE_MOST_S)

    def __post_init__(self) -> None:
        _ordered(self.min, self.max)


class DelegationBounds(Settings, frozen=True):
    """How long a delegation is used. The block `[delegation]`; it has no minimum, for no zone outlives its lease."""

    max: Annotated[
        Seconds,
        Doc("a delegation is used at most this long before its parent is asked again"),
        Bounded(1, CEILING_S),
    ] = Seconds(DAY_S)

    @property
    def min(self) -> Seconds:
        """Nothing stretches a delegation."""
        return Seconds(0)


class StaleRules(Settings, frozen=True):
    """When data past its TTL may be served (RFC 8767 section 5). The block `[stale]`."""

    enabled: Annotated[bool, Doc("serve stale data when servers do not answer in time (RFC 8767)")] = True
    max_age: Annotated[
        Seconds,
        Doc("how long after its TTL data may still be served; RFC 8767 says 1 to 3 days"),
        Bounded(0, CEILING_S),
    ] = Seconds(DAY_S)
    reply_ttl: Annotated[
        Seconds, Doc("the TTL that a stale answer shows; RFC 8767 section 4 says 30 s"), Bounded(0, 3600)
    ] = Seconds(30)
    reply_capped: Annotated[bool, Doc("a stale answer never shows more than the TTL published (Unbound)")] = (
        False
    )
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
    left: Annotated[
        Seconds,
        Doc("so many seconds more (BIND: 2 s, and fraction 0)"),
        Bounded(0, DAY_S),
    ] = Seconds(0)
    min_ttl: Annotated[
        Seconds, Doc("lives shorter than this are not worth it (BIND: 9 s)"), Bounded(1, DAY_S)
    ] = Seconds(10)


class Rule(Settings, frozen=True):
    """One `[[rule]]`: what it applies to, and what it sets. For each setting the first rule that has it wins.

    ValueError when a name, a type or a combination makes no sense.
    """

    title: Annotated[str, Doc("a word for it, shown with every lifetime it changes")] = ""
    suffix: Annotated[
        tuple[str, ...], Doc("for these names and all below them; with `glob`, either will do")
    ] = ()
    glob: Annotated[
        tuple[str, ...], Doc("for names that look so: `*` any characters, `?` one, dots included")
    ] = ()
    types: Annotated[tuple[str, ...], Doc("for these types; NXDOMAIN, which denies all, has none")] = ()
    classes: Annotated[
        tuple[AnswerClass, ...],
        Doc(
            "for these classes of answer; without it for all, but min, ttl and factor for positive ones alone"
        ),
    ] = ()
    ttl_from: Annotated[
        Seconds, Doc("for published TTLs of at least this; 0: all"), Bounded(0, CEILING_S)
    ] = Seconds(0)
    ttl_to: Annotated[Seconds | None, Doc("for published TTLs of at most this"), Bounded(0, CEILING_S)] = None
    min: Annotated[Seconds | None, Doc("they live at least this long"), Bounded(0, DAY_S)] = None
    max: Annotated[Seconds | None, Doc("they live at most this long"), Bounded(0, CEILING_S)] = None
    factor: Annotated[float | None, Doc("the TTL is multiplied by this"), Bounded(0.0, 1000.0)] = None
    ttl: Annotated[
        Seconds | None, Doc("the TTL counts as this, whatever was published"), Bounded(0, CEILING_S)
    ] = None
    jitter: Annotated[
        float | None,
        Doc("up to this part of the life is taken off, by a hash of the name: always the same for a name"),
        Bounded(0.0, 0.5),
    ] = None
    reply_ttl: Annotated[
        Seconds | None, Doc("clients are shown at most this; what is kept stays"), Bounded(1, CEILING_S)
    ] = None
    stale: Annotated[bool | None, Doc("as `stale.enabled`")] = None
    stale_max_age: Annotated[Seconds | None, Doc("as `stale.max_age`"), Bounded(0, CEILING_S)] = None
    stale_reply_ttl: Annotated[Seconds | None, Doc("as `stale.reply_ttl`"), Bounded(0, 3600)] = None
    stale_client_timeout: Annotated[Seconds | None, Doc("as `stale.client_timeout`"), Bounded(0, 10)] = None
    prefetch: Annotated[bool | None, Doc("as `prefetch.enabled`")] = None
    prefetch_fraction: Annotated[float | None, Doc("as `prefetch.fraction`"), Bounded(0.0, 0.5)] = None
    prefetch_left: Annotated[Seconds | None, Doc("as `prefetch.left`"), Bounded(0, DAY_S)] = None
    prefetch_min_ttl: Annotated[Seconds | None, Doc("as `prefetch.min_ttl`"), Bounded(1, DAY_S)] = None

    def __post_init__(self) -> None:
        if len(self.title) > TITLE_MAX or not self.title.isprintable():
            raise ValueError(f"title must be at most {TITLE_MAX} printable characters")
        for name in self.suffix:
            _readable("suffix", name, "a domain name", from_text)
        if not all(self.glob):
            raise ValueError("glob must not hold an empty pattern; write '*' for all names")
        for name in self.types:
            _readable("types", name, "a type; write it like 'AAAA' or 'TYPE65'", type_from_text)
        if self.ttl_to is not None and self.ttl_from > self.ttl_to:
            raise ValueError(f"ttl_from ({self.ttl_from}) must not be above ttl_to ({self.ttl_to})")
        if self.min is not None and self.max is not None:
            _ordered(self.min, self.max)
        if AnswerClass.DELEGATION in self.classes and (self.min is not None or self.ttl is not None):
            word = "ttl" if self.min is None else "min"
            raise ValueError(
                f"{word} cannot stretch what a parent granted; leave 'delegation' out of classes"
            )


def _ordered(low: Seconds, high: Seconds) -> None:
    if low > high:
        raise ValueError(f"min ({low}) must not be above max ({high})")


def _readable(key: str, text: str, what: str, read: Callable[[str], object]) -> None:
    try:
        read(text)
    except FormatError:
        raise ValueError(f"{key}: {text!r} is not {what}") from None
