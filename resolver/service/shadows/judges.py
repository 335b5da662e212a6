# SPDX-License-Identifier: ISC
"""One policy among those compared: how long it would hold what was fetched, and its tallies. No row is kept here."""

from __future__ import annotations

from resolver.policy import Policy, StaleRules, judge, prefetch_at, stale_rules
from resolver.policy.lifetime import Lifetime
from resolver.service.shadows.rows import Held, Seen
from resolver.service.shadows.tallies import GROUPS, Judged, Tally


class Judge:
    """A policy under its name in tables and metrics; `mode` is enforce or shadow. `common` is what all do alike."""

    __slots__ = ("judged", "policy", "tallies")

    def __init__(self, name: str, mode: str, policy: Policy, part: float, common: tuple[Tally, ...]) -> None:
        self.policy = policy
        self.tallies = tuple(Tally() for _ in range(GROUPS))
        self.judged = Judged(name, mode, part, self.tallies, common)

    def hold(self, seen: Seen, at: float) -> Held | None:
        """What it holds of what was seen, fetched at the instant `at`; None when it would not keep it."""
        if not seen.kept:
            return None
        signed = seen.signed_until
        lifetime = judge(
            seen.subject,
            at,
            self.policy,
            soa_minimum=seen.soa_minimum,
            signatures_expire_in=None if signed is None else signed - at,
            proof_ttl=seen.proof_ttl,
            lease_until=seen.lease_until,
        )
        return self.held(seen, lifetime)

    def held(self, seen: Seen, lifetime: Lifetime) -> Held | None:
        """The same with a lifetime that is known already."""
        at = lifetime.stored_at
        if not seen.kept or lifetime.fresh_until <= at:
            return None
        due_at = prefetch_at(seen.subject, lifetime, self.policy)
        return Held(
            at, lifetime.fresh_until, lifetime.stale_until, due_at, at + max(0, seen.owner_ttl), seen.tag
        )

    def stale(self, seen: Seen) -> StaleRules:
        """How it would serve it stale."""
        return stale_rules(seen.subject, self.policy)
