# SPDX-License-Identifier: ISC
"""One policy's answer to one question, given what it holds and what became of the fetch: counted, and what it wants.

The decisions are those of the service, by the same `freshness` and the same rules; nothing is changed here but a tally.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import inf
from typing import NamedTuple

from resolver.policy import AnswerClass, Freshness
from resolver.service.shadows.judges import Judge
from resolver.service.shadows.rows import Row
from resolver.service.shadows.tallies import Tally


class Outlook(Enum):
    """What becomes of a fetch, should the policy want one."""

    AS_LAST_SEEN = "as last seen"  # nobody fetched: it is taken to come back at once, and as it was
    DONE = "done"
    FAILED = "failed"
    NOT_TRIED = "not tried"  # a failure is remembered, or the servers are left alone


class Want(Enum):
    """What a policy wants after it has answered."""

    NOTHING = "nothing"
    PREFETCH = "prefetch"
    FETCH = "fetch"


class _State(NamedTuple):
    """The links of an answer as one policy holds them, by the worst of them."""

    age: Freshness
    is_due: bool
    outdated_since: float
    is_beyond_ttl: bool
    denies: bool


_NOTHING_HELD = _State(Freshness.DEAD, is_due=False, outdated_since=inf, is_beyond_ttl=False, denies=False)


def answer(
    judge: Judge, number: int, links: Sequence[Row | None], tally: Tally, now: float, count: int,
    outlook: Outlook, took: float,
) -> Want:  # fmt: skip
    """Count the answer of policy `number` to `count` clients at the instant `now`; return what it wants.

    `links` are what its answer is made of. A fetch begun now ends as `outlook` says, `took` seconds later.
    """
    was_under_way = outlook in (Outlook.DONE, Outlook.FAILED)
    state = _state(links, number, now, was_under_way=was_under_way)
    tally.requests += count
    if state.age is Freshness.FRESH:
        if state.denies:
            tally.negative += count
        else:
            tally.fresh += count
        _count_truth(tally, state, now, count)
        return Want.PREFETCH if state.is_due and outlook is not Outlook.NOT_TRIED else Want.NOTHING
    if state.age is Freshness.STALE and _serves_stale(judge, links, outlook, took):
        tally.stale += count
        _count_truth(tally, state, now, count)
        return Want.NOTHING if outlook is Outlook.NOT_TRIED else Want.FETCH
    if outlook is Outlook.NOT_TRIED:
        tally.failure += count
        return Want.NOTHING
    return Want.FETCH


def _serves_stale(judge: Judge, links: Sequence[Row | None], outlook: Outlook, took: float) -> bool:
    """Whether who has something stale gives it, or waits for the fetch (RFC 8767 section 5)."""
    last = links[-1]
    if last is None or last.seen is None:
        return False
    patience = judge.stale(last.seen).client_timeout
    return outlook in (Outlook.FAILED, Outlook.NOT_TRIED) or patience <= 0 or took > patience


def _count_truth(tally: Tally, state: _State, now: float, count: int) -> None:
    if state.is_beyond_ttl:
        tally.beyond_ttl += count
    if state.outdated_since < inf:
        tally.outdated += count
        tally.outdated_seconds += max(0.0, now - state.outdated_since) * count


def _state(links: Sequence[Row | None], number: int, now: float, *, was_under_way: bool) -> _State:
    """What a policy held at the instant `now`.

    `was_under_way`: the answer waited for a fetch. What other questions had fetched meanwhile was not there at `now`.
    """
    age, outdated_since = Freshness.FRESH, inf
    is_due = is_beyond_ttl = denies = False
    for link in links:
        held = None if link is None else link.held[number]
        if link is None or held is None or link.seen is None:
            return _NOTHING_HELD
        if was_under_way and now < held.stored_at:
            return _NOTHING_HELD
        if now >= held.fresh_until:
            if now >= held.stale_until:
                return _NOTHING_HELD
            age = Freshness.STALE
        is_due = is_due or now >= held.prefetch_at
        is_beyond_ttl = is_beyond_ttl or now >= held.owner_until
        if held.tag != link.seen.tag:
            outdated_since = min(outdated_since, link.seen.changed_at)
        denies = link.seen.subject.answer is not AnswerClass.POSITIVE
    return _State(age, is_due, outdated_since, is_beyond_ttl, denies)
