# SPDX-License-Identifier: ISC
"""Numbers of other rooms as samples: every one of them is in the catalogue, with the right number of labels."""

from __future__ import annotations

from resolver.cache import CacheSettings, build, build_images
from resolver.events import nobody
from resolver.policy import Policy
from resolver.service.counters import ServiceCounters, Source
from resolver.service.shadows.tallies import Judged, Tally
from resolver.telemetry.catalogue import BY_NAME
from resolver.telemetry.sources import cache_samples, service_samples, shadow_samples
from tests.service.shadows.hour import Hour

SIZE = 64 << 20


def all_samples():
    service = ServiceCounters()
    service.asked("udp", "ipv4", 1)
    service.answered(3, Source.MISS, 0.1)
    service.drop("short")
    service.hit("success", "fresh")
    service.miss("cold")
    service.notifies["acted"] = 1
    service.judged = (Judged("bind", "shadow", 0.25, tuple(Tally() for _ in range(16))),)
    settings = CacheSettings(size=SIZE)
    caches = build(settings, nobody)
    caches.versions.count("lived_on")
    images = build_images(settings, caches.records)
    return [*service_samples(service), *cache_samples(caches, images, SIZE)]


def test_every_sample_fits_the_catalogue():
    for sample in all_samples():
        assert len(sample.labels) == len(BY_NAME[sample.metric].labels), sample


def test_the_budgets_of_all_caches_are_the_size_configured():
    budgets = {s.labels[0]: s.value for s in all_samples() if s.metric == "cache_budget_bytes"}
    held = {s.labels[0] for s in all_samples() if s.metric == "cache_size_bytes"}
    assert sum(budgets.values()) == SIZE
    assert set(budgets) == held


def test_rcodes_are_labels_by_name():
    assert ("NXDOMAIN", "miss") in [s.labels for s in all_samples() if s.metric == "dns_responses_total"]


def test_what_policies_did_is_scaled_up_to_all_names():
    service = ServiceCounters()
    service.judged = (Judged("bind", "shadow", 0.25, tuple(Tally() for _ in range(16))),)
    service.judged[0].tallies[3].requests = 5
    service.judged[0].tallies[4].stale = 2
    found = {(s.metric, s.labels): s.value for s in service_samples(service)}
    assert found["policy_requests_total", ("bind", "shadow")] == 20
    assert found["policy_hits_total", ("bind", "shadow", "stale")] == 8


def test_rows_of_shadows_are_counted_like_any_cache():
    assert list(shadow_samples(None)) == []
    shadows = Hour(Policy()).service.shadows
    found = {(s.metric, s.labels[0]): s.value for s in shadow_samples(shadows)}
    assert found["cache_budget_bytes", "shadows"] == 64 << 20
    assert found["cache_size_bytes", "shadows"] == found["cache_entries", "shadows"] == 0
