# SPDX-License-Identifier: ISC
"""What other rooms counted for themselves, as samples of the catalogue. Reads their numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Final

from resolver.cache import Caches, ImageCache
from resolver.cache.budget import shares
from resolver.service.counters import ServiceCounters
from resolver.service.shadows.book import Shadows
from resolver.service.shadows.tallies import Judged
from resolver.telemetry.counters import Sample
from resolver.wire.codes import rcode_to_text

_STATES: Final = ("fresh", "negative", "stale", "failure")  # what a hit of a policy was


def service_samples(counters: ServiceCounters) -> Iterator[Sample]:
    """Questions and answers, hits and misses, and what was counted of policies."""
    counters.settle()
    for request, count in counters.requests.items():
        yield Sample("dns_requests_total", request, count)
    for (rcode, source), count in counters.responses.items():
        yield Sample("dns_responses_total", (rcode_to_text(rcode), source), count)
    for source, histogram in counters.durations.items():
        yield Sample("dns_request_duration_seconds", (source,), histogram)
    yield from _by_one("dns_requests_dropped_total", counters.dropped)
    yield from _by_one("notifies_total", counters.notifies)
    yield from _by_one("client_cookies_total", counters.cookies)
    yield Sample("cache_requests_total", (), counters.cache_requests)
    for hit, count in counters.cache_hits.items():
        yield Sample("cache_hits_total", hit, count)
    yield from _by_one("cache_misses_total", counters.cache_misses)
    yield from _by_one("cache_prefetch_total", counters.prefetch)
    yield Sample("cache_served_stale_total", (), counters.served_stale)
    yield from _by_one("rebinding_filtered_total", counters.withheld)
    yield Sample("cache_ttl_seconds", ("at_hit",), counters.at_hit)
    yield Sample("cache_ttl_seconds", ("age_at_hit",), counters.age_at_hit)

    for judged in counters.judged:
        yield from _policy_samples(judged)


def _policy_samples(judged: Judged) -> Iterator[Sample]:
    """What one policy did or would have done, scaled up from the sample to all names."""
    who = judged.name, judged.mode
    for state in _STATES:
        yield Sample("policy_hits_total", (*who, state), judged.total(state) / judged.part)
    for metric, field in (
        ("policy_requests_total", "requests"),
        ("policy_upstream_total", "upstream"),
        ("policy_outdated_total", "outdated"),
        ("policy_outdated_seconds_total", "outdated_seconds"),
        ("policy_beyond_ttl_total", "beyond_ttl"),
    ):
        yield Sample(metric, who, judged.total(field) / judged.part)


def shadow_samples(shadows: Shadows | None) -> Iterator[Sample]:
    """Rows and bytes of what the shadows remember."""
    if shadows is not None:
        yield Sample("cache_entries", ("shadows",), len(shadows.table))
        yield Sample("cache_size_bytes", ("shadows",), shadows.table.size_bytes)
        yield Sample("cache_budget_bytes", ("shadows",), shadows.table.budget_bytes)


def _by_one(metric: str, numbers: Mapping[str, int]) -> Iterator[Sample]:
    for label, count in numbers.items():
        yield Sample(metric, (label,), count)


def cache_samples(caches: Caches, images: ImageCache, size: int) -> Iterator[Sample]:
    """Entries and bytes of every cache; `size` is `cache.size` in bytes."""
    yield from _by_one("cache_revalidations_total", caches.versions.counts)
    for kind, count in caches.records.counts().items():
        yield Sample("cache_entries", (kind.value,), count)
    for name, cache in (
        ("delegations", caches.delegations),
        ("failures", caches.failures),
        ("servers", caches.servers),
        ("images", images),
    ):
        yield Sample("cache_entries", (name,), len(cache))
        yield Sample("cache_size_bytes", (name,), cache.size_bytes)
    yield Sample("cache_size_bytes", ("records",), caches.records.size_bytes)
    yield Sample("cache_size_bytes", ("lives",), caches.records.lives.size_bytes)
    for name, most in asdict(shares(size)).items():
        yield Sample("cache_budget_bytes", (name,), most)
