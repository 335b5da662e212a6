# SPDX-License-Identifier: ISC
"""Counters added up into what `resolver stats` shows."""

from __future__ import annotations

from resolver.control.statistics import statistics_line, statistics_view
from resolver.service.counters import ServiceCounters, Source
from resolver.telemetry.counters import Counters, Sample
from resolver.telemetry.sources import service_samples


def view():
    counters = Counters()
    counters.add("upstream_queries_total", ("udp", "ipv4", "answer"), 3)
    counters.add("upstream_queries_total", ("udp", "ipv4", "timeout"), 5)
    service = ServiceCounters()
    service.asked("udp", "ipv4", 1)
    service.asked("tcp", "ipv6", 65280)
    service.answered(0, Source.STALE, 0.1)
    service.answered(3, Source.MISS, 0.1)
    service.hit("success", "stale")
    service.hit("denial", "fresh")
    service.miss("cold")
    service.miss("expired")
    return statistics_view(
        [counters.samples, lambda: service_samples(service), lambda: [Sample("questions_in_flight", (), 2)]]
    )


def test_a_stale_hit_is_neither_a_fresh_hit_nor_a_miss():
    cache = view()["cache"]
    assert (cache["fresh_hits"], cache["stale_hits"], cache["misses"], cache["fresh_hit_ratio"]) == (
        1,
        1,
        2,
        0.25,
    )


def test_results_are_sorted_by_count():
    assert list(view()["upstream"]["results"].items()) == [("timeout", 5), ("answer", 3)]
    assert view()["upstream"]["queries"] == 8


def test_nothing_counted_is_no_ratio():
    assert statistics_view([])["cache"]["fresh_hit_ratio"] is None


def test_the_line_for_usr1_is_flat():
    line = statistics_line(view())
    assert line["questions"] == 2
    assert line["in_flight"] == 2
    assert all(not isinstance(value, (dict, list)) for value in line.values())
