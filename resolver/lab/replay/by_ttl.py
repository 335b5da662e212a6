# SPDX-License-Identifier: ISC
"""What one set of terms makes of many TTLs at once: `policy.judge` and `policy.prefetch_at` as arithmetic on arrays.

Every operation is theirs, in their order, so that results are equal to the last bit; a law of the tests says so for
all TTLs from 0 to 2^32-1. No jitter (it is a name's), no ceilings but the one for everything (a trace has no others).
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from resolver.policy.rules import CEILING_S
from resolver.policy.terms import Terms

Seconds = NDArray[np.float64]


def kept_and_lead(published: NDArray[np.int64], terms: Terms) -> tuple[Seconds, Seconds, Seconds]:
    """Seconds kept fresh, seconds stale after that, and seconds before the end of the fresh ones to prefetch in.

    Of positive answers, NXDOMAIN and NODATA; -inf where nothing is prefetched.
    """
    kept = published.astype(np.float64)
    if terms.fixed is not None:
        kept = np.full(len(kept), float(terms.fixed.value))
    if terms.factor is not None:
        kept = kept * float(terms.factor.value)
    if terms.least is not None:
        kept = np.maximum(kept, float(terms.least.value))
    kept = np.minimum(kept, min(float(terms.most.value), CEILING_S))
    window = float(terms.stale.max_age) if terms.stale.enabled else 0.0
    return kept, np.where(kept > 0, (kept + window) - kept, 0.0), _lead(kept, terms)


def _lead(kept: Seconds, terms: Terms) -> Seconds:
    rules = terms.prefetch
    window = np.minimum(float(rules.fraction) * kept + float(rules.left), kept)
    does = (kept >= float(rules.min_ttl)) & (window > 0) & rules.enabled
    return np.where(does, kept - (kept - window), -inf)
