# SPDX-License-Identifier: ISC
"""When to send what to whom next, within one question put to one zone. Pure: attempts and an instant in, a plan out.

security.md section 1: another server first, the next try after min(RTO, 200 ms), at most three UDP sends a server
(RFC 9520 section 3.1), TCP the last resort, every socket listened to until the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, NamedTuple

from resolver.cache.servers import ServerState
from resolver.engine.limits import HEDGE_AFTER
from resolver.engine.ports import Flight, Server, Transport
from resolver.events import Verdict

# Sends for one question to one zone: 13 servers once each (a root's or TLD's usual number), or fewer more often.
MAX_SENDS: Final = 13
MAX_TCP: Final = 2
# How long silence is listened to after the first send: covers a round trip that jumped to 3 s.
UDP_PATIENCE: Final = 3.5
TCP_PATIENCE: Final = 2.4
# With more name-server names to look up we do not wait that long: the look-up runs beside, and we go on listening.
GROW_AFTER: Final = 0.4
_MAX_RETRY_GAP: Final = 0.4


@dataclass(slots=True, eq=False)
class Attempt:
    """One try: what was sent when, and what became of it. `verdict` is None while the server is silent."""

    server: Server
    transport: Transport
    plain: bool  # sent without EDNS
    sent_at: float
    rto: float
    flight: Flight
    state: ServerState
    verdict: Verdict | None = None
    overdue: bool = False  # its RTO has passed and was counted against the server

    @property
    def silent(self) -> bool:
        """Whether the server has said nothing yet."""
        return self.verdict is None


class Send(NamedTuple):
    """Send to `server` now."""

    server: Server
    transport: Transport = Transport.UDP
    plain: bool = False


class Wait(NamedTuple):
    """Nothing to send before the tick `until`."""

    until: float


@dataclass(frozen=True, slots=True)
class Grow:
    """All servers at hand were asked: look up the address of one more name server."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing more can come of it."""


Step = Send | Wait | Grow | GiveUp


def next_step(
    attempts: Sequence[Attempt],
    servers: Sequence[Server],
    tick: float,
    *,
    pending: Send | None,
    tries: int,
    may_grow: bool,
    may_connect: bool,
) -> Step:
    """Decide the next step.

    `servers` are those at hand, best first; `pending` is what a reply calls for (TCP after TC, no EDNS after FORMERR);
    `tries` bounds UDP sends per server; `may_grow` says that more addresses could be looked up, `may_connect` that the
    question may still open a TCP connection.
    """
    if not attempts:
        return Send(servers[0]) if servers else (Grow() if may_grow else GiveUp())
    last = attempts[-1]
    due = last.sent_at + min(last.rto, HEDGE_AFTER) if _holds(last) else tick
    if tick < due:
        return Wait(due)
    if pending is not None:
        return pending
    tcp_left = may_connect and sum(a.transport is Transport.TCP for a in attempts) < MAX_TCP
    if tcp_left and (near_missed := _near_missed(attempts)):
        return Send(near_missed, Transport.TCP)
    asked = {attempt.server for attempt in attempts}
    if len(attempts) < MAX_SENDS:
        for server in servers:
            if server not in asked:
                return Send(server)
    grow_at = _growth_at(attempts) if may_grow and len(attempts) < MAX_SENDS else inf
    if grow_at <= tick:
        return Grow()
    retry = _retry(attempts, tries, tcp_left)
    if retry is not None and len(attempts) < MAX_SENDS:
        at, send = retry
        return send if at <= tick else Wait(min(at, grow_at))
    silent = [attempt for attempt in attempts if attempt.silent]
    if not silent:
        return Grow() if may_grow else GiveUp()
    end = max(_patience_until(attempt, attempts[0].sent_at) for attempt in silent)
    return Wait(min(end, grow_at)) if tick < end else (Grow() if may_grow else GiveUp())


def _holds(attempt: Attempt) -> bool:
    """Whether the next try still waits for this one.

    An error by UDP is a candidate until the timer fires: a forged one may be followed by the true reply (TuDoor).
    """
    if attempt.silent:
        return True
    return attempt.transport is Transport.UDP and attempt.verdict in _CANDIDATES


_CANDIDATES: Final = frozenset(
    {Verdict.SERVFAIL, Verdict.REFUSED, Verdict.FORMERR, Verdict.NOTIMP, Verdict.BADVERS, Verdict.BAD_RCODE}
)


def _near_missed(attempts: Sequence[Attempt]) -> Server | None:
    """A silent server for which datagrams came that do not match: someone may be guessing (RFC 5452 section 9.3)."""
    by_tcp = {a.server for a in attempts if a.transport is Transport.TCP}
    return next(
        (a.server for a in attempts if a.silent and a.flight.near_misses and a.server not in by_tcp), None
    )


def _growth_at(attempts: Sequence[Attempt]) -> float:
    """When more servers are wanted: those at hand have all spoken, or the silent had their time."""
    first_sent: dict[Server, float] = {}
    for attempt in attempts:
        if attempt.silent:
            first_sent.setdefault(attempt.server, attempt.sent_at)
    return max(first_sent.values(), default=-inf) + GROW_AFTER


def _retry(attempts: Sequence[Attempt], tries: int, tcp_left: bool) -> tuple[float, Send] | None:
    """The earliest further try of a silent server, at last over TCP, with the tick it is due at."""
    best: tuple[float, Send] | None = None
    for server in dict.fromkeys(a.server for a in attempts):
        own = [a for a in attempts if a.server == server]
        if not all(a.silent and a.transport is Transport.UDP for a in own):
            continue
        if len(own) < tries:
            # A server that drops queries with EDNS is asked the last time without (RFC 6891 section 6.2.5).
            send = Send(server, plain=len(own) == tries - 1)
        elif tcp_left:
            send = Send(server, Transport.TCP)
        else:
            continue
        due = own[-1].sent_at + min(own[-1].rto * 2 ** (len(own) - 1), _MAX_RETRY_GAP)
        if best is None or due < best[0]:
            best = due, send
    return best


def _patience_until(attempt: Attempt, begun_at: float) -> float:
    if attempt.transport is Transport.TCP:
        return attempt.sent_at + TCP_PATIENCE
    return begun_at + UDP_PATIENCE
