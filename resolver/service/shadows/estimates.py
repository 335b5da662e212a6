# SPDX-License-Identifier: ISC
"""From the sample to all names: ratios with their standard errors. Pure arithmetic on tallies.

The hit ratio of a policy is what the cache really had, over all questions, and the difference that the sample shows
between that policy and the one in force. Names that are asked much weigh alike on both sides of the difference, so it
is known far better than either side. Errors come from leaving out one group of names after the other (the jackknife),
less what is not left to chance when the sample is a large part of all names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from resolver.service.shadows.tallies import GROUPS, Judged, Tally

Groups = Mapping[str, Sequence[float]]  # by field of a tally, one number a group


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share and its standard error; both None when there is nothing to divide by."""

    value: float | None
    error: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one policy would have done, of all questions if not said otherwise.

    `hits` are fresh answers and denials; `outdated` and `beyond_ttl` are shares of what was answered from the cache.
    `late_seconds` is how long an outdated answer had been outdated, on average.
    """

    hits: Ratio
    negative: float | None
    stale: float | None
    failure: float | None
    upstream: Ratio
    outdated: Ratio
    beyond_ttl: Ratio
    late_seconds: float | None


def grouped(judged: Judged) -> dict[str, list[float]]:
    """The tallies of one policy, by field."""
    return {field: judged.by_group(field) for field in Tally.FIELDS}


def added(one: Groups, other: Groups) -> dict[str, list[float]]:
    """The sums of what two processes counted of the same policy."""
    return {field: [a + b for a, b in zip(one[field], other[field], strict=True)] for field in one}


def estimate(policy: Groups, enforced: Groups, *, part: float, really: float | None) -> Estimate:
    """What the sample says of a policy beside the one in force.

    `part` is the share of names looked at; `really` the share of all questions that were hits, None when unknown.
    """
    questions = policy["requests"]
    difference = _ratio(lambda left: _hits(policy, left) - _hits(enforced, left), part)
    hits = _ratio(lambda left: _hits(policy, left), part)
    if really is not None and difference.value is not None:
        hits = Ratio(min(1.0, max(0.0, really + difference.value)), difference.error)
    outdated = sum(policy["outdated"])
    return Estimate(
        hits=hits,
        negative=_share(policy["negative"], questions),
        stale=_share(policy["stale"], questions),
        failure=_share(policy["failure"], questions),
        upstream=_ratio(lambda left: _over(left, policy["upstream"], questions), part),
        outdated=_ratio(lambda left: _over(left, policy["outdated"], _answered(policy)), part),
        beyond_ttl=_ratio(lambda left: _over(left, policy["beyond_ttl"], _answered(policy)), part),
        late_seconds=sum(policy["outdated_seconds"]) / outdated if outdated else None,
    )


def _hits(groups: Groups, left: int | None) -> float:
    return _over(
        left, [a + b for a, b in zip(groups["fresh"], groups["negative"], strict=True)], groups["requests"]
    )


def _answered(groups: Groups) -> list[float]:
    return [sum(group) for group in zip(groups["fresh"], groups["negative"], groups["stale"], strict=True)]


def _share(parts: Sequence[float], whole: Sequence[float]) -> float | None:
    return sum(parts) / sum(whole) if sum(whole) else None


def _over(left: int | None, parts: Sequence[float], whole: Sequence[float]) -> float:
    """The quotient of the sums, without the group `left` out. ZeroDivisionError when there is nothing."""
    if left is None:
        return sum(parts) / sum(whole)
    return (sum(parts) - parts[left]) / (sum(whole) - whole[left])


def _ratio(quotient: Callable[[int | None], float], part: float) -> Ratio:
    """A quotient, and by how much it would be another if other names had been chosen."""
    try:
        value = quotient(None)
    except ZeroDivisionError:
        return Ratio(None, None)
    try:
        without = [quotient(group) for group in range(GROUPS)]
    except ZeroDivisionError:  # all that was asked is in one group
        return Ratio(value, None)
    mean = sum(without) / GROUPS
    spread = sum((each - mean) ** 2 for each in without) * (GROUPS - 1) / GROUPS
    return Ratio(value, sqrt(max(0.0, 1.0 - part) * spread))
