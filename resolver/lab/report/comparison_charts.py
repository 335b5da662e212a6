# SPDX-License-Identifier: ISC
"""The figures of a comparison from what it counted: who is best at what, waits, and miss ratios by size and cap.

Nothing is replayed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, log10
from typing import Final

from resolver.lab.comparison.comparing import Comparison, Experiment
from resolver.lab.comparison.comparing import Line as Row
from resolver.lab.figures import Dot, Line, Panel, Scatter
from resolver.lab.missratio import Curves, Point
from resolver.lab.report.chart import Chart, Curve, lines, shortened
from resolver.units import Bytes, Seconds

_CLOSE: Final = 0.02  # of an axis: dots that share a label
_MARGIN: Final = 28  # characters of the labels beside it
_DECADES: Final = 4
_STEPS: Final = 40  # points a decade
_PERCENTILES: Final = (
    (1.0, "0"),
    (2.0, "50 %"),
    (10.0, "90 %"),
    (100.0, "99 %"),
    (1e3, "99.9 %"),
    (1e4, "99.99 %"),
)
_WAITS: Final = ((0.0, "0"), (0.01, "10 ms"), (0.1, "100 ms"), (1.0, "1 s"), (10.0, "10 s"))
_PRICES: Final = {
    "outdated": "answers that the owner had changed",
    "beyond": "answers older than their owner's TTL",
}
_FILLED: Final = (
    "Filled: no other is better in load, wait or price and worse in none of them (the star of the table)."
)


def title(row: Row) -> str:
    """The line's policy, and its cache where that has a limit."""
    if row.budget_bytes is None:
        return row.label
    return f"{row.label} ({Bytes(row.budget_bytes)} {row.eviction.name.lower()})"


def comparison_charts(experiment: Experiment, found: Comparison) -> Iterator[Chart]:
    """Yield the fronts and the waits."""
    price = found.objectives[-1]
    if any(row.figures[price].mean > 0 for row in found.lines):
        yield _front(found, "front-price", "Load and price", price, _PRICES[price])
    yield _front(found, "front-wait", "Load and wait", "mean", "mean wait of a client, ms", scale=1000.0)
    yield _waits(experiment, found)


def _front(found: Comparison, name: str, heading: str, figure: str, label: str, scale: float = 1.0) -> Chart:
    places = [
        Dot(title(row), row.figures["upstream"].mean, scale * row.figures[figure].mean, row.on_front)
        for row in found.lines
    ]
    drawing = Scatter(
        "", "fetches from upstream a second", label, tuple(_merged(places)), y_is_share=scale == 1.0
    )
    text = f"Every line of the table: less is better on both axes. {_FILLED}"
    data = {
        "figures": ["upstream", figure],
        "lines": [
            {"policy": title(row), "x": row.figures["upstream"].mean, "y": row.figures[figure].mean}
            for row in found.lines
        ],
    }
    return Chart(name, heading, text, (drawing,), data)


def _merged(dots: list[Dot]) -> Iterator[Dot]:
    """Dots on top of each other as one, with all their names."""
    wide = max(d.x for d in dots) - min(d.x for d in dots)
    high = max(d.y for d in dots)
    groups: list[list[Dot]] = []
    for dot in dots:
        for group in groups:
            first = group[0]
            near = abs(first.x - dot.x) <= _CLOSE * wide and abs(first.y - dot.y) <= _CLOSE * high
            if near and first.marked is dot.marked:
                group.append(dot)
                break
        else:
            groups.append([dot])
    for group in groups:
        yield Dot(shortened((d.label for d in group), _MARGIN), group[0].x, group[0].y, group[0].marked)


def _waits(experiment: Experiment, found: Comparison) -> Chart:
    shares = [1.0 - 10.0 ** (-number / _STEPS) for number in range(_DECADES * _STEPS + 1)]
    places = [1.0 / (1.0 - share) for share in shares]
    curves = []
    cells = experiment.cells()[: len(found.lines)]  # in the full world, of the first size alone
    for row, (_, arm), tally, model in zip(found.lines, cells, found.tallies, found.waits, strict=True):
        wait = float(arm.policy.stale.client_timeout)
        waits = [model.percentile(tally, wait, share) for share in shares]
        curves.append(Curve(title(row), places, waits, row.on_front))
    drawn, left = lines(curves, lambda wait: log10(max(wait, 0.001) / 0.001) / _DECADES)
    panel = Panel("", "share of questions answered within", "wait", drawn, _PERCENTILES, _WAITS)
    text = f"How long clients wait, the slowest spread out on the right: {found.latency}.{left}"
    told = range(0, len(shares), _STEPS // 4)
    data = {
        "share": [round(shares[at], 6) for at in told],
        "lines": [{"policy": c.label, "wait_s": [round(c.y[at], 6) for at in told]} for c in curves],
    }
    return Chart("waits", "Waits by percentile", text, (panel,), data)


def miss_ratio_chart(label: str, found: Curves) -> Chart:
    """Miss ratios by size of the cache and by cap on TTLs, with their intervals."""
    panels = (
        _miss_panel(found.by_size, "cache, MiB", [f"{point.at / (1 << 20):.3g}" for point in found.by_size]),
        _miss_panel(found.by_cap, "largest TTL kept", [str(Seconds(point.at)) for point in found.by_cap]),
    )
    data = {
        key: [{"at": p.at, "miss_ratio": p.miss_ratio, "half_width_95": p.half_width} for p in points]
        for key, points in (("by_size", found.by_size), ("by_cap", found.by_cap))
    }
    text = f"Under {label}, from {found.share:.0%} of the names (SHARDS); the band is the 95 % interval."
    return Chart("misses", "Misses by size and by cap", text, panels, {"policy": label, **data})


def _miss_panel(points: tuple[Point, ...], label: str, names: list[str]) -> Panel:
    low = [max(p.miss_ratio - p.half_width, 0.0) for p in points if not isnan(p.half_width)]
    high = [min(p.miss_ratio + p.half_width, 1.0) for p in points if not isnan(p.half_width)]
    line = Line("misses", [p.at for p in points], [p.miss_ratio for p in points], low, high)
    return Panel(
        "",
        label,
        "questions not in the cache",
        (line,),
        tuple(zip((p.at for p in points), names, strict=True)),
    )
