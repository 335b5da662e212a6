# SPDX-License-Identifier: ISC
"""The timetable of a move: lower, wait, change, verify, raise, retire; each with its instant and its reason.

Facts and wishes in, instants out. What to type at each step is the command line's business.

    publish the lower TTL        change                     raise        retire the old server
            │◄── longest life of ──►│◄── longest life of ──►│                     │
            │    the old TTL        │    the lower TTL      │◄── as long as the ──►│
                                                                 change was
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from resolver.errors import ResolverError
from resolver.lab.migration.keeping import Caches, Keeping, longest, longest_answered, longest_stale
from resolver.policy.subject import AnswerClass


class Move(StrEnum):
    """What is moved: a record that exists, one that does not exist yet, or the zone to other name servers."""

    RECORD = "record"
    CREATION = "creation"
    DELEGATION = "delegation"


class StepKind(StrEnum):
    """The steps, in their order."""

    LOWER = "lower"
    WAIT = "wait"
    CHANGE = "change"
    VERIFY = "verify"
    RAISE = "raise"
    RETIRE = "retire"


class TooSoon(ResolverError):
    """The change is wanted before the old TTL can have run out; `earliest_at` is when it can be."""

    def __init__(self, earliest_at: float, wait: float) -> None:
        super().__init__(f"the old TTL takes {wait:g} s to run out")
        self.earliest_at = earliest_at
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Facts:
    """What is published now: TTLs in seconds.

    `ttl` is what caches hold until the move: the record's TTL, for a creation the negative TTL (RFC 2308 section 5),
    for a delegation the TTL of the zone's own NS set. `parent_ttl` is that of the delegation at the parent, which its
    operator sets; None where it plays no part. `lag` is how long the last authority takes to publish a change.
    """

    owner: bytes
    rtype: int
    move: Move
    ttl: int
    parent_ttl: int | None = None
    lag: float = 0.0

    @property
    def answer(self) -> AnswerClass:
        """The class of what caches hold until the move."""
        return AnswerClass.NXDOMAIN if self.move is Move.CREATION else AnswerClass.POSITIVE


@dataclass(frozen=True, slots=True)
class Wishes:
    """The TTLs during the move and after it, in seconds, and the instant of the change; None: as soon as possible."""

    lower_to: int
    new_ttl: int
    change_at: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: from `at` until `until`, which are the same for what takes no time; the TTL to be published then."""

    kind: StepKind
    at: float
    until: float
    ttl: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The timetable, and what it leans on.

    `held` is what each preset makes of the TTL before, `lowered` of the one during the move. `over_at` is when the old
    value is over in every one of these caches and the browsers before them; `once_until` until when one that answers
    with stale data first may give it once more; `stale_until` until when one that cannot reach the authorities may.
    """

    facts: Facts
    wishes: Wishes
    steps: tuple[Step, ...]
    held: tuple[Keeping, ...]
    lowered: tuple[Keeping, ...]
    over_at: float
    once_until: float
    stale_until: float
    unprepared_for: float  # seconds the old value lives on when the TTL is not lowered first

    def step(self, kind: StepKind) -> Step | None:
        """The step of that kind, when there is one."""
        return next((step for step in self.steps if step.kind is kind), None)


def plan(facts: Facts, wishes: Wishes, caches: Caches, now: float) -> Plan:
    """Draw up the timetable, not before `now`. Raises TooSoon when `change_at` leaves no time to wait.

    A TTL that is no longer than `lower_to` is left alone: there is nothing to lower, wait for or raise.
    """
    held = _held(facts, caches, facts.ttl, facts.parent_ttl)
    is_lowered = facts.ttl > wishes.lower_to
    during = wishes.lower_to if is_lowered else facts.ttl
    lowered = _held(facts, caches, during, facts.parent_ttl)
    front = caches.front(facts.owner, facts.rtype, facts.ttl)
    # A parent's TTL cannot be lowered by the zone: waiting for it would gain nothing.
    wait = facts.lag + longest(_held(facts, caches, facts.ttl, None)) if is_lowered else 0.0
    change_at = now + wait if wishes.change_at is None else wishes.change_at
    if change_at < now + wait:
        raise TooSoon(now + wait, wait)
    over_at = change_at + facts.lag + longest(lowered) + front
    steps = []
    if is_lowered:
        steps.append(Step(StepKind.LOWER, change_at - wait, change_at - wait, during))
        steps.append(Step(StepKind.WAIT, change_at - wait, change_at, during))
    # What a creation lowers is the TTL of its absence, so the record itself has its own TTL at once.
    changed_ttl = wishes.new_ttl if facts.move is Move.CREATION else during
    steps.append(Step(StepKind.CHANGE, change_at, change_at, changed_ttl))
    steps.append(Step(StepKind.VERIFY, change_at, over_at, changed_ttl))
    final = facts.ttl if facts.move is Move.CREATION else wishes.new_ttl
    if during != final:
        steps.append(Step(StepKind.RAISE, over_at, over_at, final))
    if facts.move is not Move.CREATION:
        steps.append(Step(StepKind.RETIRE, over_at, over_at, wishes.new_ttl))
    once_until = change_at + facts.lag + longest_answered(lowered) + front
    stale_until = change_at + facts.lag + longest_stale(lowered) + front
    unprepared = facts.lag + longest(held) + front
    return Plan(facts, wishes, tuple(steps), held, lowered, over_at, once_until, stale_until, unprepared)


def _held(facts: Facts, caches: Caches, ttl: int, parent_ttl: int | None) -> tuple[Keeping, ...]:
    """What each preset makes of the TTL; where the parent's copy lives longer, of that one.

    Some resolvers go by the parent's NS set, others by the child's, and nobody knows which a client is behind.
    """
    own = caches.keepings(facts.owner, facts.rtype, facts.answer, ttl)
    if parent_ttl is None:
        return own
    granted = caches.keepings(facts.owner, facts.rtype, AnswerClass.DELEGATION, parent_ttl)
    return tuple(max(pair, key=lambda keeping: keeping.fresh) for pair in zip(own, granted, strict=True))
