# SPDX-License-Identifier: ISC
"""What clients wait, by a named model: a replay says how each question was answered, the model how long that takes.

The distribution is a mixture, so percentiles are computed and not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

from resolver.lab.replay.outcome import Kind
from resolver.lab.replay.results import Tally

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class LatencyModel:
    """Seconds: nothing for what the cache answers, a log-normal for misses, a fixed time for failed ones.

    The mean of a miss, 130 ms, is Google Public DNS's published figure; `sigma` is that of the logarithm and assumed
    (median 79 ms, 95th percentile 408 ms). A failed miss is told at the server's deadline, `upstream.deadline`.
    """

    miss_mean_s: float = 0.130
    sigma: float = 1.0
    failed_s: float = 4.5

    @property
    def about(self) -> str:
        """The model in one line."""
        return (
            f"hit 0, miss log-normal with mean {self.miss_mean_s * 1000:g} ms and sigma {self.sigma:g}, "
            f"failure {self.failed_s:g} s, stale after its wait"
        )

    def mean(self, tally: Tally, stale_wait_s: float) -> float:
        """The mean wait of all questions, in seconds."""
        missed, failed, waited = _shares(tally)
        return missed * self.miss_mean_s + failed * self.failed_s + waited * stale_wait_s

    def percentile(self, tally: Tally, stale_wait_s: float, share: float) -> float:
        """The wait that `share` of all questions stay within, in seconds."""
        missed, failed, waited = _shares(tally)
        atoms = sorted(
            ((0.0, 1.0 - missed - failed - waited), (stale_wait_s, waited), (self.failed_s, failed))
        )
        median = self.miss_mean_s * exp(-(self.sigma**2) / 2)
        below = 0.0
        for at, weight in atoms:
            # Within the log-normal before this atom?
            before = below + (missed * _NORMAL.cdf(log(at / median) / self.sigma) if at > 0 else 0.0)
            if share <= before and missed > 0:
                break
            if share <= before + weight:
                return at
            below += weight
        inside = min(max((share - below) / missed, 1e-12), 1 - 1e-12) if missed > 0 else 0.0
        return median * exp(self.sigma * _NORMAL.inv_cdf(inside)) if missed > 0 else atoms[-1][0]


def _shares(tally: Tally) -> Sequence[float]:
    return [tally.share(kind) for kind in (Kind.ANSWERED, Kind.FAILED, Kind.STALE_WAITED)]
