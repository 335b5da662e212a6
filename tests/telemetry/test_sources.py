# SPDX-License-Identifier: ISC
"""Numbers of other rooms as samples: every one of them is in the catalogue, with the right number of labels."""

from __future__ import annotations

from resolver.cache import CacheSettings, build, build_images
from resolver.events import nobody
from resolver.service.counters import ServiceCounters, Source
from resolver.telemetry.catalogue import BY_NAME
from resolver.telemetry.sources import cache_samples, service_samples

SIZE = 64 << 20


def all_samples():
    service = ServiceCounters()
    service.asked("udp", "ipv4", 1)
    service.answered(3, Source.MISS, 0.1)
    service.drop("short")
    service.hit("success", "fresh")
    service.miss("cold")
    service.notifies["acted"] = 1
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
