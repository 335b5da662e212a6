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
# Sends to servers whose addresses the delegation did not bring, look-ups included, also where an earlier question left
# them in the cache: a delegation to 1500 names of dead servers may not cost more, however often one is met
# (NRDelegation, CVE-2022-3204). Each server found is asked once before any is asked again.
MAX_SENDS_GLUELESS: Final = 8
# How long silence is listened to after the first send: covers a round trip that jumped to 3 s.
UDP_PATIENCE: Final = 3.5
TCP_PATIENCE: Final = 2.4
# All of it ends before a client's deadline of 4.5 s: that a zone is dead is known when the first client hears of it.
PATIENCE: Final = 4.3
# With several servers looked up and all of them silent, it is not one round trip that jumped.
GLUELESS_PATIENCE: Final = 2.5
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


class Growth(NamedTuple):
    """Look-ups of name servers' addresses: whether one more is possible, since when one runs, how many there were.

    `given` is how many servers the delegation brought itself; `found` says that others are known, from look-ups of this
    question or an earlier one.
    """

    possible: bool = False
    running_since: float | None = None
    looked_up: int = 0
    given: int = 0
    found: bool = False


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
    growth: Growth,
    may_connect: bool,
) -> Step:
    """Decide the next step.

    `servers` are those at hand, best first; `pending` is what a reply calls for (TCP after TC, no EDNS after FORMERR);
    `tries` bounds UDP sends per server; `growth` says whether more addresses could be looked up, `may_connect` that the
    question may still open a TCP connection.
    """
    spent = len(attempts) + growth.looked_up
    most_grown = min(MAX_SENDS, growth.given + MAX_SENDS_GLUELESS)
    may_send = spent < (most_grown if growth.looked_up or growth.found else MAX_SENDS)
    may_grow = growth.possible and spent + 2 <= most_grown  # the look-up, and the query to whom it finds
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
    if may_send:
        for server in servers:
            if server not in asked:
                return Send(server)
    grow_at = _growth_at(attempts) if may_grow else inf
    if grow_at <= tick:
        return Grow()
    retry = _retry(attempts, tries, tcp_left) if may_send else None
    if retry is not None:
        at, send = max(retry[0], _retries_from(growth, may_grow=may_grow)), retry[1]
        return send if at <= tick else Wait(min(at, grow_at))
    silent = [attempt for attempt in attempts if attempt.silent]
    if not silent:
        return Grow() if may_grow else GiveUp()
    patience = GLUELESS_PATIENCE if growth.looked_up > 1 else UDP_PATIENCE
    end = max(_patience_until(attempt, attempts[0].sent_at + patience) for attempt in silent)
    end = min(end, attempts[0].sent_at + PATIENCE)
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


def _retries_from(growth: Growth, *, may_grow: bool) -> float:
    """When a server may be asked again: where servers are being looked up, not before all that may be found were asked.

    A look-up that hangs holds nobody up for longer than a hedge.
    """
    if growth.running_since is not None:
        return growth.running_since + HEDGE_AFTER
    return inf if growth.looked_up and may_grow else -inf


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


def _patience_until(attempt: Attempt, udp_until: float) -> float:
    return attempt.sent_at + TCP_PATIENCE if attempt.transport is Transport.TCP else udp_until
