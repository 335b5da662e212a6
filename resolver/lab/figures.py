# SPDX-License-Identifier: ISC
"""Figures of the laboratory: PNG, SVG or PDF by matplotlib, which is imported when one is drawn.

Numbers come in finished; nothing is computed here. Colours are Okabe and Ito's, told apart by the colour-blind too, and
lines differ in their strokes as well: a grey print can be read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from resolver.errors import ResolverError

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
STYLES: Final = ("-", "--", "-.", ":")
SUFFIXES: Final = (".png", ".svg", ".pdf")
# Stands for the colour of text while a page's figure is drawn; the page's own takes its place.
_INK: Final = "#010203"
_MARGIN: Final = 0.07  # around dots, as a part of the axes
_LEADER: Final = {  # from the left end of a label to its dot
    "arrowstyle": "-", "color": "#7F7F7F", "alpha": 0.6, "linewidth": 0.7,
    "relpos": (0, 0.5), "shrinkA": 0, "shrinkB": 4,
}  # fmt: skip
_LABEL_HEIGHT: Final = 0.052  # of a label in the margin, as a part of the axes


class FigureError(ResolverError):
    """A figure that cannot be drawn: one line, `what - what to do`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its label, points, and the band of its interval where it has one; `dotted` ones are not joined."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One set of axes. Shares are given from 0 to 1 and shown in per cent.

    `ticks` are the marks of a logarithmic x axis with their labels; none: the axis is linear. `y_ticks` are those of
    a y axis from 0, logarithmic above its second mark; none: y is a share. `spans` are grey stretches of x.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...] = ()
    y_ticks: tuple[tuple[float, str], ...] = ()
    spans: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with a label; `marked` ones are on the front."""

    label: str
    x: float
    y: float
    marked: bool


@dataclass(frozen=True, slots=True)
class Scatter:
    """One dot or more with labels in the margin; y is a share, or a plain number."""

    title: str
    x_label: str
    y_label: str
    dots: tuple[Dot, ...]
    y_is_share: bool = True


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of shares, shaded by them: a histogram a row."""

    title: str
    x_label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, Sequence[float]], ...]


Drawing = Panel | Scatter | Grid


def check(path: Path) -> None:
    """Raise FigureError unless a figure can be drawn to `path`: before the work, not after it."""
    if path.suffix.lower() not in SUFFIXES:
        raise FigureError(f"{path}: no kind of figure - name it {', '.join('*' + s for s in SUFFIXES)}")
    if not path.parent.is_dir():
        raise FigureError(f"{path}: no such folder - make it first")
    check_library()


def check_library() -> None:
    """Raise FigureError unless matplotlib is there."""
    try:
        import matplotlib as _matplotlib  # noqa: F401 - only whether it is there
    except ImportError:
        raise FigureError("figures need matplotlib - pip install matplotlib") from None


def draw(path: Path, drawings: Iterable[Drawing], note: str) -> None:
    """Draw side by side, `note` below. Raises FigureError when the file cannot be written."""
    check(path)
    import matplotlib

    figure = _figure(tuple(drawings))
    figure.supxlabel(note, fontsize=7, color="#444444", wrap=True)
    # No date in the file: the same numbers give the same bytes.
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    try:
        with matplotlib.rc_context({"svg.hashsalt": path.stem}):
            figure.savefig(path, dpi=150, metadata=metadata)
    except OSError as error:
        raise FigureError(f"{path}: {error.strerror or error} - name a place that can be written") from None


def inline_svg(drawings: Iterable[Drawing], name: str, label: str) -> str:
    """Return an `<svg>` for a page: text as text, ink in the page's colour, no ground.

    `name` keeps its ids apart from those of the page's other figures; `label` is what a screen reader says.
    """
    import matplotlib

    ink = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    page: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": name, **dict.fromkeys(ink, _INK)}
    out = io.StringIO()
    with matplotlib.rc_context(page):
        _figure(tuple(drawings)).savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", out.getvalue(), flags=re.DOTALL)
    head = f'<svg role="img" aria-label="{escape(label)}" '
    return text[text.index("<svg") :].replace("<svg ", head, 1).replace(_INK, "currentColor")


def _figure(drawings: Sequence[Drawing]) -> Any:
    from matplotlib.figure import Figure

    heights = [0.34 * len(each.rows) + 1.3 if isinstance(each, Grid) else 4.4 for each in drawings]
    width = 8.0 if len(drawings) == 1 else 6.4 * len(drawings)
    figure = Figure(figsize=(width, max(heights)), layout="constrained")
    for number, drawing in enumerate(drawings, 1):
        axes = figure.add_subplot(1, len(drawings), number)
        axes.set_title(drawing.title, fontsize=11)
        axes.set_xlabel(drawing.x_label)
        match drawing:
            case Panel():
                _panel(axes, drawing)
            case Scatter():
                _scatter(axes, drawing)
            case Grid():
                _grid(axes, drawing)
    return figure


def _panel(axes: Any, panel: Panel) -> None:
    for begins, ends in panel.spans:
        axes.axvspan(begins, ends, color="#7F7F7F", alpha=0.15, linewidth=0)
    for number, line in enumerate(panel.lines):
        colour = COLOURS[number % len(COLOURS)]
        stroke = "o" if line.dotted else STYLES[number % len(STYLES)]
        axes.plot(line.x, line.y, stroke, color=colour, label=line.label, linewidth=1.8, markersize=5)
        if line.low:
            axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.2, linewidth=0)
    if panel.ticks:
        axes.set_xscale("log")
        axes.set_xticks([x for x, _ in panel.ticks], [label for _, label in panel.ticks])
        axes.minorticks_off()
    if panel.y_ticks:
        axes.set_yscale("symlog", linthresh=panel.y_ticks[1][0], linscale=0.5)
        axes.set_yticks([y for y, _ in panel.y_ticks], [label for _, label in panel.y_ticks])
        axes.set_ylim(0, panel.y_ticks[-1][0])
    else:
        _shares(axes)
        axes.set_ylim(0, 1.02)
    axes.set_ylabel(panel.y_label)
    axes.grid(alpha=0.25)
    # Below the axes: inside, it would lie on a curve.
    axes.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)


def _shares(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _scatter(axes: Any, scatter: Scatter) -> None:
    for marked, face in ((True, COLOURS[0]), (False, "none")):
        dots = [dot for dot in scatter.dots if dot.marked is marked]
        axes.scatter(
            [d.x for d in dots], [d.y for d in dots], s=44, facecolors=face, edgecolors=COLOURS[0], zorder=3
        )
    axes.margins(_MARGIN)
    if scatter.y_is_share:
        _shares(axes)
    axes.set_ylabel(scatter.y_label)
    axes.grid(alpha=0.25)
    bottom, top = min(dot.y for dot in scatter.dots), max(dot.y for dot in scatter.dots) or 1.0
    if bottom < top / 2:
        bottom = 0.0  # where it is not far off, zero tells how much is how much
    margin = _MARGIN * (top - bottom or top)
    low, high = bottom - margin, top + margin
    axes.set_ylim(low, high)
    dots = sorted(scatter.dots, key=lambda dot: (dot.y, -dot.x))
    for dot, at in zip(dots, spread([(d.y - low) / (high - low) for d in dots], _LABEL_HEIGHT), strict=True):
        axes.annotate(
            dot.label,
            (dot.x, dot.y),
            (1.03, at),
            textcoords="axes fraction",
            fontsize=8,
            va="center",
            arrowprops=_LEADER,
        )


def spread(places: Sequence[float], least: float) -> list[float]:
    """Move ascending places apart until `least` is between neighbours, from the bottom up and, past 1, down again."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    top = 1.0
    for number in range(len(moved) - 1, -1, -1):
        moved[number] = min(moved[number], top)
        top = moved[number] - least
    return moved


def _grid(axes: Any, grid: Grid) -> None:
    from matplotlib.patches import Rectangle

    for row, (_, shares) in enumerate(grid.rows):
        for column, share in enumerate(shares):
            # One hue, more of it for more: on light ground and on dark the text above it can be read.
            shade = 0.72 * share**0.6
            axes.add_patch(Rectangle((column, row), 0.96, 0.9, color=COLOURS[0], alpha=shade, linewidth=0))
            text = "" if share == 0 else "<1" if share < 0.005 else f"{100 * share:.0f}"
            axes.text(column + 0.48, row + 0.47, text, ha="center", va="center", fontsize=8)
    axes.set_xlim(0, len(grid.columns))
    axes.set_ylim(len(grid.rows), 0)
    axes.set_xticks([i + 0.48 for i in range(len(grid.columns))], grid.columns, fontsize=8)
    axes.set_yticks([i + 0.45 for i in range(len(grid.rows))], [label for label, _ in grid.rows], fontsize=8)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
