# SPDX-License-Identifier: ISC
"""Judgements and policies in as few words as a test can bear."""

from __future__ import annotations

from typing import Any

from resolver.policy import (
    AnswerClass,
    DelegationBounds,
    FailureBounds,
    Lifetime,
    NegativeBounds,
    Policy,
    PositiveBounds,
    Subject,
    judge,
)
from resolver.units import Seconds
from resolver.wire import Rtype, from_text

WWW = from_text("www.example.com")


def subject(
    published: int = 300,
    owner: str = "www.example.com",
    rtype: int = Rtype.A,
    answer: AnswerClass = AnswerClass.POSITIVE,
) -> Subject:
    """What is judged."""
    return Subject(from_text(owner).lower(), int(rtype), answer, published)


def positive(published: int, now: float, policy: Policy, **facts: Any) -> Lifetime:
    """The lifetime of an address received at `now`."""
    return judge(subject(published), now, policy, **facts)


def negative(soa_ttl: int, soa_minimum: int, now: float, policy: Policy, **facts: Any) -> Lifetime:
    """The lifetime of a NODATA."""
    return judge(subject(soa_ttl, answer=AnswerClass.NODATA), now, policy, soa_minimum=soa_minimum, **facts)


def delegation(published: int, now: float, policy: Policy, **facts: Any) -> Lifetime:
    """The lease of a delegation."""
    what = subject(published, "example.com", Rtype.NS, AnswerClass.DELEGATION)
    return judge(what, now, policy, **facts)


def bounded(
    low: float = 0,
    high: float = 86400,
    *,
    negative_low: float = 0,
    negative_high: float = 10800,
    failure_low: float = 1,
    failure_high: float = 300,
    delegation_high: float = 86400,
    **more: Any,
) -> Policy:
    """A policy of such bounds; `more` are other fields of a Policy."""
    denials = NegativeBounds(min=Seconds(negative_low), max=Seconds(negative_high))
    return Policy(
        positive=PositiveBounds(min=Seconds(low), max=Seconds(high)),
        nxdomain=denials,
        nodata=denials,
        failure=FailureBounds(min=Seconds(failure_low), max=Seconds(failure_high)),
        delegation=DelegationBounds(max=Seconds(delegation_high)),
        **more,
    )
