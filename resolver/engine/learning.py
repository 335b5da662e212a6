# SPDX-License-Identifier: ISC
"""What a reply that passed `matching` teaches about its server: EDNS, letter case, cookies, usefulness for a zone.

One unverified packet teaches nothing bad: each defect needs TCP or a second sighting (CVE-2026-52690).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from resolver.cache.servers import EdnsAbility, ServerCache, ServerState
from resolver.engine.ports import Reply, Transport
from resolver.engine.schedule import Attempt
from resolver.events import Verdict
from resolver.wire import OptionCode
from resolver.wire.edns import split_cookie

# How long a defect is believed (Unbound infra-host-ttl 900 s).
REMEMBER_FOR: Final = 900.0
# A server that is of no use for a zone is asked last for this long. It is never left out: a lame mark must not become a
# weapon (CVE-2021-25219).
LAME_FOR: Final = 300.0
_USELESS: Final = frozenset(
    {Verdict.LAME, Verdict.REFUSED, Verdict.NOTIMP, Verdict.FORMERR, Verdict.SERVFAIL}
)
_UNDERSTOOD: Final = frozenset({Verdict.TRUNCATED, Verdict.BADCOOKIE, Verdict.SPOOFABLE})
_SIGHTINGS: Final = 2


def learn_abilities(
    state: ServerState, attempts: Sequence[Attempt], attempt: Attempt, reply: Reply, tick: float
) -> None:
    """Take from `reply` what its server can do; `attempts` are all tries of the question, for comparison."""
    if attempt.plain or attempt.transport is Transport.TCP:
        own = [a for a in attempts if a.server == attempt.server]
        if attempt.plain:
            _learn_plain(state, own, reply, tick)
        _learn_case(state, own, attempt, tick)
    if not attempt.plain and reply.message.edns is not None and reply.message.rcode in (0, 3):
        state.edns, state.edns_strikes = EdnsAbility.OK, 0
    _learn_cookie(state, attempt, reply)


def learn_usefulness(
    servers: ServerCache, zone: bytes, attempt: Attempt, verdict: Verdict, tick: float
) -> None:
    """Remember a server that gave no usable answer for `zone`, at the second sighting or when it said so over TCP."""
    if verdict not in _USELESS:
        return
    seen_before = servers.lame_until(zone, attempt.server) != 0.0
    if attempt.transport is Transport.TCP or seen_before:
        servers.mark_lame(zone, attempt.server, tick + LAME_FOR)
    else:
        servers.mark_lame(zone, attempt.server, tick)  # already over: a first sighting


def _learn_plain(state: ServerState, own: Sequence[Attempt], reply: Reply, tick: float) -> None:
    """A plain query worked where one with EDNS did not."""
    if reply.message.rcode not in (0, 3):
        return
    if any(not a.plain and a.verdict not in _UNDERSTOOD for a in own):
        state.edns_strikes += 1
        if state.edns_strikes >= _SIGHTINGS:
            state.edns, state.edns_until = EdnsAbility.BROKEN, tick + REMEMBER_FOR


def _learn_case(state: ServerState, own: Sequence[Attempt], attempt: Attempt, tick: float) -> None:
    """It echoed other letters over UDP and answers over TCP: it folds case, or somebody forges. Twice is proof."""
    if attempt.transport is Transport.UDP:
        return
    if any(a.flight.wrong_case for a in own):
        state.case_strikes += 1
        if state.case_strikes >= _SIGHTINGS:
            state.keeps_case, state.case_until = False, tick + REMEMBER_FOR


def _learn_cookie(state: ServerState, attempt: Attempt, reply: Reply) -> None:
    """Keep the server cookie (RFC 7873 section 5.3); forget it when TCP shows that the server sends none any more."""
    option = reply.message.edns.option(OptionCode.COOKIE) if reply.message.edns else None
    if option is not None and option[:8] == attempt.flight.query.cookie:
        server_cookie = split_cookie(option)[1]
        if server_cookie:
            state.cookie = server_cookie
    elif attempt.transport is Transport.TCP and attempt.flight.query.cookie is not None:
        state.cookie = None
