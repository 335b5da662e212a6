# SPDX-License-Identifier: ISC
"""What a replay counted, and the shares that follow from it. Plain sums: no policy and no estimate lives here."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from resolver.lab.replay import outcome as out
from resolver.lab.replay.outcome import Kind
from resolver.lab.replay.step import KEPT_S, OUTDATED_S, PUBLISHED_S, STORES

_CODES = np.arange(out.OUTCOMES)
_KINDS = _CODES & out.KIND_BITS
_SERVED = np.isin(_KINDS, [Kind.FRESH, Kind.NEGATIVE, Kind.STALE, Kind.STALE_WAITED])


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters of outcomes and sums (see `step`), over `span_s` seconds; shares are of all questions counted.

    `clairvoyant` is the share of fresh hits of who knows the future, in the same space; nan where nobody reckoned it.
    """

    counts: NDArray[np.int64]
    sums: NDArray[np.float64]
    evicted: int
    span_s: float
    rrsets: int
    clairvoyant: float = nan

    @property
    def questions(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    def count(self, *kinds: Kind, having: int = 0) -> int:
        """How many outcomes are of these kinds (of any, without) and have all bits of `having`."""
        wanted = (_CODES & having) == having
        if kinds:
            wanted &= np.isin(_KINDS, kinds)
        return int(self.counts[wanted].sum())

    def share(self, *kinds: Kind, having: int = 0) -> float:
        """The same as a part of all questions."""
        return self.count(*kinds, having=having) / max(self.questions, 1)

    @property
    def hit(self) -> float:
        """Answered without waiting for a server, from data or from a remembered failure: all but misses."""
        return self.share(Kind.FRESH, Kind.NEGATIVE, Kind.FAILURE, Kind.STALE)

    @property
    def data_hit(self) -> float:
        """Answered fresh from cached data, positive or negative: what the models call a hit."""
        return self.share(Kind.FRESH, Kind.NEGATIVE)

    @property
    def queries(self) -> int:
        """Fetches from upstream: misses, prefetches and refreshes."""
        return self.count(having=out.QUERIED)

    @property
    def upstream_per_s(self) -> float:
        """Fetches a second."""
        return self.queries / self.span_s if self.span_s else 0.0

    @property
    def prefetches(self) -> int:
        """Fetches that a fresh hit began."""
        return self.count(Kind.FRESH, Kind.NEGATIVE, having=out.QUERIED)

    @property
    def prefetch_used(self) -> float:
        """The share of prefetches whose life somebody needed after the one before it had ended."""
        return self.count(having=out.PREFETCH_USED) / max(self.prefetches, 1)

    @property
    def outdated(self) -> float:
        """The share of all answers that the owner had changed by then."""
        return self.share(having=out.OUTDATED)

    @property
    def outdated_per_hit(self) -> float:
        """The same, of the answers served from cached data."""
        served = int(self.counts[_SERVED].sum())
        return self.count(having=out.OUTDATED) / max(served, 1)

    @property
    def outdated_s(self) -> float:
        """How long before each outdated answer the data had changed, in seconds, summed over them."""
        return float(self.sums[OUTDATED_S])

    @property
    def beyond(self) -> float:
        """The share of all answers whose data were older than the TTL that their owner published."""
        return self.share(having=out.BEYOND)

    @property
    def beyond_per_hit(self) -> float:
        """The same, of the answers served from cached data."""
        served = int(self.counts[_SERVED].sum())
        return self.count(having=out.BEYOND) / max(served, 1)

    @property
    def served_in_outage(self) -> float:
        """Of the questions whose servers were silent or failing then, the share that got data; nan without any."""
        during = (_CODES & out.OUTAGE) > 0
        asked = int(self.counts[during].sum())
        return int(self.counts[during & _SERVED].sum()) / asked if asked else nan

    @property
    def mean_kept_s(self) -> float:
        """The mean life granted to what was fetched and kept."""
        return float(self.sums[KEPT_S]) / max(float(self.sums[STORES]), 1.0)

    @property
    def mean_published_s(self) -> float:
        """The mean TTL published for the same."""
        return float(self.sums[PUBLISHED_S]) / max(float(self.sums[STORES]), 1.0)
