# SPDX-License-Identifier: ISC
"""The lifetime of NODATA and NXDOMAIN (RFC 2308). Positive bounds never touch it."""

from __future__ import annotations

from resolver.policy.lifetime import Lifetime, Reason
from resolver.policy.rules import Policy
from resolver.policy.ttl import bounded, granted, rrsig_ceiling


def negative(
    soa_ttl: int, soa_minimum: int, now: float, policy: Policy, *, signatures_expire_in: float | None = None
) -> Lifetime:
    """The lifetime of a denial: the lesser of the SOA's TTL and its MINIMUM (RFC 2308 section 5), then our bounds.

    `signatures_expire_in` is the seconds until the first RRSIG of the proof expires. Zero gives a lifetime that is
    dead from the start: such a denial must not be used again.
    """
    rules = policy.ttl
    published = min(soa_ttl, soa_minimum)
    least = ("policy.negative_min_ttl", rules.negative_min_ttl)
    most = ("policy.negative_max_ttl", rules.negative_max_ttl)
    kept, reasons = bounded(published, least, most, rrsig_ceiling(signatures_expire_in))
    if soa_minimum < soa_ttl:
        reasons = (Reason("soa.minimum", float(soa_ttl), float(soa_minimum)), *reasons)
    return granted(now, kept, soa_ttl, reasons, policy)
