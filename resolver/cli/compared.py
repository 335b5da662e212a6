# SPDX-License-Identifier: ISC
"""A comparison on the screen, as JSON and as CSV. What the figures are and how each is shown, the lab says."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from math import isnan
from typing import IO, TYPE_CHECKING, Any, Final

from resolver.cli.output import paint, table
from resolver.units import Bytes

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Comparison, Line
    from resolver.lab.comparison.figures import Measured

_COLUMNS: Final = (
    "hit", "negative", "stale", "failed", "upstream", "mean", "p95", "p99", "outdated", "outdated_s", "beyond",
    "served", "prefetch_used", "clairvoyant",
)  # fmt: skip


def write_csv(found: Comparison, out: IO[str]) -> None:
    """Write the lines as CSV."""
    csv.writer(out).writerows(csv_rows(found))


def screen(found: Comparison) -> Iterator[str]:
    """The table and what must be known to read it, line by line."""
    head, *body = table(cells(found)).splitlines()
    yield paint(head, bold=True)
    yield from body
    yield ""
    yield from notes(found)


def cells(found: Comparison) -> list[list[str]]:
    """The table, head first: star, policy, cache where one has a limit, and the figures that say something."""
    from resolver.lab.comparison.figures import FIGURES

    shown = [key for key in _COLUMNS if _says_something([line.figures[key] for line in found.lines])]
    limited = any(line.budget_bytes is not None for line in found.lines)
    rows: list[list[str]] = [
        ["", "POLICY", *(["CACHE"] if limited else []), *(FIGURES[key].head for key in shown)]
    ]
    for line in found.lines:
        figures = [_cell(line.figures[key], FIGURES[key].show) for key in shown]
        rows.append(
            ["*" if line.on_front else "", line.label, *([_cache(line)] if limited else []), *figures]
        )
    return rows


def notes(found: Comparison) -> Iterator[str]:
    """What must be known to read the table."""
    from resolver.lab.comparison.figures import FIGURES

    seeds = (
        f"seed {found.seeds[0]}"
        if len(found.seeds) == 1
        else f"seeds {found.seeds[0]}-{found.seeds[-1]}, ± 95 %"
    )
    yield f"{found.about}"
    yield f"{found.questions:,} questions ({seeds}), {found.rrsets:,} RRsets, from an empty cache"
    yield f"ceiling: {found.ceiling:.1%} hits were every RRset fetched just once; latency: {found.latency}"
    if found.ttl_sources["told"] < 1:
        parts = ", ".join(f"{share:.1%} {kind}" for kind, share in found.ttl_sources.items())
        yield f"TTLs: {parts}"
    respects = ", ".join(FIGURES[key].head.lower() for key in found.objectives)
    yield f"* no other is better in one of these and worse in none: {respects}"
    if len(found.seeds) == 1 and found.about.startswith("zipf:"):
        yield "one seed: no interval; --seeds 20 gives one"


def _says_something(values: Sequence[Measured]) -> bool:
    return any(value.mean != 0 and not isnan(value.mean) for value in values)


def _cell(value: Measured, show: Callable[[float], str]) -> str:
    text = show(value.mean)
    if isnan(value.half_width) or value.mean == 0:
        return text
    return f"{text} ±{show(value.half_width)}"


def _cache(line: Line) -> str:
    return (
        "no limit"
        if line.budget_bytes is None
        else f"{Bytes(line.budget_bytes)} {line.eviction.name.lower()}"
    )


def as_json(found: Comparison) -> dict[str, Any]:
    """The whole comparison as one JSON document; shares are parts of one, times are in seconds."""
    return {
        "schema": 1,
        "trace": found.about,
        "seeds": list(found.seeds),
        "questions": found.questions,
        "rrsets": found.rrsets,
        "ttl_sources": dict(found.ttl_sources),
        "ceiling": found.ceiling,
        "latency_model": found.latency,
        "front_by": list(found.objectives),
        "lines": [
            {
                "policy": line.label,
                "cache_bytes": line.budget_bytes,
                "eviction": None if line.budget_bytes is None else line.eviction.name.lower(),
                "on_front": line.on_front,
                "figures": {
                    key: {"mean": _number(value.mean), "half_width_95": _number(value.half_width)}
                    for key, value in line.figures.items()
                },
            }
            for line in found.lines
        ],
    }


def csv_rows(found: Comparison) -> Iterator[list[object]]:
    """The lines as CSV: a head, then one row a line; after each figure, half the width of its 95 % interval."""
    keys = list(found.lines[0].figures)
    yield [
        "policy",
        "cache_bytes",
        "eviction",
        "on_front",
        *(part for key in keys for part in (key, f"{key}_95")),
    ]
    for line in found.lines:
        numbers = [part for key in keys for part in (line.figures[key].mean, line.figures[key].half_width)]
        eviction = "" if line.budget_bytes is None else line.eviction.name.lower()
        size = "" if line.budget_bytes is None else line.budget_bytes
        yield [line.label, size, eviction, int(line.on_front), *("" if isnan(n) else n for n in numbers)]


def _number(value: float) -> float | None:
    return None if isnan(value) else value
