# SPDX-License-Identifier: ISC
"""Closed forms over names of many TTLs: what a policy makes of a mix, and what that does to hits. Nothing is replayed.

Which TTL a name has does not depend on how often it is asked, so the share of hits is the mean over TTLs of H(T), the
share were all names kept for T seconds. Given the very TTLs that a seed drew, it is the mean over names.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolver.lab import models
from resolver.lab.replay.numbers import KEPT, PolicyNumbers
from resolver.lab.replay.subjects import POSITIVE, codes_of
from resolver.lab.traces.ttl_law import ttl_law
from resolver.policy import Policy
from resolver.policy.rules import CEILING_S
from resolver.wire import Rtype

Ttls = NDArray[np.int64]
_POINTS: Final = 200_000  # of a law's distribution
_KNOTS: Final = 400  # of H, between which it is a straight line in log T: off by less than a millionth


def kept_ttls(ttls: Ttls, policy: Policy) -> models.Rates:
    """Seconds for which `policy` keeps positive answers of such TTLs, whoever their owners are."""
    distinct, place = np.unique(ttls, return_inverse=True)
    numbers = PolicyNumbers(policy)
    numbers.cover(codes_of(np.full(len(distinct), POSITIVE), np.full(len(distinct), int(Rtype.A)), distinct))
    return np.asarray(numbers.table[:, KEPT][place])


def hits_given(rates: models.Rates, policy: Policy, ttls: Ttls) -> float:
    """The share of hits, the TTL of each name being known."""
    return models.over_names(rates, models.hit_ratio(rates, kept_ttls(ttls, policy)))


def beyond_given(rates: models.Rates, policy: Policy, ttls: Ttls) -> float:
    """The share of all answers that are older than their owner's TTL, the TTL of each name being known."""
    kept = kept_ttls(ttls, policy)
    return models.over_names(rates, models.hit_ratio(rates, kept) * _overdue(ttls, kept))


def hits_expected(rates: models.Rates, law: str, policy: Policy) -> float:
    """The share of hits, in the mean over all TTLs that `law` may draw for each name."""
    return float(_hits_by_ttl(rates, kept_ttls(_drawn(law), policy)).mean())


def beyond_expected(rates: models.Rates, law: str, policy: Policy) -> float:
    """The share of all answers beyond their owner's TTL, in the mean over the law."""
    ttls = _drawn(law)
    kept = kept_ttls(ttls, policy)
    return float((_hits_by_ttl(rates, kept) * _overdue(ttls, kept)).mean())


def _overdue(ttls: Ttls, kept: models.Rates) -> models.Rates:
    """The part of a life that its owner did not grant: (m - T) / m."""
    return np.maximum(kept - ttls, 0.0) / np.maximum(kept, 1.0)


def _drawn(law: str) -> Ttls:
    """TTLs in the proportions of a law."""
    shares = (np.arange(_POINTS) + 0.5) / _POINTS
    return ttl_law(law).of(shares).astype(np.int64)


def _hits_by_ttl(rates: models.Rates, kept: models.Rates) -> models.Rates:
    knots = np.geomspace(1.0, CEILING_S, _KNOTS)
    hits = [models.over_names(rates, models.hit_ratio(rates, float(knot))) for knot in knots]
    found = np.interp(np.log(np.maximum(kept, 1.0)), np.log(knots), hits)
    return np.where(kept > 0, found, 0.0)
