# SPDX-License-Identifier: ISC
"""From plain counters to Prometheus text, at scrape time alone. Nothing is counted here.

One custom collector instead of prometheus-client's own counters: an `inc` with `.labels()` costs over a
microsecond, a dict addition a tenth of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from resolver.service.counters import Histogram
from resolver.telemetry.catalogue import CATALOGUE, PREFIX, Kind, Metric
from resolver.telemetry.counters import Sample, Source


class CatalogueCollector(Collector):
    """Publishes the samples of all `sources`; equal labels of one metric are added up."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Family]:
        """Yield one family per metric of the catalogue, in its order, also when it has no samples yet."""
        by_metric: dict[str, list[Sample]] = {metric.name: [] for metric in CATALOGUE}
        for source in self._sources:
            for sample in source():
                by_metric[sample.metric].append(sample)
        for metric in CATALOGUE:
            yield _family(metric, by_metric[metric.name])


def exposition(sources: Sequence[Source]) -> bytes:
    """Return the text that `/metrics` serves (Prometheus text format 0.0.4)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CatalogueCollector(sources))
    return generate_latest(registry)


def _family(metric: Metric, samples: Iterable[Sample]) -> Family:
    name = PREFIX + metric.name
    if metric.kind is Kind.HISTOGRAM:
        histograms = HistogramMetricFamily(name, metric.help, labels=metric.labels)
        for labels, histogram in _merged(samples).items():
            histograms.add_metric(labels, _cumulative(histogram), histogram.total)
        return histograms
    numbers: dict[tuple[str, ...], float] = {}
    for sample in samples:
        if not isinstance(sample.value, Histogram):
            numbers[sample.labels] = numbers.get(sample.labels, 0) + sample.value
    if not numbers and not metric.labels:
        numbers[()] = 0
    family = (CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily)(
        name, metric.help, labels=metric.labels
    )
    for labels, value in numbers.items():
        family.add_metric(labels, value)
    return family


def _merged(samples: Iterable[Sample]) -> dict[tuple[str, ...], Histogram]:
    merged: dict[tuple[str, ...], Histogram] = {}
    for sample in samples:
        if isinstance(sample.value, Histogram):
            known = merged.get(sample.labels)
            merged[sample.labels] = sample.value if known is None else _sum(known, sample.value)
    return merged


def _sum(one: Histogram, other: Histogram) -> Histogram:
    both = Histogram(one.edges)
    both.counts = [a + b for a, b in zip(one.counts, other.counts, strict=True)]
    both.total = one.total + other.total
    return both


def _cumulative(histogram: Histogram) -> list[tuple[str, float]]:
    """Bucket edges as text with the number of observations at or below each."""
    running, buckets = 0, []
    for edge, count in zip((*histogram.edges, float("inf")), histogram.counts, strict=True):
        running += count
        buckets.append(("+Inf" if edge == float("inf") else repr(float(edge)), float(running)))
    return buckets
