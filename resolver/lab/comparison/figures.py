# SPDX-License-Identifier: ISC
"""What is told of one candidate: one table of figures, from which columns, CSV, JSON and assertions all come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from resolver.lab.comparison.latency import LatencyModel
from resolver.lab.replay.outcome import Kind
from resolver.lab.replay.replaying import Arm
from resolver.lab.replay.results import Tally


class Figure(NamedTuple):
    """One number: how it is headed, shown, reckoned, and what it means. `better` is +1 when more is, -1 when less."""

    head: str
    show: Callable[[float], str]
    of: Callable[[Tally, Arm, LatencyModel], float]
    about: str
    better: int = 0


def _percent(value: float) -> str:
    if value in (0.0, 1.0) or value != value:
        return "-" if value != value else "0" if value == 0.0 else "100%"
    return f"{value:.2%}" if 0 < value < 0.01 else f"{value:.1%}"


def _rate(value: float) -> str:
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def _seconds(value: float) -> str:
    return f"{value:,.0f} s" if value >= 10 else f"{value:.2g} s"


def _share(*kinds: Kind) -> Callable[[Tally, Arm, LatencyModel], float]:
    return lambda tally, arm, model: tally.share(*kinds)


def _percentile(share: float) -> Callable[[Tally, Arm, LatencyModel], float]:
    return lambda tally, arm, model: model.percentile(tally, _wait(arm), share)


def _wait(arm: Arm) -> float:
    return float(arm.policy.stale.client_timeout)


FIGURES: Final[Mapping[str, Figure]] = {
    "hit": Figure("HIT", _percent, lambda t, a, m: t.hit, "answered without waiting for a server", +1),
    "fresh": Figure("FRESH", _percent, _share(Kind.FRESH), "fresh from the cache, with data"),
    "negative": Figure("NEGATIVE", _percent, _share(Kind.NEGATIVE), "fresh from the cache, NXDOMAIN or NODATA"),
    "stale": Figure("STALE", _percent, _share(Kind.STALE, Kind.STALE_WAITED), "past its TTL (RFC 8767)"),
    "failure": Figure("FAILURE", _percent, _share(Kind.FAILURE), "a failure that is remembered (RFC 9520)"),
    "failed": Figure("FAILED", _percent, _share(Kind.FAILED), "asked for, and no answer"),
    "upstream": Figure("UPSTREAM/s", _rate, lambda t, a, m: t.upstream_per_s, "fetches a second", -1),
    "mean": Figure("MEAN", _milliseconds, lambda t, a, m: m.mean(t, _wait(a)), "mean wait of all questions", -1),
    "p50": Figure("P50", _milliseconds, _percentile(0.5), "half of all questions wait no longer"),
    "p95": Figure("P95", _milliseconds, _percentile(0.95), "95 % wait no longer"),
    "p99": Figure("P99", _milliseconds, _percentile(0.99), "99 % wait no longer"),
    "outdated": Figure("OUTDATED", _percent, lambda t, a, m: t.outdated, "answers that the owner had changed", -1),
    "outdated_s": Figure(
        "OUTDATED FOR",
        _seconds,
        lambda t, a, m: t.outdated_s / max(t.questions, 1),
        "for how long they had been, in the mean over all answers",
    ),
    "beyond": Figure("BEYOND TTL", _percent, lambda t, a, m: t.beyond, "answers older than the owner's TTL", -1),
    "served": Figure(
        "IN OUTAGE", _percent, lambda t, a, m: t.served_in_outage, "of questions in an outage, got data", +1
    ),
    "prefetches": Figure("PREFETCH/s", _rate, lambda t, a, m: t.prefetches / t.span_s, "fetches ahead of need"),
    "prefetch_used": Figure("USED", _percent, lambda t, a, m: t.prefetch_used, "prefetches that somebody needed"),
    "kept": Figure("KEPT", _seconds, lambda t, a, m: t.mean_kept_s, "mean life granted"),
    "published": Figure("PUBLISHED", _seconds, lambda t, a, m: t.mean_published_s, "mean TTL published"),
    "clairvoyant": Figure(
        "CLAIRVOYANT", _percent, lambda t, a, m: t.clairvoyant, "fresh hits of who knows the future, in that space"
    ),
    "evicted": Figure("EVICTED/s", _rate, lambda t, a, m: t.evicted / t.span_s, "entries that space took"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure over all seeds: the mean, and half the width of its 95 % interval (nan with one seed)."""

    mean: float
    half_width: float


def figures(tally: Tally, arm: Arm, model: LatencyModel) -> dict[str, float]:
    """All figures of one replay."""
    return {key: figure.of(tally, arm, model) for key, figure in FIGURES.items()}
