# SPDX-License-Identifier: ISC
"""One resolution under way per (name, type, CD), whoever asks for it: clients, refreshes and the engine itself.

The work belongs to the flight, never to the client that began it. No cache is read here and no answer is made: `ended`
hears every outcome once. Class is always IN (`request` refuses the others), so it is no part of the key.

    client ──► join ─────┐                     ┌──► world.spawn ──► engine.resolve ──► Outcome ──► waiters, ended
    engine ──► sub_resolve ──► same key? ──► no┘                         │ yes: cycle? Failed : wait for it
                  ▲                                                      │
                  └──────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, NamedTuple, Protocol

from resolver.engine.budget import TOO_MANY, Work
from resolver.engine.limits import Limits
from resolver.engine.outcome import Cause, Failed, Outcome
from resolver.engine.ports import Job, World
from resolver.events import Crashed, LimitHit, QuestionEnded, Tell
from resolver.service.admission import AdmissionSettings, Bites, Pressure, Seat, ZonePlace, ZoneShares
from resolver.wire import ROOT, Ede

# The engine ends by itself at the resolution limit; the world ends what does not, this much later (seconds).
_GRACE: Final = 0.25
CLIENT: Final = "client"  # why a question is worked on: somebody waits for it
SHUTTING_DOWN: Final = Failed(Cause.OVERLOAD, Ede.OTHER, "shutting down", ROOT)
_CRASHED: Final = Failed(Cause.INTERNAL, Ede.OTHER, "internal error", ROOT)
_NO_ANSWER: Final = Failed(Cause.BROKEN, Ede.NO_REACHABLE_AUTHORITY, "no answer in time", ROOT)
_STARVED: Final = Failed(Cause.OVERLOAD, Ede.OTHER, "those who asked together ran out of their limits", ROOT)
# What says more about the question that began the work than about the one that was asked.
_NOT_ITS_FAULT: Final = frozenset({Cause.LIMIT, Cause.STRUCTURAL, Cause.OVERLOAD})


class FlightKey(NamedTuple):
    """What makes two questions the same work: folded name, type and checking disabled (RFC 4035 section 3.2.2)."""

    name: bytes
    rtype: int
    cd: bool = False


class Engine(Protocol):
    """The part of `engine.iterator.Iterator` that this room calls."""

    def resolve(
        self, name: bytes, rtype: int, work: Work, *, cd: bool = False, renew: float | None = None
    ) -> Awaitable[Outcome]:
        """Resolve one question under the licence `work`; failures are values.

        With `renew`, an instant of the lifetime clock, links that will not be fresh then are asked for again.
        """


SubResolve = Callable[[bytes, int, Work], Awaitable[Outcome]]


class FlightEnded(NamedTuple):
    """What `ended` hears: the question, what came of it, and why it was begun.

    `blameless`: it failed for want of what another question had used up, or of what has changed meanwhile, see
    `Resolution`.
    """

    key: FlightKey
    outcome: Outcome
    blameless: bool
    why: str


class Resolution:
    """One question being worked on. `waits_for` are the sub-questions it stands still for, with how often.

    A sub-question shares the deadline and the meter of the question that began it. If it fails when those are used up
    it is `blameless`: nobody else must take that failure for the name's own, or whoever can spend a licence could make
    any name fail for all. So is what fails after a change that it knows nothing of (`begin_anew`), and what was ended
    before its first step.
    """

    __slots__ = (
        "began_at",
        "blameless",
        "is_begun",
        "job",
        "key",
        "name",
        "place",
        "renew",
        "seat",
        "waiters",
        "waits_for",
        "work",
    )

    def __init__(
        self,
        key: FlightKey,
        name: bytes,
        work: Work,
        place: ZonePlace | None = None,
        seat: Seat | None = None,
        renew: float | None = None,
    ) -> None:
        self.began_at = 0.0  # a tick, set when it has its job
        self.is_begun = (
            False  # until its first step, which never comes where the process stood still for long
        )
        self.key = key
        self.name = name
        self.work = work
        self.place = place  # in the zone where its walk stands; None for a sub-question, which takes none
        self.seat = seat  # of the client that began it, held until it ends; None for one that no client began
        if seat is not None:
            seat.hold()
        self.renew = renew
        self.blameless = False  # until it has failed
        self.job: Job[Outcome] | None = None
        self.waiters = 0
        self.waits_for: dict[FlightKey, int] = {}

    @property
    def is_sub_question(self) -> bool:
        """Whether it was begun for another question, whose meter it then shares."""
        return len(self.work.path) > 1


class SingleFlight:
    """The table of resolutions. It returns to zero: every resolution ends at a deadline, whatever the engine does.

    `resolution_limit` is in seconds, as is what `lag` gives: how late the event loop is; `zone_of` tells the deepest
    known zone cut of a key; `known_failure` tells a failure that is remembered, so that no sub-question is asked in
    vain (RFC 9520 section 3.2).
    """

    def __init__(
        self,
        world: World,
        make_engine: Callable[[SubResolve], Engine],
        settings: AdmissionSettings,
        limits: Limits,
        resolution_limit: float,
        tell: Tell,
        *,
        zone_of: Callable[[bytes], bytes] = lambda key: ROOT,
        known_failure: Callable[[FlightKey], Failed | None] = lambda key: None,
        ended: Callable[[FlightEnded], None] = lambda event: None,
        lag: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.closed = False
        self._world = world
        self._engine = make_engine(self.sub_resolve)
        self._settings = settings
        self._limits = limits
        self._resolution_limit = resolution_limit
        self._tell = tell
        self._zone_of = zone_of
        self.known_failure = known_failure
        self._ended = ended
        self._bites = Bites(settings.mode, world.ticks, tell)
        self.pressure = Pressure(settings, lag, self._bites)
        self._shares = ZoneShares(settings.fetches_per_zone, self._bites)
        self._table: dict[FlightKey, Resolution] = {}
        self._of_work: dict[tuple[int, tuple[bytes, int]], Resolution] = {}
        self._own = 0  # resolutions that are no sub-questions

    def __len__(self) -> int:
        return len(self._table)

    def is_under_way(self, key: FlightKey) -> bool:
        """Whether someone works on it already."""
        return key in self._table

    def begin(
        self, key: FlightKey, name: bytes, why: str, seat: Seat | None = None, *, renew: float | None = None
    ) -> Resolution | Failed:
        """The resolution of a question, begun now if nobody works on it; Failed when there is no room.

        `name` is the spelling to send; what is begun holds the client's `seat`; for `renew` see `Engine`. Waiting is a
        matter of `join`; nobody has to.
        """
        known = self._table.get(key)
        if known is not None:
            return known
        if self.closed:
            return SHUTTING_DOWN
        zone = self._zone_of(key.name)
        if self.pressure.forbids(for_client=why == CLIENT):
            return _too_many(zone)
        if self._own >= self._settings.fetches and self._bites("admission.fetches"):
            return _too_many(zone)
        place = self._shares.enter(zone)
        if place is None:
            return _too_many(zone)
        deadline = self._world.ticks() + self._resolution_limit
        work = Work(self._limits, deadline, why, path=((key.name, key.rtype),), place=place)
        return self._start(Resolution(key, name, work, place, seat, renew))

    def begin_anew(self) -> None:
        """Let nobody join what is under way: something has changed since it was begun. Who waits already, waits on."""
        self._table.clear()

    async def join(self, resolution: Resolution, until: float) -> Outcome | None:
        """Its outcome; None when the tick `until` came first, or when the world had to end it.

        A world that ends its jobs because the server stops wakes all who wait here: they hear SHUTTING_DOWN.
        """
        if resolution.waiters >= self._settings.waiters_per_fetch and self._bites(
            "admission.waiters_per_fetch"
        ):
            return _too_many(ROOT)
        assert resolution.job is not None  # set by _start before anybody can get hold of it
        resolution.waiters += 1
        try:
            outcome = await resolution.job.join(until)
        finally:
            resolution.waiters -= 1
        return SHUTTING_DOWN if outcome is None and self.closed else outcome

    async def resolve(
        self, key: FlightKey, name: bytes, why: str, until: float, seat: Seat | None = None
    ) -> Outcome | None:
        """Begin and join in one. Someone else's limits are not this question's: it then tries once for its own sake."""
        resolution = self.begin(key, name, why, seat)
        if isinstance(resolution, Failed):
            return resolution
        outcome = await self.join(resolution, until)
        if not resolution.blameless or self.closed or self._world.ticks() >= until:
            return outcome
        own = self.begin(key, name, why, seat)
        return own if isinstance(own, Failed) else await self.join(own, until)

    async def sub_resolve(self, name: bytes, rtype: int, work: Work) -> Outcome:
        """Ask a sub-question under the licence `work`, made by `Work.child` for it; the engine's `SubResolve`.

        A question that waits, by any number of links, for the one that asks is a cycle and fails at once. Someone
        else's limits are not this question's: what they made fail is tried once more.
        """
        key = FlightKey(name.lower(), rtype)
        parent = self._of_work.get((id(work.meter), work.path[-2])) if len(work.path) > 1 else None
        for _ in range(2):
            known = self._table.get(key)
            if known is None:
                return await self._begin_sub(key, name, work, parent)
            if parent is not None and self._waits(known, parent.key):
                return Failed(Cause.STRUCTURAL, Ede.OTHER, "name servers depend on each other", ROOT)
            outcome = await self._wait(parent, known, work.deadline)
            if not known.blameless or known.work.meter is work.meter:
                return outcome
        return _STARVED

    async def _begin_sub(self, key: FlightKey, name: bytes, work: Work, parent: Resolution | None) -> Outcome:
        failure = self.known_failure(key)
        if failure is not None:
            return failure
        if self.closed:
            return SHUTTING_DOWN
        if len(self._table) >= 2 * self._settings.fetches and self._bites("admission.fetches"):
            return _too_many(ROOT)
        resolution = self._start(Resolution(key, name, work))
        if isinstance(resolution, Failed):
            return resolution
        return await self._wait(parent, resolution, work.deadline)

    async def _wait(self, parent: Resolution | None, child: Resolution, until: float) -> Outcome:
        """Wait for `child`, with the link from `parent` on record as long as it lasts."""
        waits_for = parent.waits_for if parent is not None else {}
        waits_for[child.key] = waits_for.get(child.key, 0) + 1
        try:
            outcome = await self.join(child, until)
        finally:
            waits_for[child.key] -= 1
            if not waits_for[child.key]:
                del waits_for[child.key]
        return outcome or _NO_ANSWER

    def _waits(self, start: Resolution, target: FlightKey) -> bool:
        """Whether `start` is `target`, or waits for it over any number of links."""
        todo, seen = [start.key], set[FlightKey]()
        while todo:
            key = todo.pop()
            if key == target:
                return True
            if key not in seen:
                seen.add(key)
                resolution = self._table.get(key)
                todo.extend(resolution.waits_for if resolution else ())
        return False

    def _start(self, resolution: Resolution) -> Resolution | Failed:
        self._table[resolution.key] = resolution
        self._of_work[_identity(resolution.work)] = resolution
        self._own += not resolution.is_sub_question
        resolution.began_at = self._world.ticks()
        deadline = resolution.work.deadline + _GRACE
        job = self._world.spawn(self._run(resolution), deadline, partial(self._put_away, resolution))
        if job is None:
            self._forget(resolution)
            self._tell(LimitHit(self._world.ticks(), "jobs"))
            return _too_many(ROOT)
        resolution.job = job
        return resolution

    async def _run(self, resolution: Resolution) -> Outcome:
        """The Job. Nothing is put away here: the world may end it anywhere, even before it has begun."""
        resolution.is_begun = True
        key = resolution.key
        try:
            return await self._engine.resolve(
                resolution.name, key.rtype, resolution.work, cd=key.cd, renew=resolution.renew
            )
        except Exception:  # noqa: BLE001 - a bug of ours fails one question; the server lives on
            self._tell(Crashed(self._world.ticks(), "engine", traceback.format_exc()))
            return _CRASHED

    def _put_away(self, resolution: Resolution, result: Outcome | None) -> None:
        """A Job has ended; without a result the world ended it. The engine has not told of that, so we do."""
        tick, outcome = self._world.ticks(), result or _NO_ANSWER
        is_outdated = self._table.get(resolution.key) is not resolution
        self._forget(resolution)
        if outcome is _NO_ANSWER or outcome is _CRASHED:
            self._tell(_cut_off(resolution, tick))
        is_starved = resolution.is_sub_question and _is_starved(outcome, resolution.work, tick)
        is_unfounded = is_outdated or not resolution.is_begun
        resolution.blameless = is_starved or (is_unfounded and isinstance(outcome, Failed))
        self._learn(resolution, outcome)

    def _learn(self, resolution: Resolution, outcome: Outcome) -> None:
        """Let `ended` hear the outcome; when we are shutting down, nothing ends for a reason worth remembering."""
        if not self.closed:
            self._ended(FlightEnded(resolution.key, outcome, resolution.blameless, resolution.work.why))

    def _forget(self, resolution: Resolution) -> None:
        if self._table.get(resolution.key) is resolution:  # not one begun anew
            del self._table[resolution.key]
        identity = _identity(resolution.work)
        if self._of_work.get(identity) is resolution:  # its question may have asked again after `begin_anew`
            del self._of_work[identity]
        self._own -= not resolution.is_sub_question
        if resolution.place is not None:
            resolution.place.leave()
        if resolution.seat is not None:
            resolution.seat.leave()


def _identity(work: Work) -> tuple[int, tuple[bytes, int]]:
    """Which resolution a licence is of; meters live as long as the resolutions that hold them."""
    return id(work.meter), work.path[-1]


def _too_many(zone: bytes) -> Failed:
    return Failed(Cause.OVERLOAD, Ede.OTHER, TOO_MANY, zone)


def _is_starved(outcome: Outcome, work: Work, tick: float) -> bool:
    """Whether a question failed by its licence, or when nothing was left of that."""
    if not isinstance(outcome, Failed):
        return False
    return outcome.cause in _NOT_ITS_FAULT or work.is_used_up or tick >= work.deadline


def _cut_off(resolution: Resolution, at: float) -> QuestionEnded:
    """The end of a question whose telling the engine did not get to: it crashed, or the world ended it."""
    name, rtype, _ = resolution.key
    work = resolution.work
    seconds = at - resolution.began_at
    return QuestionEnded(at, name, rtype, work.why, "failed", seconds, work.meter.sends, "cut off")
