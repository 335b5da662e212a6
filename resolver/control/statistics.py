# SPDX-License-Identifier: ISC
"""The counters as one small JSON object, for `resolver stats` and the status page. /metrics has all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from resolver.telemetry.counters import Sample, Source

View = dict[str, Any]


def statistics_view(sources: Sequence[Source]) -> View:
    """Add the sources up: questions, where answers came from, what the cache did, what was asked upstream."""
    samples = [sample for source in sources for sample in source()]
    hits, misses = _by(samples, "cache_hits_total", 1), _total(samples, "cache_misses_total")
    fresh = hits.get("fresh", 0)
    looked = fresh + hits.get("stale", 0) + misses
    return {
        "questions": _total(samples, "dns_requests_total"),
        "answers": _by(samples, "dns_responses_total", 1),
        "rcodes": _by(samples, "dns_responses_total", 0),
        "dropped": _total(samples, "dns_requests_dropped_total"),
        "cache": {
            "fresh_hits": fresh,
            "stale_hits": hits.get("stale", 0),
            "misses": misses,
            "fresh_hit_ratio": round(fresh / looked, 4) if looked else None,
            "misses_by_cause": _by(samples, "cache_misses_total", 0),
            "evictions": _by(samples, "cache_evictions_total", 1),
            "prefetches": _by(samples, "cache_prefetch_total", 0),
        },
        "upstream": {
            "queries": _total(samples, "upstream_queries_total"),
            "results": _by(samples, "upstream_queries_total", 2),
            "dropped_replies": _total(samples, "upstream_replies_dropped_total"),
        },
        "in_flight": _total(samples, "questions_in_flight"),
        "limits_hit": _by(samples, "limits_hit_total", 0),
        "notifies": _by(samples, "notifies_total", 0),
        "crashes": _total(samples, "crashes_total"),
    }


def statistics_line(view: View) -> dict[str, object]:
    """The fields of the one line that USR1 asks for."""
    cache, upstream = view["cache"], view["upstream"]
    return {
        "questions": view["questions"],
        "fresh_hits": cache["fresh_hits"],
        "stale_hits": cache["stale_hits"],
        "misses": cache["misses"],
        "upstream_queries": upstream["queries"],
        "in_flight": view["in_flight"],
        "crashes": view["crashes"],
    }


def _total(samples: Iterable[Sample], metric: str) -> int:
    return int(sum(s.value for s in samples if s.metric == metric and isinstance(s.value, (int, float))))


def _by(samples: Iterable[Sample], metric: str, label: int) -> dict[str, int]:
    """The values of one metric by one of its labels, largest first."""
    sums: dict[str, int] = {}
    for sample in samples:
        if sample.metric == metric and isinstance(sample.value, (int, float)):
            key = sample.labels[label]
            sums[key] = sums.get(key, 0) + int(sample.value)
    return {key: sums[key] for key in sorted(sums, key=lambda key: -sums[key]) if sums[key]}
