# SPDX-License-Identifier: ISC
"""Plain numbers: dicts of floats, arrays of buckets. No prometheus-client, no locks, no formatting.

A hot path pays a dict look-up and an addition; everything else happens when somebody asks (`collector`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from resolver.service.counters import Histogram
from resolver.telemetry.catalogue import CATALOGUE, Kind


class Sample(NamedTuple):
    """One number, or histogram, of a metric of the catalogue (name without prefix), read at scrape time."""

    metric: str
    labels: tuple[str, ...]
    value: float | Histogram


Source = Callable[[], Iterable[Sample]]


class Counters:
    """Every counter and histogram of the catalogue, by metric name and label values."""

    __slots__ = ("_histograms", "_numbers")

    def __init__(self) -> None:
        self._numbers: dict[str, dict[tuple[str, ...], float]] = {
            m.name: {} for m in CATALOGUE if m.kind is not Kind.HISTOGRAM
        }
        self._histograms: dict[str, tuple[tuple[float, ...], dict[tuple[str, ...], Histogram]]] = {
            m.name: (m.buckets, {}) for m in CATALOGUE if m.kind is Kind.HISTOGRAM
        }

    def add(self, metric: str, labels: tuple[str, ...] = (), count: float = 1) -> None:
        """Add to a counter. Raises KeyError for a metric that is not in the catalogue."""
        numbers = self._numbers[metric]
        numbers[labels] = numbers.get(labels, 0) + count

    def observe(self, metric: str, value: float, labels: tuple[str, ...] = ()) -> None:
        """Count an observation of a histogram. Raises KeyError for a metric that is not in the catalogue."""
        edges, histograms = self._histograms[metric]
        histogram = histograms.get(labels)
        if histogram is None:
            histogram = histograms[labels] = Histogram(edges)
        histogram.observe(value)

    def get(self, metric: str, labels: tuple[str, ...] = ()) -> float:
        """Return a counter's value, 0 when it was never touched."""
        return self._numbers[metric].get(labels, 0)

    def sum(self, metric: str) -> float:
        """Return a counter's value over all its labels."""
        return sum(self._numbers[metric].values())

    def samples(self) -> Iterable[Sample]:
        """Everything counted so far."""
        for metric, numbers in self._numbers.items():
            for labels, value in numbers.items():
                yield Sample(metric, labels, value)
        for metric, (_, histograms) in self._histograms.items():
            for labels, histogram in histograms.items():
                yield Sample(metric, labels, histogram)
