# SPDX-License-Identifier: ISC
"""Which server of a zone next: `order` to choose, `observe_*` to learn, `rto` to wait. Pure on the state handed in.

Nothing is sent and no clock is read here. A datagram that failed `matching` never reaches this room: a forger must not
be able to mark a server (CVE-2023-26437).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from resolver.cache.servers import ServerCache, ServerState
from resolver.engine.limits import FIRST_RTO, HEDGE_AFTER, MAX_RTO, MIN_RTO
from resolver.engine.ports import Server
from resolver.policy.failure import server_retry_after

# One question in so many begins with a server drawn at random, so that a recovered or faster one is found.
EXPLORE_ONE_IN: Final = 20
# What is known of a round trip is forgotten after this long unused (Unbound infra-host-ttl 900 s).
FORGET_AFTER: Final = 900.0
# An unknown server counts as this fast at best: new servers are tried early, one after the other.
UNKNOWN_SRTT: Final = 0.1
# A server that failed last is explored at most this often, in seconds: its return is found, and few questions pay for
# that (security.md R05). When all servers of a zone are down one is still asked as often: so the end of an outage is
# noticed at once (R22).
PROBE_EVERY: Final = 1.0
# A server that has answered anybody within so many seconds is not left alone, whatever it drops: a type, the names of a
# zone that it does not serve, or those of one dead domain behind a forwarder. Silence to one question says little of
# others, and whoever asks what is dropped must not take the server away from them.
WELL_FOR: Final = 10.0


def rto(state: ServerState) -> float:
    """Seconds after which a reply from this server is overdue (RFC 6298 section 2, with our bounds)."""
    if state.srtt is None:
        return FIRST_RTO
    return min(MAX_RTO, max(MIN_RTO, state.srtt + 4 * state.rttvar))


def observe_reply(state: ServerState, rtt: float, tick: float) -> None:
    """A reply came after `rtt` seconds: smooth it in (RFC 6298 section 2) and forget all timeouts."""
    if state.srtt is None or state.failures_in_row or tick - state.last_used_at > FORGET_AFTER:
        state.srtt, state.rttvar = rtt, rtt / 2
    else:
        state.rttvar += (abs(rtt - state.srtt) - state.rttvar) / 4
        state.srtt += (rtt - state.srtt) / 8
    state.samples += 1
    state.last_used_at = tick
    state.awaited_since = None
    state.failures_in_row = 0
    state.down_until = 0.0
    state.replied_at = tick


def observe_timeout(state: ServerState, tick: float, sent_at: float | None = None) -> None:
    """A try went unanswered: choose this server later, and after four in a row leave it alone, unless it is well.

    Tries that were under way together when the server was silent are one failure, not as many in a row: one that was
    sent (`sent_at`) before the last was counted does not count again.
    """
    if sent_at is not None and state.failures_in_row and sent_at < state.failed_at:
        return
    state.failed_at = tick
    state.awaited_since = None
    state.failures_in_row += 1
    state.last_used_at = tick
    state.down_until = max(state.down_until, tick + _pause(state, tick))


def _pause(state: ServerState, tick: float) -> float:
    """For how many seconds to leave the server alone: not while it answers others."""
    return 0.0 if tick - state.replied_at <= WELL_FOR else server_retry_after(state.failures_in_row)


def is_down(state: ServerState, tick: float) -> bool:
    """Whether the server is left alone now. Past `down_until` it is up for one probe: see `take_probe`."""
    return tick < state.down_until


def is_silent(state: ServerState, tick: float) -> bool:
    """Whether a reply is awaited for as long as a hedge waits, and no timeout was counted yet.

    A question that another server has answered by then ends before that timeout: the next ones need not wait as well.
    """
    since = state.awaited_since
    return since is not None and min(rto(state), HEDGE_AFTER) <= tick - since <= MAX_RTO


def take_probe(state: ServerState, tick: float) -> None:
    """A query goes to this server; if it was down, no other does until it answers or times out."""
    if state.awaited_since is None or tick - state.awaited_since > MAX_RTO:
        state.awaited_since = tick
    pause = _pause(state, tick)
    if pause:
        state.down_until = tick + pause
        state.last_used_at = tick


def order(
    servers: Sequence[Server],
    zone: bytes,
    memory: ServerCache,
    tick: float,
    draw: Callable[[int], int],
) -> list[Server]:
    """Return the servers to ask for `zone`, best first; those that are down are left out, but for a probe now and then.

    Servers known to be of no use for the zone come last, else the smoothed round trip decides, each timeout in a row
    counting as one RTO more, and so does silence. Now and then a random one goes first (`draw(n)` gives 0 <= i < n).
    """
    usable = [server for server in servers if not is_down(memory.get(server), tick)] or _probe(
        servers, memory, tick
    )
    if len(usable) < 2:
        return usable
    keyed = sorted((_rank(server, zone, memory, tick, draw), server) for server in usable)
    chosen = [server for _, server in keyed]
    if draw(EXPLORE_ONE_IN) == 0:
        place = draw(len(chosen))
        if _may_explore(memory.get(chosen[place]), tick):
            chosen.insert(0, chosen.pop(place))
    return chosen


def _may_explore(state: ServerState, tick: float) -> bool:
    return not is_silent(state, tick) and (
        state.failures_in_row == 0 or tick - state.last_used_at >= PROBE_EVERY
    )


def _probe(servers: Sequence[Server], memory: ServerCache, tick: float) -> list[Server]:
    """All are down: the one left alone longest, unless one was asked a moment ago."""
    used = {server: memory.get(server).last_used_at for server in servers}
    if not used or tick - max(used.values()) < PROBE_EVERY:
        return []
    return [min(used, key=lambda server: used[server])]


def _rank(
    server: Server, zone: bytes, memory: ServerCache, tick: float, draw: Callable[[int], int]
) -> tuple[bool, float, int]:
    state = memory.get(server)
    tie = draw(1 << 16)
    known = state.srtt is not None and tick - state.last_used_at <= FORGET_AFTER
    speed = state.srtt if known and state.srtt is not None else UNKNOWN_SRTT * tie / (1 << 16)
    failures = state.failures_in_row + is_silent(state, tick)
    return memory.is_lame(zone, server, tick), speed + failures * rto(state), tie
