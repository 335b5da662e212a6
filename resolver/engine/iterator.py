# SPDX-License-Identifier: ISC
"""The iterator: the parts of the engine put together, and one question told from beginning to end.

    resolve ─► QuestionWalk (aliases) ─► ZoneWalk (referrals) ─► Asking (servers) ─► World

Nothing is decided here; this file only says who works with whom and turns the engine's one error into an outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from resolver.cache import Caches
from resolver.engine.addresses import SubResolve
from resolver.engine.ask import Tools
from resolver.engine.budget import ResolutionFailed, Work
from resolver.engine.delegation import AddressFilter
from resolver.engine.keeping import Keeper
from resolver.engine.limits import Limits, StaticZone, UpstreamSettings
from resolver.engine.outcome import Failed, Outcome, Resolved
from resolver.engine.ports import Server, World
from resolver.engine.priming import Root
from resolver.engine.question_walk import QuestionWalk
from resolver.engine.revalidate import Revalidator
from resolver.engine.server_shares import ServerShares, unbounded
from resolver.engine.zone_walk import ZoneWalk
from resolver.engine.zones import ConfiguredZones
from resolver.events import QuestionEnded, QuestionStarted, Tell, nobody
from resolver.policy import Policy
from resolver.policy.revalidation import RevalidationRules
from resolver.wire.codes import rcode_to_text


class Iterator:
    """Resolves questions from the root, or from the zones configured, into the caches given.

    `hints` are pairs of a root server's name and address; `own` the addresses we listen on, which are never asked.
    `sub_resolve` resolves name-server addresses: the service gives its single flight, the default is the iterator.
    `shares` bounds the open queries to each server; without it nothing does.
    """

    def __init__(
        self,
        world: World,
        caches: Caches,
        policy: Policy,
        upstream: UpstreamSettings,
        limits: Limits,
        zones: Iterable[StaticZone] = (),
        hints: Sequence[tuple[bytes, str]] = (),
        tell: Tell = nobody,
        *,
        own: Iterable[Server] = (),
        sub_resolve: SubResolve | None = None,
        revalidation: RevalidationRules | None = None,
        shares: ServerShares | None = None,
    ) -> None:
        secret = world.draw(1 << 256).to_bytes(32, "big")
        shares = unbounded() if shares is None else shares  # one without open queries is false
        tools = Tools(world, caches.servers, upstream, limits, secret, tell, shares)
        allowed = AddressFilter(upstream, own)
        self._world = world
        self._tell = tell
        self._root = Root(tools, caches, policy, allowed, hints, may_prime=upstream.priming)
        configured = ConfiguredZones(zones)
        resolve_address = sub_resolve or self._resolve_address
        rules = revalidation or RevalidationRules()
        revalidator = Revalidator(tools, caches, policy, rules, allowed, resolve_address)
        zone_walk = ZoneWalk(
            tools,
            caches,
            policy,
            Keeper(caches, policy, limits, configured, tell),
            configured,
            allowed,
            self._root.cut,
            resolve_address,
            revalidator,
        )
        self._walk = QuestionWalk(world, caches, zone_walk, revalidator)

    async def resolve(
        self, name: bytes, rtype: int, work: Work, *, cd: bool = False, renew: float | None = None
    ) -> Outcome:
        """Resolve `name` (as spelled) and `rtype`; store what is learnt; return the chain or the failure.

        `renew`: an instant of the lifetime clock; links that will not be fresh then are asked for again (prefetch).
        `work` is the licence, see `budget`. Raises nothing but what is our own bug.
        """
        started = self._world.ticks()
        sends_before = work.meter.sends
        self._tell(QuestionStarted(started, name, rtype, work.why))
        outcome: Outcome
        try:
            chain = await self._walk.resolve(name, rtype, work, cd=cd, renew=renew)
            outcome = Resolved(chain, work.meter.sends - sends_before)
        except ResolutionFailed as failure:
            sends = work.meter.sends - sends_before
            outcome = Failed(failure.cause, failure.ede, failure.text, failure.zone, sends, failure.rcode)
        if work.meter.reached:
            work.tell_reached(self._world.ticks(), self._tell)
        self._tell(self._ended(name, rtype, work, started, outcome))
        return outcome

    def prime(self) -> None:
        """Begin priming the root in the background, if that is switched on."""
        self._root.prime_beside()

    async def _resolve_address(self, name: bytes, rtype: int, work: Work) -> Outcome:
        return await self.resolve(name, rtype, work)

    def _ended(self, name: bytes, rtype: int, work: Work, started: float, outcome: Outcome) -> QuestionEnded:
        ended = self._world.ticks()
        failed = isinstance(outcome, Failed)
        return QuestionEnded(
            ended,
            name,
            rtype,
            work.why,
            "failed" if failed else rcode_to_text(outcome.rcode),
            ended - started,
            outcome.queries,
            outcome.text if isinstance(outcome, Failed) else "",
        )
