# SPDX-License-Identifier: ISC
"""Figures of migration and outage curves: PNG, SVG or PDF by matplotlib, which is imported when one is drawn.

Numbers come in finished; nothing is computed here. Colours are Okabe and Ito's, told apart by the colour-blind too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from resolver.errors import ResolverError

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES: Final = ("-", "--", "-.", ":")
SUFFIXES: Final = (".png", ".svg", ".pdf")


class FigureError(ResolverError):
    """A figure that cannot be drawn: one line, `what - what to do`."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its label, points, and the band of its interval where it has one."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One set of axes. Shares are given from 0 to 1 and shown in per cent.

    `ticks` are the marks of a logarithmic x axis with their labels; none: the axis is linear.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...] = ()


def check(path: Path) -> None:
    """Raise FigureError unless a figure can be drawn to `path`: before the work, not after it."""
    if path.suffix.lower() not in SUFFIXES:
        raise FigureError(f"{path}: no kind of figure - name it {', '.join('*' + s for s in SUFFIXES)}")
    if not path.parent.is_dir():
        raise FigureError(f"{path}: no such folder - make it first")
    try:
        import matplotlib as _matplotlib  # noqa: F401 - only whether it is there
    except ImportError:
        raise FigureError("figures need matplotlib - pip install 'resolver[lab]'") from None


def draw(path: Path, panels: Iterable[Panel], note: str) -> None:
    """Draw the panels side by side, `note` below them. Raises FigureError when the file cannot be written."""
    check(path)
    from matplotlib.figure import Figure

    panels = tuple(panels)
    figure = Figure(figsize=(6.4 * len(panels), 4.4), layout="constrained")
    for number, panel in enumerate(panels, 1):
        _panel(figure.add_subplot(1, len(panels), number), panel)
    figure.supxlabel(note, fontsize=7, color="#444444")
    # No date in the file: the same numbers give the same bytes.
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    try:
        figure.savefig(path, dpi=150, metadata=metadata)
    except OSError as error:
        raise FigureError(f"{path}: {error.strerror or error} - name a place that can be written") from None


def _panel(axes: Any, panel: Panel) -> None:
    from matplotlib.ticker import PercentFormatter

    for number, line in enumerate(panel.lines):
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(line.x, line.y, STYLES[number % len(STYLES)], color=colour, label=line.label, linewidth=1.8)
        if line.low:
            axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.2, linewidth=0)
    if panel.ticks:
        axes.set_xscale("log")
        axes.set_xticks([x for x, _ in panel.ticks], [label for _, label in panel.ticks])
        axes.minorticks_off()
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_title(panel.title, fontsize=11)
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    axes.grid(alpha=0.25)
    # Below the axes: inside, it would lie on a curve.
    axes.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
