# SPDX-License-Identifier: ISC
"""One figure of a report with its words and numbers; and how many curves become as few as can be told apart.

Values only: drawing is `lab.figures`', what is in a report `comparison_charts`' and `migration_charts`'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Final, NamedTuple

from resolver.lab.figures import Drawing, Line
from resolver.lab.migration.keeping import in_short

MOST_LINES: Final = 12  # what colours and strokes can keep apart
_ALIKE: Final = 0.006  # of the height of a figure: two strokes in one
_WIDEST_LABEL: Final = 46  # characters


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: `name` is its file's, `text` says what it shows and how that was found; `data` are its numbers."""

    name: str
    heading: str
    text: str
    drawings: tuple[Drawing, ...]
    data: Mapping[str, Any]


class Curve(NamedTuple):
    """A policy's curve before it is drawn."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    first: bool = False  # on the front: not left out where there is no room for all


def lines(curves: Iterable[Curve], height: Callable[[float], float] = float) -> tuple[tuple[Line, ...], str]:
    """Return the lines to draw, and a sentence on those there was no room for. Curves that look the same are one line.

    `height` is where a value is drawn, from 0 to 1.
    """
    groups: list[list[Curve]] = []
    for curve in curves:
        for group in groups:
            if _alike(group[0], curve, height):
                group.append(curve)
                break
        else:
            groups.append([curve])
    chosen = sorted(groups, key=lambda group: not any(curve.first for curve in group))[:MOST_LINES]
    shown = [group for group in groups if group in chosen]
    left = len(groups) - len(shown)
    return (
        tuple(Line(shortened(c.label for c in group), group[0].x, group[0].y) for group in shown),
        f" {left} more curves are in summary.json." if left else "",
    )


def _alike(one: Curve, other: Curve, height: Callable[[float], float]) -> bool:
    return (
        len(one.y) == len(other.y)
        and all(abs(a - b) <= 1e-9 * max(abs(a), 1.0) for a, b in zip(one.x, other.x, strict=True))
        and all(
            (isnan(a) and isnan(b)) or abs(height(a) - height(b)) <= _ALIKE
            for a, b in zip(one.y, other.y, strict=True)
        )
    )


def shortened(labels: Iterable[str]) -> str:
    """All labels in one, as many as there is room for and how many more."""
    names = in_short(labels).split(", ")
    text, kept = names[0], 1
    while kept < len(names) and len(text) + 2 + len(names[kept]) <= _WIDEST_LABEL:
        text += f", {names[kept]}"
        kept += 1
    return text if kept == len(names) else f"{text} and {len(names) - kept} more"
