# SPDX-License-Identifier: ISC
"""Where iteration begins: root hints, and priming them into the root's own name servers (RFC 9609).

Priming runs beside the questions of clients and never in their way: until it has succeeded the hints serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from resolver.cache import Caches
from resolver.engine.addresses import Addresses
from resolver.engine.ask import Asking, Heard, Tools
from resolver.engine.budget import Meter, ResolutionFailed, Work
from resolver.engine.classify import Answer, Referral
from resolver.engine.delegation import AddressFilter, Cut, cut_of, granted, root_cut
from resolver.engine.outcome import Cause, Failed, Outcome
from resolver.engine.querying import Wanted
from resolver.events import CutLearnt, QuestionEnded, QuestionStarted
from resolver.policy import Policy
from resolver.wire import Ede, Rtype, names

# After a failed priming the hints go on serving; asking again at once would only fail again.
RETRY_AFTER: Final = 60.0


class Root:
    """The root's cut: the primed one while its lease lasts, else the hints."""

    def __init__(
        self,
        tools: Tools,
        caches: Caches,
        policy: Policy,
        allowed: AddressFilter,
        hints: Sequence[tuple[bytes, str]],
        *,
        may_prime: bool,
    ) -> None:
        self._tools = tools
        self._world = tools.world
        self._caches = caches
        self._policy = policy
        self._allowed = allowed
        self._hints = root_cut(hints, tools.upstream.port)
        self._may_prime = may_prime and bool(hints)
        self._next_try = 0.0

    def cut(self, work: Work) -> Cut:
        """Return the best root cut at hand; starts priming beside when there is only the hints.

        That is work which the question causes: it goes on the meter of its licence `work`.
        """
        primed = self._caches.delegations.deepest(names.ROOT, self._world.now())
        if primed is not None:
            return cut_of(primed, self._tools.upstream.port)
        self.prime_beside(work.meter)
        return self._hints

    def prime_beside(self, meter: Meter | None = None) -> None:
        """Begin to prime, unless that is switched off, under way, or failed a moment ago."""
        tick = self._world.ticks()
        if not self._may_prime or tick < self._next_try:
            return
        self._next_try = tick + RETRY_AFTER
        limit = float(self._tools.upstream.resolution_limit)
        work = Work(self._tools.limits, tick + limit, "priming", meter or Meter())
        self._world.spawn(self.prime(work), tick + limit)

    async def prime(self, work: Work) -> bool:
        """Ask a root server for the root's NS set and its addresses; whether that gave something better than hints."""
        tell, started, sends_before = self._tools.tell, self._world.ticks(), work.meter.sends
        tell(QuestionStarted(started, names.ROOT, Rtype.NS, work.why))
        addresses = Addresses(
            self._hints, self._caches.records, self._allowed, self._tools.upstream, work, _no_look_ups
        )
        try:
            heard = await Asking(self._tools, Wanted(names.ROOT, names.ROOT, Rtype.NS), addresses, work).run()
            detail = self._adopt(heard, work)
        except ResolutionFailed as failure:
            detail = failure.text
        ended = self._world.ticks()
        work.tell_reached(ended, tell)
        outcome = "failed" if detail else "NOERROR"
        tell(
            QuestionEnded(
                ended,
                names.ROOT,
                Rtype.NS,
                work.why,
                outcome,
                ended - started,
                work.meter.sends - sends_before,
                detail,
            )
        )
        return not detail

    def _adopt(self, heard: Heard, work: Work) -> str:
        """Take the primed root in; an empty text, or why not."""
        meaning = heard.meaning
        if not isinstance(meaning, Answer) or not _holds_ns(meaning):
            return "the priming reply holds no authoritative NS set of the root"
        now = self._world.now()
        referral = Referral(names.ROOT, meaning.links[0].records, heard.additional)
        delegation = granted(referral, self._hints, now, self._policy, work, range(len(referral.ns)))
        if not delegation.addresses:
            return "the priming reply holds no address"
        self._caches.delegations.store(delegation, now)
        lease = delegation.lifetime.fresh_until - now
        self._tools.tell(
            CutLearnt(
                self._world.ticks(), names.ROOT, len(delegation.names), len(delegation.addresses), lease
            )
        )
        return ""


def _holds_ns(answer: Answer) -> bool:
    return answer.authoritative and bool(answer.links) and answer.links[0].records[0].rtype == Rtype.NS


async def _no_look_ups(name: bytes, rtype: int, work: Work) -> Outcome:
    """Priming never looks up addresses: the hints are all it may ask."""
    return Failed(Cause.UNREACHABLE, Ede.NO_REACHABLE_AUTHORITY, "no hint answered", names.ROOT)
