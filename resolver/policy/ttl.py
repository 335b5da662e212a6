# SPDX-License-Identifier: ISC
"""The lifetimes of positive answers and of delegations: bounds first, then ceilings, each change with its reason.

Negatives are in `negative`, failures in `failure`; nothing here reads a clock or a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from resolver.policy.lifetime import Lifetime, Reason
from resolver.policy.rules import CEILING_S, Policy, TtlRules

__all__ = ["TtlRules", "bounded", "delegation", "granted", "positive", "rrsig_ceiling"]

# An RRset whose signatures have already expired can be validated by nobody, but asking for it again each time would
# only punish its servers (and all servers, when it is our wall clock that is wrong). It is kept this long.
EXPIRED_SIGNATURES_S: Final = 30.0

Ceiling = tuple[str, float]


def positive(
    published: int,
    now: float,
    policy: Policy,
    *,
    signatures_expire_in: float | None = None,
    proof_ttl: int | None = None,
    lease_until: float | None = None,
) -> Lifetime:
    """The lifetime of an RRset received at `now` with the TTL `published` (the raw 32 bits, seconds).

    `signatures_expire_in` is the seconds until the first of its RRSIGs expires (RFC 4035 section 5.3.3); `proof_ttl`
    is the least TTL of the records that prove an expansion from a wildcard, without which it is worth nothing
    (RFC 4035 section 5.3.4). `lease_until`
    is for NS RRsets and the addresses of name servers alone: the end of what the parent granted, beyond which they are
    neither fresh nor stale. A TTL that ends up 0 gives a lifetime that is dead from the start (RFC 1035 section 3.2.1).
    """
    rules = policy.ttl
    ceilings = rrsig_ceiling(signatures_expire_in)
    if proof_ttl is not None:
        ceilings = (*ceilings, ("ceiling.wildcard_proof", proof_ttl))
    if lease_until is not None:
        ceilings = (*ceilings, ("ceiling.lease", lease_until - now))
    bounds = (("policy.min_ttl", rules.min_ttl), ("policy.max_ttl", rules.max_ttl))
    kept, reasons = bounded(published, bounds[0], bounds[1], ceilings)
    lifetime = granted(now, kept, published, reasons, policy)
    if lease_until is None:
        return lifetime
    end = max(now, lease_until)
    return Lifetime(now, min(lifetime.fresh_until, end), min(lifetime.stale_until, end), published, reasons)


def delegation(published: int, now: float, policy: Policy, *, lease_until: float) -> Lifetime:
    """The lease of a delegation: `published` is the TTL of the referral's NS RRset, `lease_until` its parent's own end.

    A lease is never stale and no minimum ever stretches it, or a zone taken away would live on (ghost domains:
    Jiang 2012, CVE-2022-30698).
    """
    most = ("policy.delegation_max_ttl", policy.ttl.delegation_max_ttl)
    kept, reasons = bounded(published, None, most, (("ceiling.lease", lease_until - now),))
    until = max(now, min(now + kept, lease_until))  # not a rounding error past the lease
    return Lifetime(now, until, until, published, reasons)


def bounded(
    ttl: float, least: Ceiling | None, most: Ceiling, ceilings: Iterable[Ceiling]
) -> tuple[float, tuple[Reason, ...]]:
    """Raise `ttl` to `least`, lower it to `most`, then to every ceiling: ceilings win, even over the least.

    A TTL of 2^31 and above is the large positive number it spells (RFC 8767 section 4) and meets the bounds as such.
    """
    reasons: list[Reason] = []
    kept = float(ttl)
    if least is not None and kept < least[1]:
        reasons.append(Reason(least[0], kept, float(least[1])))
        kept = float(least[1])
    for rule, limit in (most, *ceilings, ("ceiling.rfc8767", CEILING_S)):
        limit = max(0.0, float(limit))
        if kept > limit:
            reasons.append(Reason(rule, kept, limit))
            kept = limit
    return kept, tuple(reasons)


def rrsig_ceiling(signatures_expire_in: float | None) -> tuple[Ceiling, ...]:
    """The ceiling that signatures set to what they cover; none for the unsigned."""
    if signatures_expire_in is None:
        return ()
    if signatures_expire_in <= 0:
        return (("ceiling.rrsig_expired", EXPIRED_SIGNATURES_S),)
    return (("ceiling.rrsig", signatures_expire_in),)


def granted(now: float, kept: float, published: int, reasons: tuple[Reason, ...], policy: Policy) -> Lifetime:
    """The lifetime that begins at `now` with `kept` fresh seconds and the policy's stale window after them."""
    fresh_until = now + kept
    window = policy.stale.max_age if policy.stale.enabled and kept > 0 else 0.0
    return Lifetime(now, fresh_until, fresh_until + window, published, reasons)
