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
# Curves that look the same, in parts of the height of a figure: on the whole, and anywhere.
_ALIKE_ON_THE_WHOLE: Final = 0.008
_ALIKE_ANYWHERE: Final = 0.08
WIDEST_LABEL: Final = 46  # characters


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
    if list(one.x) != list(other.x):
        return False
    apart = [
        abs(height(a) - height(b)) for a, b in zip(one.y, other.y, strict=True) if not (isnan(a) or isnan(b))
    ]
    return max(apart, default=0.0) <= _ALIKE_ANYWHERE and sum(apart) <= _ALIKE_ON_THE_WHOLE * len(apart)


def shortened(labels: Iterable[str], widest: int = WIDEST_LABEL) -> str:
    """All labels in one, as many as go into `widest` characters, and how many more there are."""
    names = in_short(labels).split(", ")
    text, kept = names[0], 1
    while kept < len(names) and len(text) + 2 + len(names[kept]) <= widest:
        text += f", {names[kept]}"
        kept += 1
    return text if kept == len(names) else f"{text} and {len(names) - kept} more"
