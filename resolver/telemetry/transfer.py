# SPDX-License-Identifier: ISC
"""Samples on their way from one process to another, and what is kept of a process that has ended. Counts nothing.

A counter must never go back because a worker died: Prometheus would take the sum's fall for a restart of everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from resolver.service.counters import Histogram
from resolver.telemetry.catalogue import BY_NAME, Kind
from resolver.telemetry.counters import Sample


class PackedSample(NamedTuple):
    """A sample as JSON holds it: a number, or the buckets of a histogram and their sum."""

    metric: str
    labels: tuple[str, ...]
    number: float
    buckets: tuple[int, ...] = ()


def pack_samples(samples: Iterable[Sample]) -> list[PackedSample]:
    """Return samples in the shape in which they travel."""
    return [
        PackedSample(metric, labels, value.total, tuple(value.counts))
        if isinstance(value, Histogram)
        else PackedSample(metric, labels, value)
        for metric, labels, value in samples
    ]


def unpack_samples(packed: Iterable[PackedSample]) -> list[Sample]:
    """Return what was packed; the edges of a histogram are those of the catalogue."""
    return [
        Sample(metric, labels, _histogram(metric, number, buckets) if buckets else number)
        for metric, labels, number, buckets in packed
    ]


def _histogram(metric: str, total: float, buckets: tuple[int, ...]) -> Histogram:
    histogram = Histogram(BY_NAME[metric].buckets)
    histogram.counts[:] = buckets
    histogram.total = total
    return histogram


class Kept:
    """What ended processes had counted, added up. What they held (gauges) ended with them."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, tuple[str, ...]], float] = {}
        self._histograms: dict[tuple[str, tuple[str, ...]], Histogram] = {}

    def keep(self, samples: Iterable[Sample]) -> None:
        """Add the last samples of one process."""
        for metric, labels, value in samples:
            key = metric, labels
            if isinstance(value, Histogram):
                sums = self._histograms.setdefault(key, Histogram(value.edges))
                sums.counts = [a + b for a, b in zip(sums.counts, value.counts, strict=True)]
                sums.total += value.total
            elif BY_NAME[metric].kind is Kind.COUNTER:
                self._numbers[key] = self._numbers.get(key, 0) + value

    def samples(self) -> Iterator[Sample]:
        """All of it."""
        for (metric, labels), number in self._numbers.items():
            yield Sample(metric, labels, number)
        for (metric, labels), histogram in self._histograms.items():
            yield Sample(metric, labels, histogram)
