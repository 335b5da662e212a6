# SPDX-License-Identifier: ISC
"""`--out DIR` and `--plot FILE` of the laboratory's commands: gathers what a report shows. The lab draws and writes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from resolver.cli.compared import as_json, cells, csv_rows, notes
from resolver.cli.progress import progress

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Comparison, Experiment
    from resolver.lab.missratio import Curves
    from resolver.lab.report.chart import Chart

F = TypeVar("F", bound=Callable[..., Any])
_TYPED: Final = "resolver.cli.reporting.typed"


class ReportedCommand(click.Command):
    """A command that remembers what was typed, for its report to quote."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments, and keep them as they are."""
        ctx.meta[_TYPED] = ("resolver", *_path(ctx), *args)
        return super().parse_args(ctx, args)


def _path(ctx: click.Context) -> tuple[str, ...]:
    """The names of the commands down to this one, without the root, which may be called anything."""
    return () if ctx.parent is None else (*_path(ctx.parent), ctx.info_name or "")


def out_option(command: F) -> F:
    """Add `--out DIR`; it comes as `folder`."""
    return click.option(
        "--out",
        "folder",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Write a report there: report.html, summary.json, CSV, figures.",
    )(command)


def typed() -> str:
    """The command line of the running command, as a shell would read it."""
    return shlex.join(click.get_current_context().meta[_TYPED])


def prepare(folder: Path | None, plot: Path | None = None) -> None:
    """Refuse before the work what could not be written after it. Raises FolderError and FigureError."""
    if plot is not None:
        from resolver.lab.figures import check

        check(plot)
    if folder is not None:
        from resolver.lab.report.folder import prepare as make

        make(folder)


def draw_front(path: Path, experiment: Experiment, found: Comparison) -> None:
    """Draw load against price, or against waits where there is no price."""
    from resolver.lab.report.comparison_charts import comparison_charts
    from resolver.lab.report.folder import draw_chart

    draw_chart(path, next(comparison_charts(experiment, found)), typed())
    click.echo(f"figure: {path}", err=True)


def write_comparison(
    folder: Path,
    experiment: Experiment,
    found: Comparison,
    expected: float | None,
    curves: Curves | None = None,
) -> None:
    """Write the report of a comparison; some of its figures look at the trace again. `expected`: of all seeds."""
    from resolver.lab.report.comparison_charts import comparison_charts, miss_ratio_chart
    from resolver.lab.report.replayed_charts import replayed_charts

    charts = list(comparison_charts(experiment, found))
    with progress("replayed for figures", expected and 1.5 * expected / len(experiment.seeds)) as told:
        charts += replayed_charts(experiment, found, told)
    if curves is not None:
        charts.append(miss_ratio_chart(experiment.candidates[0].label, curves))
    rows = cells(found)
    words = rows[0].index("HIT") if "HIT" in rows[0] else 2
    summary = as_json(found)
    write(
        folder,
        "Policies compared",
        rows,
        words,
        list(notes(found)),
        charts,
        summary,
        csv_rows(found),
    )


def write(
    folder: Path,
    heading: str,
    rows: Sequence[Sequence[str]],
    words: int,
    said: Sequence[str],
    charts: Sequence[Chart],
    summary: Mapping[str, Any],
    table: Iterable[Sequence[object]],
) -> None:
    """Write a report and tell where. `rows` are the terminal's table, `table` those of summary.csv."""
    from resolver.lab.report.folder import save, versions
    from resolver.lab.report.page import Report

    report = Report(heading, typed(), rows, words, said, charts, versions())
    written = save(folder, report, summary, {"summary.csv": table})
    others = len(written) - 1
    click.echo(f"report: {written[0]}, and {others} more files beside it", err=True)
