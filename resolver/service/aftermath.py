# SPDX-License-Identifier: ISC
"""What a resolution leaves behind: failures remembered and forgotten (RFC 9520), recheck timers (RFC 8767 section 5).

Called once per resolution, not once per client. How long a failure counts, `policy` decides; nothing is answered here.
That a zone answers again is noted by the engine, which hears it at the first reply.
"""

from __future__ import annotations

from typing import Final

from resolver.cache import FailureCache
from resolver.engine.outcome import Cause, Failed, Resolved
from resolver.engine.ports import World
from resolver.policy import Policy
from resolver.service.single_flight import FlightEnded, FlightKey
from resolver.wire import Ede, Rcode

_IN_THE_DATA: Final = frozenset({Cause.STRUCTURAL, Cause.LIMIT})  # asking again soon cannot help


class Aftermath:
    """Writes outcomes into the failure cache and answers from it."""

    def __init__(self, world: World, failures: FailureCache, policy: Policy) -> None:
        self._world = world
        self._failures = failures
        self._policy = policy

    def ended(self, event: FlightEnded) -> None:
        """Learn from one outcome."""
        outcome = event.outcome
        if isinstance(outcome, Resolved):
            self._failures.succeeded(*event.key)
        elif outcome.cause is not Cause.OVERLOAD and outcome.rcode == Rcode.SERVFAIL:  # YXDOMAIN is an answer
            self._failed(event, outcome)

    def known_failure(self, key: FlightKey) -> Failed | None:
        """The failure of a question that is still remembered, as an outcome."""
        name, rtype, cd = key
        known = self._failures.get(name, rtype, cd, self._world.now())
        if known is None:
            return None
        cause = Cause.BROKEN
        if known.structural or known.unreachable:
            cause = Cause.STRUCTURAL if known.structural else Cause.UNREACHABLE
        return Failed(cause, Ede(known.ede), known.text, known.zone)

    def keep_waiting_no_more(self, key: FlightKey, zone: bytes) -> None:
        """A client got stale data since its timer fired: for `stale.recheck` seconds others get it at once."""
        until = self._world.now() + self._policy.stale.recheck
        self._failures.set_recheck(key.name, key.rtype, zone, until)

    def _failed(self, event: FlightEnded, outcome: Failed) -> None:
        structural = outcome.cause in _IN_THE_DATA
        if event.blameless:
            return
        if outcome.cause is Cause.UNREACHABLE and not outcome.queries:
            return  # nothing was sent: the servers' own timers hold the next question back, and end when one answers
        name, rtype, cd = event.key
        now = self._world.now()
        self._failures.record(
            name,
            rtype,
            cd,
            now,
            structural=structural,
            unreachable=outcome.cause is Cause.UNREACHABLE,
            ede=outcome.ede,
            text=outcome.text,
            zone=outcome.zone,
            policy=self._policy,
        )
        self._failures.set_recheck(name, rtype, outcome.zone, now + self._policy.stale.recheck)
