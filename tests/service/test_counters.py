# SPDX-License-Identifier: ISC
"""Plain counts, under labels that no client can invent."""

from __future__ import annotations

from resolver.service.counters import Histogram, ServiceCounters, Source
from resolver.wire import Rtype


def test_types_outside_the_list_are_other() -> None:
    counters = ServiceCounters()
    for rtype in (Rtype.A, Rtype.HTTPS, 65280, 65281, 0):
        counters.asked("udp", "ipv4", rtype)
    assert counters.requests == {
        ("udp", "ipv4", "A"): 1,
        ("udp", "ipv4", "HTTPS"): 1,
        ("udp", "ipv4", "other"): 3,
    }


def test_a_response_counts_once_and_a_stale_one_is_neither_hit_nor_miss() -> None:
    counters = ServiceCounters()
    counters.answered(0, Source.STALE, 1.8)
    assert counters.responses == {(0, "stale"): 1}
    assert counters.served_stale == 1
    assert counters.cache_hits == {}


def test_every_question_to_the_cache_is_a_hit_or_a_miss() -> None:
    counters = ServiceCounters()
    counters.hit("success", "fresh")
    counters.hit("denial", "stale")
    counters.miss("cold")
    assert counters.cache_requests == sum(counters.cache_hits.values()) + sum(counters.cache_misses.values())


def test_buckets_are_inclusive_and_the_last_is_open() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.5, 9.0):
        histogram.observe(value)
    assert (histogram.counts, histogram.total) == ([2, 1, 1], 11.5)
