# SPDX-License-Identifier: ISC
"""Writes a report into a folder: `report.html`, `summary.json`, tables as CSV, each figure as SVG and as PNG."""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from resolver import __version__
from resolver.errors import ResolverError
from resolver.lab.figures import check_library, draw
from resolver.lab.report.chart import Chart
from resolver.lab.report.page import Report, html

PAGE: Final = "report.html"
SUMMARY: Final = "summary.json"
_LIBRARIES: Final = ("numpy", "numba", "matplotlib")


class FolderError(ResolverError):
    """A folder that cannot be written to: one line, `what - what to do`."""


def prepare(folder: Path) -> None:
    """Make the folder, before the work. Raises FolderError, and FigureError where nothing can be drawn."""
    check_library()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, error) from None


def versions() -> dict[str, str]:
    """What made a report, by name."""
    found = {"resolver": __version__, "Python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def save(
    folder: Path,
    report: Report,
    summary: Mapping[str, Any],
    tables: Mapping[str, Iterable[Sequence[object]]],
) -> list[Path]:
    """Write everything and return the files. `summary` gets the command, versions and figures' numbers beside it.

    `tables` are rows by the name of their CSV. Raises FolderError.
    """
    document = {
        "schema": 1,
        "command": report.command,
        "versions": dict(report.versions),
        **summary,
        "figures": {chart.name: dict(chart.data) for chart in report.charts},
    }
    written = [folder / PAGE, folder / SUMMARY]
    try:
        written[0].write_text(html(report), "utf-8")
        written[1].write_text(
            json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8"
        )
        for name, rows in tables.items():
            with (folder / name).open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows(rows)
            written.append(folder / name)
    except OSError as error:
        raise _refused(folder, error) from None
    for chart in report.charts:
        for suffix in (".svg", ".png"):
            written.append(folder / f"{chart.name}{suffix}")
            draw_chart(written[-1], chart, report.command)
    return written


def draw_chart(path: Path, chart: Chart, command: str) -> None:
    """Draw a chart alone, under its heading and above the command it came from. Raises FigureError."""
    head, *others = chart.drawings
    draw(path, (replace(head, title=head.title or chart.heading), *others), command)


def _refused(folder: Path, error: OSError) -> FolderError:
    return FolderError(f"{folder}: {error.strerror or error} - choose a folder that can be written to")
