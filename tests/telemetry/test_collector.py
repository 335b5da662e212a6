# SPDX-License-Identifier: ISC
"""What `/metrics` says, read back by prometheus-client's own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from resolver.events import (
    CutLearnt,
    Mismatch,
    QuestionEnded,
    ReplyDropped,
    TryEnded,
    TtlJudged,
    Verdict,
)
from resolver.telemetry.catalogue import CATALOGUE, PREFIX, Kind
from resolver.telemetry.collector import exposition
from resolver.telemetry.counters import Counters, Sample
from resolver.telemetry.listener import EventCounter

NAME = b"\x03www\x05alpha\x00"


def scrape(*sources):
    families = text_string_to_metric_families(exposition(sources).decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def value(samples, name, **labels):
    return samples[(PREFIX + name, tuple(sorted(labels.items())))]


def test_every_metric_of_the_catalogue_is_published_with_its_kind_and_help():
    families = {f.name: f for f in text_string_to_metric_families(exposition([]).decode())}
    for metric in CATALOGUE:
        family = families[PREFIX + metric.name.removesuffix("_total")]
        assert family.type == metric.kind.value
        assert family.documentation == metric.help


def test_events_become_counters():
    counters = Counters()
    count = EventCounter(counters)
    count(TryEnded(1.0, "192.0.2.1", "udp", b"\x00", NAME, 1, 0.012, Verdict.REFERRAL, 120))
    count(TryEnded(1.0, "2001:db8::1", "tcp", b"\x00", NAME, 1, 0.4, Verdict.TIMEOUT))
    count(ReplyDropped(1.0, "192.0.2.1", Mismatch.WRONG_ID))
    count(CutLearnt(1.0, b"\x00", 2, 4, 3600))
    samples = scrape(counters.samples)
    assert value(samples, "upstream_queries_total", proto="udp", family="ipv4", result="referral") == 1
    assert value(samples, "upstream_queries_total", proto="tcp", family="ipv6", result="timeout") == 1
    assert value(samples, "upstream_replies_dropped_total", reason="wrong_id") == 1
    assert value(samples, "upstream_received_bytes_total", proto="udp") == 120
    assert value(samples, "upstream_duration_seconds_count", proto="udp") == 1
    assert value(samples, "upstream_cuts_learnt_total") == 1


def test_the_work_of_a_question_is_a_histogram():
    counters = Counters()
    EventCounter(counters)(QuestionEnded(1.1, NAME, 1, "client", "NOERROR", 0.1, 3))
    samples = scrape(counters.samples)
    assert value(samples, "questions_total", why="client", outcome="NOERROR") == 1
    assert value(samples, "upstream_per_miss_bucket", why="client", le="3.0") == 1
    assert value(samples, "upstream_per_miss_bucket", why="client", le="2.0") == 0


def test_a_clamped_ttl_is_counted_under_its_bound_and_rule():
    counters = Counters()
    EventCounter(counters)(TtlJudged(1.0, NAME, 1, "positive", 172800, 86400, ("policy.max_ttl",)))
    samples = scrape(counters.samples)
    assert value(samples, "cache_ttl_clamped_total", bound="max", rule="policy.max_ttl") == 1
    assert value(samples, "cache_ttl_seconds_sum", which="published") == 172800
    assert value(samples, "cache_ttl_seconds_bucket", which="kept", le="86400.0") == 1


def test_equal_labels_of_two_sources_are_added_up():
    one = [Sample("cache_entries", ("nodata",), 2)]
    assert value(scrape(lambda: one, lambda: one), "cache_entries", type="nodata") == 4


def test_histogram_buckets_are_cumulative_and_end_in_the_count():
    counters = Counters()
    for seconds in (0.00005, 0.3, 1.8, 99):
        counters.observe("dns_request_duration_seconds", seconds, ("miss",))
    samples = scrape(counters.samples)
    assert value(samples, "dns_request_duration_seconds_bucket", source="miss", le="2.0") == 3
    assert value(samples, "dns_request_duration_seconds_bucket", source="miss", le="+Inf") == 4
    assert value(samples, "dns_request_duration_seconds_count", source="miss") == 4


def test_catalogue_names_follow_prometheus_conventions():
    assert len({m.name for m in CATALOGUE}) == len(CATALOGUE)
    for metric in CATALOGUE:
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
        assert bool(metric.buckets) == (metric.kind is Kind.HISTOGRAM)
        assert not {"name", "client", "qname"} & set(metric.labels)
