# SPDX-License-Identifier: ISC
"""What a load came to: the figures of dnsperf, and what else can be read off them. Values and judgements; no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from resolver.lab.load.latency import Latencies
from resolver.wire.codes import rcode_to_text

_BUSY: Final = 0.9  # of one processor: from here on it is the generator that is measured
_LATE: Final = 0.05  # seconds behind the pace, with room in the window, that are the generator's own fault
_HELD: Final = 0.05  # share of the time in which the window was full: the server did not keep the pace
_QUANTILES: Final = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999))


@dataclass(slots=True)
class Slice:
    """One second of it: what was due and sent, what was answered and given up in it."""

    second: int
    due: float = 0.0
    sent: int = 0
    answered: int = 0
    lost: int = 0
    latencies: Latencies = field(default_factory=Latencies)

    def view(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "second": self.second,
            "due": round(self.due),
            "sent": self.sent,
            "answered": self.answered,
            "lost": self.lost,
            "p50": round(self.latencies.quantile(0.5), 6),
            "p99": round(self.latencies.quantile(0.99), 6),
        }


@dataclass(slots=True)
class Outcome:
    """The account of one load. Durations in seconds; `seconds` is from the first question to the last answer."""

    transport: str
    paced: bool
    sent: int = 0
    answered: int = 0
    lost: int = 0
    seconds: float = 0.0
    octets_in: int = 0
    truncated: int = 0
    rcodes: Counter[int] = field(default_factory=Counter)
    latencies: Latencies = field(default_factory=Latencies)
    slices: list[Slice] = field(default_factory=list)
    cpu_s: float = 0.0
    late_s: float = 0.0
    window_full_s: float = 0.0
    dropped: int = 0
    strange: int = 0
    unreachable: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def kept_up_to(self) -> float:
        """The most questions due in a second of which all but one in a hundred were sent and answered."""
        good = (s.due for s in self.slices if s.sent >= 0.99 * s.due and s.answered >= 0.99 * s.sent)
        return max(good, default=0.0)

    def held_back_by(self) -> Iterator[str]:
        """Say who set the limit, where it was not the server alone."""
        share = self.cpu_s / self.seconds if self.seconds else 0.0
        if share >= _BUSY:
            yield f"the generator: it used {share:.0%} of a processor; run several, or ask for less"
        elif self.paced and self.late_s > _LATE:
            yield f"the generator: it fell {self.late_s * 1000:.0f} ms behind its pace; the machine has no time for it"
        if self.dropped:
            yield f"the generator: the kernel dropped {self.dropped} answers that it did not read in time"
        if self.paced and self.seconds and self.window_full_s > _HELD * self.seconds:
            full = self.window_full_s / self.seconds
            yield f"the server: the window of questions in flight was full for {full:.0%} of the time"

    def view(self) -> dict[str, Any]:
        """As JSON."""
        modes = self.latencies.modes() if self.latencies.count else None
        return {
            "transport": self.transport,
            "sent": self.sent,
            "answered": self.answered,
            "lost": self.lost,
            "lost_share": round(self.lost / self.sent, 6) if self.sent else 0.0,
            "seconds": round(self.seconds, 6),
            "rate": round(self.rate, 1),
            "rcodes": {rcode_to_text(code): count for code, count in self.rcodes.most_common()},
            "truncated": self.truncated,
            "answer_octets": round(self.octets_in / self.answered, 1) if self.answered else 0.0,
            "latency": self._latency(),
            "modes": None
            if modes is None
            else {
                "threshold": round(modes.threshold_s, 6),
                "fast_share": round(modes.fast_share, 6),
                "fast_median": round(modes.fast_median_s, 6),
                "slow_median": round(modes.slow_median_s, 6),
            },
            "kept_up_to": round(self.kept_up_to, 1),
            "generator": {"cpu": round(self.cpu_s, 3), "late": round(self.late_s, 6)},
            "held_back_by": list(self.held_back_by()),
            "strange": self.strange,
            "unreachable": self.unreachable,
            "seconds_apart": [one.view() for one in self.slices],
        }

    def _latency(self) -> dict[str, float]:
        latencies = self.latencies
        least = latencies.least_s if latencies.count else 0.0
        ends = {"min": least, "mean": latencies.mean_s, "max": latencies.greatest_s}
        found = ends | {name: latencies.quantile(share) for name, share in _QUANTILES}
        return {name: round(seconds, 6) for name, seconds in found.items()}
