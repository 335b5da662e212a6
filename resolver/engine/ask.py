# SPDX-License-Identifier: ISC
"""Put one question to the servers of one zone until one of them answers usefully: the only file that sends and listens.

    next_step (schedule) ─► send ─► listen ─► scrub (bailiwick) ─► classify ─► Heard, or another step

What to send when is `schedule`'s, what a reply means `classify`'s, what to think of a server `selection`'s decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from resolver.cache.servers import EdnsAbility, ServerCache
from resolver.engine import selection
from resolver.engine.addresses import Addresses
from resolver.engine.bailiwick import scrub
from resolver.engine.budget import QueryKey, ResolutionFailed, Work
from resolver.engine.classify import Answer, Referral, Truncated, Unusable, classify, moves_other_names
from resolver.engine.learning import learn_abilities, learn_usefulness
from resolver.engine.limits import MAX_RTO, Limits, UpstreamSettings
from resolver.engine.matching import is_vouched
from resolver.engine.outcome import Cause
from resolver.engine.ports import ExchangeFailed, Job, Reply, Server, Transport, World
from resolver.engine.querying import Wanted, query_for
from resolver.engine.schedule import MAX_TCP, Attempt, GiveUp, Grow, Growth, Send, Wait, next_step
from resolver.engine.server_shares import ServerShares
from resolver.engine.zone_version import Version, told_by_option
from resolver.events import QuerySent, RecordsScrubbed, Tell, TryEnded, Verdict
from resolver.wire import Ede, Record, names

# A look-up that runs beside cannot wake who listens to sockets: look this often whether it has ended, in seconds.
_GROWTH_CHECKED_EVERY: Final = 0.02
_EDNS_SUSPECTS: Final = frozenset({Verdict.FORMERR, Verdict.NOTIMP, Verdict.BADVERS})


@dataclass(frozen=True, slots=True)
class Tools:
    """What every exchange needs: the world, the memory of servers, settings, the cookie secret, a listener, shares."""

    world: World
    servers: ServerCache
    upstream: UpstreamSettings
    limits: Limits
    secret: bytes
    tell: Tell
    shares: ServerShares


class Heard(NamedTuple):
    """A useful reply: what it means, who gave it, the additional section (for priming alone), the zone's version.

    `version` is what ZONEVERSION said, where it was asked for.
    """

    meaning: Answer | Referral
    server: Server
    additional: tuple[Record, ...]
    version: Version | None = None


class Asking:
    """One question to one zone. `run` once; every flight is closed or lingering when it returns or raises."""

    def __init__(
        self, tools: Tools, wanted: Wanted, addresses: Addresses, work: Work, *, forwarded: bool = False
    ) -> None:
        self._tools = tools
        self._world = tools.world
        self._wanted = wanted
        self._key = wanted.name.lower()
        self._addresses = addresses
        self._work = work
        self._forwarded = forwarded
        self._attempts: list[Attempt] = []
        self._servers: list[Server] = []
        self._looked_up_before = addresses.looked_up
        self._growth: Job[None] | None = None  # a look-up that runs while we listen
        self._growing_since = 0.0
        self._growth_failure: ResolutionFailed | None = None
        self._pending: Send | None = None
        self._plain_retry_left = True
        self._went_by_full = False

    async def run(self) -> Heard:
        """Return the first useful reply. Raises ResolutionFailed when no server gives one."""
        try:
            return await self._run()
        finally:
            self._let_go()

    async def _run(self) -> Heard:
        self._take_in(self._addresses.known(self._world.now()))
        while True:
            tick = self._world.ticks()
            self._count_overdue(tick)
            growing = self._growth is not None and not self._growth.done
            step = next_step(
                self._attempts,
                self._servers,
                tick,
                pending=self._pending,
                tries=self._work.limits.tries_per_server,
                growth=Growth(
                    not growing and self._addresses.may_grow,
                    self._growing_since if growing else None,
                    self._addresses.looked_up - self._looked_up_before,
                    sum(server in self._addresses.given for server in self._servers),
                    any(server not in self._addresses.given for server in self._servers),
                ),
                may_connect=self._work.may_connect(),
            )
            if isinstance(step, GiveUp) and not growing:
                step = self._last_resort()
            if self._growth_failure is not None:
                raise self._growth_failure
            if tick >= self._work.deadline:
                raise self._failed()
            match step:
                case Send():
                    if self._tools.shares.has_room(step.server.address) or not self._goes_by(step.server):
                        self._send(step, tick)
                case Grow():
                    await self._grow()
                case Wait(until):
                    look_again_at = tick + _GROWTH_CHECKED_EVERY if growing else until
                    heard = await self._listen(min(until, look_again_at, self._work.deadline))
                    if heard is not None:
                        return heard
                case GiveUp() if growing and self._growth is not None:
                    await self._growth.join(self._work.deadline)
                case GiveUp():
                    self._addresses.tell_bound()
                    raise self._failed()

    async def _grow(self) -> None:
        """Look one more server up: beside us while one of those asked may still answer, for a look-up may take long."""
        if any(attempt.silent for attempt in self._attempts):
            self._growing_since = self._world.ticks()
            self._growth = self._world.spawn(self._grow_beside(), self._work.deadline)
            if self._growth is not None:
                return
        self._take_in(await self._addresses.grow(self._work))

    async def _grow_beside(self) -> None:
        try:
            self._take_in(await self._addresses.grow(self._work))
        except ResolutionFailed as failure:
            self._growth_failure = failure

    def _take_in(self, servers: list[Server]) -> None:
        usable = [s for s in servers if self._work.may_ask(self._key_of(s, Transport.UDP))]
        self._servers += self._ordered(usable)

    def _key_of(self, server: Server, transport: Transport) -> QueryKey:
        return QueryKey(server, self._key, self._wanted.rtype, transport)

    def _ordered(self, servers: list[Server]) -> list[Server]:
        return selection.order(
            servers, self._wanted.zone, self._tools.servers, self._world.ticks(), self._world.draw
        )

    def _goes_by(self, server: Server) -> bool:
        """Leave out a server that has its share of queries open: not one asked before, nor one an operator named."""
        if self._addresses.trusted or any(attempt.server == server for attempt in self._attempts):
            return False
        if not self._tools.shares.turns_away(server.address):
            return False
        self._servers.remove(server)
        self._went_by_full = True
        return True

    def _send(self, step: Send, tick: float) -> None:
        wanted, state = self._wanted, self._tools.servers.get(step.server)
        plain = (step.plain and state.edns is not EdnsAbility.OK) or state.edns_broken(tick)
        self._pending = None
        self._work.spend_send(self._key_of(step.server, step.transport))
        selection.take_probe(state, tick)
        query = query_for(
            wanted,
            step.server,
            state,
            self._tools.upstream,
            transport=step.transport,
            plain=plain,
            tick=tick,
            secret=self._tools.secret,
            draw=self._world.draw,
        )
        flight = self._world.start(step.server, query, self._work.deadline)
        wait = selection.rto(state)
        self._tools.shares.enter(step.server.address)  # left by whoever ends the attempt, so not without one
        self._attempts.append(Attempt(step.server, step.transport, plain, tick, wait, flight, state))
        self._tools.tell(
            QuerySent(
                tick,
                step.server.address,
                step.server.port,
                step.transport,
                wanted.zone,
                query.name,
                wanted.rtype,
            )
        )

    async def _listen(self, until: float) -> Heard | None:
        flights = [attempt.flight for attempt in self._attempts]
        flight = await self._world.first(flights, until)
        if flight is None:
            return None
        attempt = self._attempts[flights.index(flight)]
        thing = flight.take()
        if isinstance(thing, ExchangeFailed):
            self._end(attempt, thing.reason, 0, thing.detail)
            self._after_failure(attempt, thing.reason)
            return None
        return self._hear(attempt, thing) if thing is not None else None

    def _hear(self, attempt: Attempt, reply: Reply) -> Heard | None:
        wanted, tick = self._wanted, self._world.ticks()
        self._work.spend_received(reply.size)
        message, removed = scrub(reply.message, wanted.zone)
        if removed:
            self._tools.tell(RecordsScrubbed(tick, wanted.zone, removed))
        meaning = classify(message, wanted.name, wanted.rtype, wanted.zone, forwarded=self._forwarded)
        selection.observe_reply(attempt.state, reply.rtt, tick)
        learn_abilities(attempt.state, self._attempts, attempt, reply, tick)
        match meaning:
            case Truncated():
                self._end(attempt, Verdict.TRUNCATED, reply.size)
                self._move_to_tcp(attempt)
            case Answer() if moves_other_names(meaning) and not is_vouched(attempt.flight.query, message):
                self._end(attempt, Verdict.SPOOFABLE, reply.size)
                self._move_to_tcp(attempt)
            case Unusable(verdict, detail):
                self._end(attempt, verdict, reply.size, detail)
                learn_usefulness(self._tools.servers, wanted.zone, attempt, verdict, tick)
                self._plan_after(attempt, verdict)
            case Answer() | Referral():
                self._end(attempt, _verdict_of(meaning), reply.size)
                self._tools.servers.clear_lame(wanted.zone, attempt.server)
                version = told_by_option(message.edns, wanted.name) if wanted.zone_version else None
                return Heard(meaning, attempt.server, message.additional, version)
        return None

    def _after_failure(self, attempt: Attempt, reason: Verdict) -> None:
        """What a try that brought no reply calls for, and what it says about the server."""
        if reason is Verdict.TOO_LARGE:
            self._move_to_tcp(attempt)  # it answered, with more than UDP may carry
        elif reason is Verdict.TIMEOUT:
            self._count_if_overdue(attempt, self._world.ticks())
        elif reason is not Verdict.NO_SOCKET:  # that one is our own trouble
            self._count_timeout(attempt, self._world.ticks())

    def _plan_after(self, attempt: Attempt, verdict: Verdict) -> None:
        """What an unusable reply calls for: the new cookie, or the query without EDNS (RFC 6891 section 6.2.2)."""
        if verdict is Verdict.BADCOOKIE:
            if sum(a.server == attempt.server for a in self._attempts) == 1:
                self._pending = Send(attempt.server)
            else:
                self._move_to_tcp(attempt)
        elif verdict in _EDNS_SUSPECTS and self._may_retry_plain(attempt):
            self._plain_retry_left = False
            self._pending = Send(attempt.server, plain=True)

    def _may_retry_plain(self, attempt: Attempt) -> bool:
        """Whether asking the same without EDNS may help: not a server that is known to understand it, once in all."""
        if attempt.plain or not self._plain_retry_left:
            return False
        by_udp = [a for a in self._attempts if a.server == attempt.server and a.transport is Transport.UDP]
        known = attempt.state.edns
        return known is not EdnsAbility.OK and len(by_udp) < self._work.limits.tries_per_server

    def _move_to_tcp(self, attempt: Attempt) -> None:
        by_tcp = [a for a in self._attempts if a.transport is Transport.TCP]
        if len(by_tcp) >= MAX_TCP or attempt.transport is not Transport.UDP:
            return
        if self._work.may_connect():
            self._pending = Send(attempt.server, Transport.TCP)
        else:
            self._work.reach("limits.tcp_connections")

    def _last_resort(self) -> Send | GiveUp:
        """Before giving up, one server that said SERVFAIL is asked without EDNS (RFC 6891 section 6.2.2)."""
        for attempt in self._attempts:
            if attempt.verdict is Verdict.SERVFAIL and self._may_retry_plain(attempt):
                self._plain_retry_left = False
                return Send(attempt.server, plain=True)
        return GiveUp()

    def _end(self, attempt: Attempt, verdict: Verdict, size: int, detail: str = "") -> None:
        if attempt.verdict is None:  # one that has spoken may speak again
            self._tools.shares.leave(attempt.server.address)
        self._tell_end(attempt, verdict, size, detail)

    def _tell_end(self, attempt: Attempt, verdict: Verdict, size: int, detail: str = "") -> None:
        attempt.verdict = verdict
        wanted, tick = self._wanted, self._world.ticks()
        self._tools.tell(
            TryEnded(
                tick,
                attempt.server.address,
                attempt.transport,
                wanted.zone,
                wanted.name,
                wanted.rtype,
                tick - attempt.sent_at,
                verdict,
                size,
                detail,
            )
        )

    def _count_overdue(self, tick: float) -> None:
        for attempt in self._attempts:
            if attempt.verdict is None and not attempt.overdue:
                self._count_if_overdue(attempt, tick)

    def _count_if_overdue(self, attempt: Attempt, tick: float) -> None:
        """A server that our deadline left no time to answer in has not timed out."""
        if tick >= attempt.sent_at + attempt.rto:
            self._count_timeout(attempt, tick)

    def _count_timeout(self, attempt: Attempt, tick: float) -> None:
        """`tick` is that of the step: a try sent in the same step is later than what this counts, never before it."""
        if not attempt.overdue:
            attempt.overdue = True
            selection.observe_timeout(attempt.state, tick, attempt.sent_at)

    def _let_go(self) -> None:
        """Close what has spoken; listen to the silent for a while: a late reply still tells a round trip."""
        for attempt in self._attempts:
            if attempt.silent:
                self._linger(attempt)
            else:
                attempt.flight.close()

    def _linger(self, attempt: Attempt) -> None:
        """Nobody waits for it any more, so it is no part of the server's share: a lossy path is not a full server."""
        self._tools.shares.leave(attempt.server.address)

        def late(reply: Reply | None) -> None:
            if reply is None:
                self._tell_end(attempt, Verdict.TIMEOUT, 0)
                self._count_if_overdue(attempt, self._world.ticks())
                return
            self._tell_end(attempt, Verdict.LATE, reply.size)
            selection.observe_reply(attempt.state, reply.rtt, self._world.ticks())

        attempt.flight.linger(attempt.sent_at + MAX_RTO, late)

    def _failed(self) -> ResolutionFailed:
        """Why nobody answered, as an error for the whole question."""
        zone = self._wanted.zone
        if self._went_by_full:  # no fault of those servers, so nothing to remember of the name
            text = f"too many queries to the servers of {names.to_text(zone)} are unanswered"
            return ResolutionFailed(Cause.OVERLOAD, Ede.OTHER, text, zone)
        told = {a.server.address: (a.verdict or Verdict.TIMEOUT).value for a in self._attempts}
        if not told:
            return self._nobody_to_ask()
        spoke = any(a.verdict not in _UNHEARD for a in self._attempts)
        what = ", ".join(f"{server} {verdict}" for server, verdict in list(told.items())[:4])
        more = f" and {len(told) - 4} more" if len(told) > 4 else ""
        text = f"no usable answer from {names.to_text(zone)}: {what}{more}"
        return ResolutionFailed(
            Cause.BROKEN if spoke else Cause.UNREACHABLE, Ede.NO_REACHABLE_AUTHORITY, text, zone
        )

    def _nobody_to_ask(self) -> ResolutionFailed:
        """No query was sent: no address could be had, or all servers are left alone after timeouts."""
        zone, failure = self._wanted.zone, self._addresses.failure
        if failure is not None:
            return ResolutionFailed(failure.cause, failure.ede, failure.text, zone)
        at_hand = self._addresses.known(self._world.now())
        if at_hand and not any(self._work.may_ask(self._key_of(s, Transport.UDP)) for s in at_hand):
            text = f"the servers of {names.to_text(zone)} were asked the same too often"
            return ResolutionFailed(Cause.STRUCTURAL, Ede.OTHER, text, zone)
        if at_hand:
            text = f"all servers of {names.to_text(zone)} timed out lately and are left alone"
            return ResolutionFailed(Cause.UNREACHABLE, Ede.NO_REACHABLE_AUTHORITY, text, zone)
        text = f"no server of {names.to_text(zone)} has a usable address"
        return ResolutionFailed(Cause.STRUCTURAL, Ede.NO_REACHABLE_AUTHORITY, text, zone)


_UNHEARD: Final = (None, Verdict.TIMEOUT, Verdict.UNREACHABLE, Verdict.CLOSED, Verdict.NO_SOCKET)


def _verdict_of(meaning: Answer | Referral) -> Verdict:
    if isinstance(meaning, Referral):
        return Verdict.REFERRAL
    if meaning.denial is not None:
        return Verdict.NXDOMAIN if meaning.denial.nxdomain else Verdict.NODATA
    return Verdict.ANSWER if meaning.next_name is None else Verdict.ALIAS
