# SPDX-License-Identifier: ISC
"""One question we may work on: look, plan, wait if need be, and say what came of it. The one place where it all meets.

    cache.follow ──► policy.stale.plan ──┬─ Fresh ───────────────► answer, perhaps a prefetch
                                         ├─ ServeStaleNow ───────► stale answer, perhaps a refresh
                                         ├─ AnswerFailure ───────► SERVFAIL, EDE 13
                                         ├─ NotCached ───────────► REFUSED
                                         └─ Resolve(ThenStale) ──► single flight ──► answer | stale | SERVFAIL

No octets, no sockets; what lasts is written by `aftermath`, not here.
"""

from __future__ import annotations

from typing import NamedTuple

from resolver.cache import Caches, Chain, ChainState, follow
from resolver.cache.entry import Entry, Kind
from resolver.engine.limits import Limits
from resolver.engine.outcome import Cause, Failed, Outcome, Resolved
from resolver.engine.ports import World
from resolver.policy import Freshness, Policy, StaleRules, freshness, stale_rules
from resolver.policy.stale import (
    AnswerFailure,
    Fresh,
    NotCached,
    Resolve,
    ResolveThenStale,
    ServeStaleNow,
    plan,
)
from resolver.service.admission import Seat
from resolver.service.aftermath import Aftermath
from resolver.service.counters import ServiceCounters, Source, kind_of
from resolver.service.rebinding import Rebinding
from resolver.service.refresh import Refresher
from resolver.service.request import Request
from resolver.service.respond import Answer, Shown, from_chain, withholding
from resolver.service.shadows.book import Shadows
from resolver.service.single_flight import CLIENT, FlightKey, SingleFlight
from resolver.wire import Ede, Rcode, Rtype


class Said(NamedTuple):
    """An answer with where it came from. `chain` is set when it is what the cache holds, all of it fresh."""

    answer: Answer
    source: Source
    chain: Chain | None = None


class MustWait(NamedTuple):
    """There is no answer yet: hand this to `wait`. After `stale_after_s` seconds, or a failure, stale data will do.

    `cause` is the label of the miss, should it be one: what is still here, past its time, has expired; of what is not,
    the cache remembers for a while whether it was evicted or flushed.
    """

    request: Request
    key: FlightKey
    cause: str
    stale_after_s: float | None = None


class Answering:
    """Answers questions from the cache, or by having them resolved.

    `deadline` is the longest a client waits, in seconds (`upstream.deadline`).
    """

    def __init__(
        self,
        world: World,
        caches: Caches,
        policy: Policy,
        limits: Limits,
        flights: SingleFlight,
        aftermath: Aftermath,
        refresher: Refresher,
        counters: ServiceCounters,
        rebinding: Rebinding,
        deadline: float,
        shadows: Shadows | None = None,
    ) -> None:
        self._world = world
        self._caches = caches
        self._policy = policy
        self._links = limits.cname_links
        self._flights = flights
        self._aftermath = aftermath
        self._refresher = refresher
        self._counters = counters
        self._rebinding = rebinding
        self._deadline = deadline
        self._shadows = shadows

    def look(self, request: Request, now: float) -> Said | MustWait:
        """Answer from what is known at the instant `now`, or say that it takes a resolution."""
        key = flight_key(request)
        chain = self._follow(key, now)
        match self._plan(request, key, chain, now):
            case Fresh():
                self._counters.hit(kind_of(chain.entries), "fresh")
                self._refresher.hit(self._flights, key, request.qname, chain.entries, now)
                if self._shadows is not None:
                    self._shadows.hit(key, now, chain.entries)
                return self._fresh(request, chain, now)
            case ServeStaleNow(refresh=refresh):
                self._refresher.missed(key)
                if refresh:
                    self._refresher.refresh(self._flights, key, request.qname)
                if self._shadows is not None:
                    self._shadows.unanswered(key, now)
                return self._stale(request, chain, now)
            case AnswerFailure():
                self._counters.hit("failure", "fresh")
                if self._shadows is not None:
                    self._shadows.unanswered(key, now)
                return self._known_failure(key)
            case NotCached():
                return Said(
                    Answer(Rcode.REFUSED, notes=((Ede.NOT_AUTHORITATIVE, "not cached"),)), Source.REFUSED
                )
            case ResolveThenStale(after_s=after_s):
                self._refresher.missed(key)
                return MustWait(request, key, "expired", after_s)
            case Resolve():
                self._refresher.missed(key)
                return MustWait(request, key, self._caches.records.why_missing(key.name, key.rtype))

    async def wait(self, waiting: MustWait, seat: Seat) -> Said:
        """Resolve, or join who resolves. The work goes on when we stop waiting for it, and then holds the `seat`."""
        request, key = waiting.request, waiting.key
        source = Source.JOINED if self._flights.is_under_way(key) else Source.MISS
        began_at = self._world.now()
        until = patient_until = self._world.ticks() + self._deadline
        if waiting.stale_after_s is not None:
            patient_until = min(until, self._world.ticks() + waiting.stale_after_s)
        if self._shadows is not None:
            self._shadows.waits(key, began_at, flushed=waiting.cause == "flushed")
        outcome = await self._flights.resolve(key, request.qname, CLIENT, patient_until, seat)
        if outcome is None and patient_until < until and not self._holds(key):  # flushed, while we waited
            outcome = await self._flights.resolve(key, request.qname, CLIENT, until, seat)
        if self._shadows is not None:
            self._shadows.waited(key)
        now = self._world.now()
        if isinstance(outcome, Resolved):
            self._counters.miss(self._why_not_kept(outcome.chain[-1], began_at) or waiting.cause)
            # TTLs as they were when the last link came in, not some microseconds (and so a second) less.
            known_at = max(entry.lifetime.stored_at for entry in outcome.chain)
            shown_at = known_at if known_at >= began_at else now
            shown = Shown(shown_at, self._policy, just_resolved=True)
            return Said(self._say(request, outcome.chain, shown), source)
        if waiting.stale_after_s is not None:
            return self._instead(request, key, outcome, now)
        self._counters.miss(waiting.cause)
        return Said(self._failed(request, key, outcome, now), source)

    def _instead(self, request: Request, key: FlightKey, outcome: Failed | None, now: float) -> Said:
        """The resolution failed or takes too long: what the cache has now, which may have changed while we waited."""
        chain = self._follow(key, now)
        if chain.state is ChainState.FRESH:
            self._counters.hit(kind_of(chain.entries), "fresh")
            return self._fresh(request, chain, now)
        if chain.state is not ChainState.STALE:
            self._counters.miss("expired")
            return Said(_servfail(outcome), Source.MISS)
        if (
            outcome is None or outcome.cause is Cause.OVERLOAD
        ):  # no room to ask is no sooner over than an outage
            self._aftermath.keep_waiting_no_more(key, chain.entries[-1].zone)
        return self._stale(request, chain, now)

    def _holds(self, key: FlightKey) -> bool:
        """Whether there is anything, fresh or stale, to give instead of a resolution."""
        return self._follow(key, self._world.now()).state is not ChainState.MISSING

    def _follow(self, key: FlightKey, now: float) -> Chain:
        return follow(self._caches.records, key.name, key.rtype, now, self._links)

    def _plan(
        self, request: Request, key: FlightKey, chain: Chain, now: float
    ) -> Fresh | ServeStaleNow | ResolveThenStale | Resolve | AnswerFailure | NotCached:
        if chain.state is ChainState.FRESH:
            return Fresh()
        failures = self._caches.failures
        return plan(
            chain.freshness,
            self._stale_rules(key, chain),
            stale_for=now - chain.fresh_until if chain.entries else 0.0,
            failed=failures.get(*key, now) is not None,
            recheck_pending=failures.recheck_until(key.name, key.rtype) > now,
            rd=request.rd,
        )

    def _stale_rules(self, key: FlightKey, chain: Chain) -> StaleRules:
        """Those for the name asked; that each link of the chain may still be served, its own lifetime says."""
        if not self._policy.rules or not chain.entries:
            return self._policy.stale
        end = chain.entries[-1].subject
        return stale_rules(end._replace(owner=key.name, rtype=key.rtype), self._policy)

    def _fresh(self, request: Request, chain: Chain, now: float) -> Said:
        self._tally(chain, now)
        oldest = min(entry.lifetime.stored_at for entry in chain.entries)
        self._counters.fresh(left=chain.fresh_until - now, age=now - oldest)
        source = Source.HIT if chain.entries[-1].kind is Kind.POSITIVE else Source.NEGATIVE
        shown = Shown(now, self._policy)
        return Said(self._say(request, chain.entries, shown), source, chain)

    def _stale(self, request: Request, chain: Chain, now: float) -> Said:
        self._counters.hit(kind_of(chain.entries), "stale")
        self._tally(chain, now)
        shown = Shown(now, self._policy)
        return Said(self._say(request, chain.entries, shown, stale=True), Source.STALE)

    def _say(
        self, request: Request, chain: tuple[Entry, ...], shown: Shown, *, stale: bool = False
    ) -> Answer:
        """What a client is told of a chain: all of it, unless that would be a private address in a public name."""
        said = chain[:1] if request.rtype == Rtype.ANY else chain  # one RRset is all that ANY is told
        if not self._rebinding.withholds(said):
            return from_chain(request, chain, shown, stale=stale)
        self._counters.withhold(said[-1].rtype)
        return withholding(request, chain, shown, stale=stale)

    def _tally(self, chain: Chain, now: float) -> None:
        """Count the answer for each entry that it is made of; hits on images count for themselves."""
        records = self._caches.records
        for link in chain.sources:
            slot = records.slot(*link)
            entry = None if slot is None else records.peek(link.key, link.rtype)
            if slot is None or entry is None:
                continue
            if freshness(entry.lifetime, now) is Freshness.FRESH:
                records.tallies.hit(slot, 1)
            else:
                records.tallies.stale(slot)

    def _why_not_kept(self, last: Entry, began_at: float) -> str | None:
        """Why every question for this will be a miss: it has no life, or its zone is not to be cached."""
        if last.lifetime.kept_ttl <= 0:
            return "zero_ttl"
        came_now = last.lifetime.stored_at >= began_at
        return "bypass" if came_now and not self._caches.records.generation(last.key, last.rtype) else None

    def _failed(self, request: Request, key: FlightKey, outcome: Outcome | None, now: float) -> Answer:
        """What a failure says. YXDOMAIN comes with the DNAME that made the name too long (RFC 6672 section 2.2)."""
        if isinstance(outcome, Failed) and outcome.rcode == Rcode.YXDOMAIN:
            chain = self._follow(key, now)
            if chain.overflow:
                shown = Shown(now, self._policy)
                return self._say(request, chain.entries, shown)._replace(rcode=outcome.rcode)
        return _servfail(outcome)

    def _known_failure(self, key: FlightKey) -> Said:
        """RFC 9520: EDE 13 says that it is remembered, the second one why."""
        notes: list[tuple[Ede, str]] = [(Ede.CACHED_ERROR, "")]
        failure = self._aftermath.known_failure(key)
        if failure is not None:
            notes.append((failure.ede, failure.text))
        return Said(Answer(Rcode.SERVFAIL, notes=tuple(notes)), Source.FAILURE)


def flight_key(request: Request) -> FlightKey:
    """What is resolved for a request. ANY is never asked upstream: the addresses do (RFC 8482 section 4)."""
    rtype = int(Rtype.A) if request.rtype == Rtype.ANY else request.rtype
    return FlightKey(request.key, rtype, request.cd)


def _servfail(outcome: Outcome | None) -> Answer:
    if isinstance(outcome, Failed):
        return Answer(outcome.rcode, notes=((outcome.ede, outcome.text),))
    return Answer(Rcode.SERVFAIL, notes=((Ede.NO_REACHABLE_AUTHORITY, "no answer in time"),))
