# SPDX-License-Identifier: ISC
"""Plain counts, under labels that no client can invent."""

from __future__ import annotations

from resolver.service.counters import TTL_EDGES, Histogram, ImageKind, ServiceCounters, Source
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


def test_hits_on_images_count_as_what_they_are_once_they_are_settled() -> None:
    counters = ServiceCounters()
    kind = ImageKind("udp", "ipv4", int(Rtype.A), 0, "success", Source.HIT)
    counters.account(kind).add(3, left=20.0, age=40.0)
    counters.account(kind).add(2, left=300.0 + 1e-7, age=0.0)
    assert counters.cache_requests == 0
    counters.settle()
    counters.settle()
    assert counters.cache_requests == 5
    assert counters.requests == {("udp", "ipv4", "A"): 5}
    assert counters.cache_hits == {("success", "fresh"): 5}
    assert counters.responses == {(0, Source.HIT): 5}


def test_ttls_at_hit_weigh_as_much_as_the_hits_on_them() -> None:
    counters = ServiceCounters()
    account = counters.account(ImageKind("udp", "ipv4", int(Rtype.A), 0, "success", Source.HIT))
    account.add(3, left=20.0, age=40.0)
    account.add(2, left=300.0 + 1e-7, age=0.0)  # the difference of two instants
    counters.fresh(left=20.0, age=7.0)
    at = {edge: counters.at_hit.counts[index] for index, edge in enumerate(TTL_EDGES)}
    assert (at[30], at[300], at[600]) == (4, 2, 0)
    assert counters.age_at_hit.counts[:4] == [2, 0, 1, 3]
    assert round(counters.at_hit.total) == 3 * 20 + 2 * 300 + 20
