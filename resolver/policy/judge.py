# SPDX-License-Identifier: ISC
"""The one judgement: from the TTL published to the lifetime kept, for every class of answer. Each step has its reason.

    published ─► soa.minimum ─► ttl ─► factor ─► min ─► max ─► jitter ─► ceilings ─► Lifetime
    (or the fixed one)          └──────────── Terms ──────────────┘      win over all of it

No clock is read and no record seen: facts come as arguments. How ceilings are found out is the engine's business.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from resolver.policy.lifetime import Lifetime, Reason
from resolver.policy.rules import CEILING_S, FAILURE_LEAST_S, FAILURE_MOST_S, StaleRules
from resolver.policy.subject import AnswerClass, Subject
from resolver.policy.terms import Policy, Terms

# An RRset whose signatures have already expired can be validated by nobody, but asking for it again each time would
# only punish its servers (and all servers, when it is our wall clock that is wrong). It is kept this long.
EXPIRED_SIGNATURES_S: Final = 30.0
_HASHED: Final = float(1 << 64)


def judge(
    subject: Subject,
    now: float,
    policy: Policy,
    *,
    soa_minimum: int | None = None,
    signatures_expire_in: float | None = None,
    proof_ttl: int | None = None,
    lease_until: float | None = None,
) -> Lifetime:
    """The lifetime of what was received at `now`. Everything is in seconds, `lease_until` an instant of `now`'s clock.

    `soa_minimum` is the MINIMUM of a denial's SOA, whose TTL is `published` (RFC 2308 section 5: the lesser counts);
    `signatures_expire_in` the seconds until the first RRSIG of the RRset or proof expires (RFC 4035 section 5.3.3);
    `proof_ttl` the least TTL of what proves an expansion from a wildcard (RFC 4035 section 5.3.4); `lease_until` the
    end of what the parent granted, for delegations, a zone's own NS set and the addresses of its servers, and nothing
    else: beyond it they are neither fresh nor stale (ghost domains: Jiang 2012, CVE-2022-30698).

    Ceilings win over every rule. A TTL that ends up 0 gives a lifetime that is dead from the start (RFC 1035 section
    3.2.1); one of 2^31 and above is the large number it spells (RFC 8767 section 4).
    """
    answer, terms = subject.answer, policy.terms(subject)
    reasons: list[Reason] = []
    kept = float(subject.published)
    if soa_minimum is not None and soa_minimum < kept:
        kept = _step(reasons, "soa.minimum", kept, float(soa_minimum))
    kept = _within(kept, terms, subject, policy, reasons)
    if kept > CEILING_S:
        kept = _step(reasons, "ceiling.rfc8767", kept, CEILING_S)
    if answer is AnswerClass.FAILURE:
        kept = _by_rfc9520(kept, reasons)
    if (
        signatures_expire_in is not None
        or lease_until is not None
        or proof_ttl is not None
        or answer is AnswerClass.DELEGATION
    ):
        for rule, limit in _ceilings(subject, now, signatures_expire_in, proof_ttl, lease_until):
            if kept > max(0.0, limit):
                kept = _step(reasons, rule, kept, max(0.0, limit))
    fresh_until = stale_until = now + kept
    stale = terms.stale
    # A lease and a failure are never stale.
    if (
        stale.enabled
        and kept > 0
        and answer is not AnswerClass.DELEGATION
        and answer is not AnswerClass.FAILURE
    ):
        stale_until += stale.max_age
    if lease_until is not None:  # not a rounding error past the lease, and not stale after it
        end = max(now, lease_until)
        fresh_until, stale_until = min(fresh_until, end), min(stale_until, end)
    return Lifetime(now, fresh_until, stale_until, subject.published, tuple(reasons))


def stale_rules(subject: Subject, policy: Policy) -> StaleRules:
    """Whether and how `subject` may be served stale."""
    return policy.terms(subject).stale if policy.rules else policy.stale


def jitter_of(owner: bytes, seed: str) -> float:
    """A number in [0, 1) that is always the same for a folded owner name under a seed."""
    digest = blake2b(owner, digest_size=8, key=seed.encode()[:64]).digest()
    return int.from_bytes(digest, "big") / _HASHED


def _within(ttl: float, terms: Terms, subject: Subject, policy: Policy, reasons: list[Reason]) -> float:
    """The TTL after the policy's own settings. Jitter is last, for what is clamped would expire together again."""
    kept = ttl
    fixed, factor, least, most, jitter = terms.fixed, terms.factor, terms.least, terms.most, terms.jitter
    if fixed is not None and kept != fixed.value:
        kept = _step(reasons, fixed.rule, kept, fixed.value)
    if factor is not None and kept * factor.value != kept:
        kept = _step(reasons, factor.rule, kept, kept * factor.value)
    if least is not None and kept < least.value:
        kept = _step(reasons, least.rule, kept, least.value)
    if kept > most.value:
        kept = _step(reasons, most.rule, kept, most.value)
    if jitter is not None and kept > 0:
        skewed = kept * (1.0 - jitter.value * jitter_of(subject.owner, policy.seed))
        if least is not None:
            skewed = min(kept, max(skewed, least.value))
        if skewed != kept:
            kept = _step(reasons, jitter.rule, kept, skewed)
    return kept


def _ceilings(
    subject: Subject,
    now: float,
    signatures_expire_in: float | None,
    proof_ttl: int | None,
    lease_until: float | None,
) -> list[tuple[str, float]]:
    """What the facts allow at most, whatever the rules say."""
    ceilings: list[tuple[str, float]] = []
    if signatures_expire_in is not None:
        if signatures_expire_in > 0:
            ceilings.append(("ceiling.rrsig", signatures_expire_in))
        else:
            ceilings.append(("ceiling.rrsig_expired", EXPIRED_SIGNATURES_S))
    if proof_ttl is not None:
        ceilings.append(("ceiling.wildcard_proof", float(proof_ttl)))
    if subject.answer is AnswerClass.DELEGATION:  # no rule makes more of what the parent granted
        ceilings.append(("ceiling.lease", float(subject.published)))
    if lease_until is not None:
        ceilings.append(("ceiling.lease", lease_until - now))
    return ceilings


def _by_rfc9520(kept: float, reasons: list[Reason]) -> float:
    """A failure is remembered for at least a second and at most five minutes (RFC 9520 section 3.2)."""
    within = min(max(kept, FAILURE_LEAST_S), FAILURE_MOST_S)
    return kept if within == kept else _step(reasons, "ceiling.rfc9520", kept, within)


def _step(reasons: list[Reason], rule: str, before: float, after: float) -> float:
    reasons.append(Reason(rule, before, after))
    return after
