# SPDX-License-Identifier: ISC
"""Counts survive the way to the supervisor, and the end of the process that counted them."""

from __future__ import annotations

import msgspec

from resolver.service.counters import Histogram
from resolver.telemetry.catalogue import CATALOGUE, Kind
from resolver.telemetry.collector import exposition
from resolver.telemetry.counters import Counters, Sample
from resolver.telemetry.transfer import Kept, PackedSample, pack_samples, unpack_samples


def one_of_each():
    """Every metric of the catalogue, once."""
    counters = Counters()
    for metric in CATALOGUE:
        labels = metric.labels
        if metric.kind is Kind.HISTOGRAM:
            counters.observe(metric.name, metric.buckets[1], labels)
            counters.observe(metric.name, 1e9, labels)
        else:
            counters.add(metric.name, labels, 3.5)
    return list(counters.samples())


def test_every_metric_arrives_as_it_was_sent():
    sent = msgspec.json.encode(pack_samples(one_of_each()))
    arrived = unpack_samples(msgspec.json.decode(sent, type=list[PackedSample]))
    assert exposition([lambda: arrived]) == exposition([one_of_each])


def test_what_ended_processes_counted_adds_up_and_what_they_held_is_gone():
    kept = Kept()
    kept.keep(one_of_each())
    kept.keep(one_of_each())
    gauges = {metric.name for metric in CATALOGUE if metric.kind is Kind.GAUGE}
    assert not gauges & {sample.metric for sample in kept.samples()}

    def twice():
        return [sample for sample in [*one_of_each(), *one_of_each()] if sample.metric not in gauges]

    assert exposition([kept.samples]) == exposition([twice])


def test_what_is_kept_is_not_the_living_one_s():
    living = Histogram()
    kept = Kept()
    kept.keep([Sample("dns_request_duration_seconds", ("hit",), living)])
    living.observe(0.1)
    (sample,) = kept.samples()
    assert sum(sample.value.counts) == 0
