# SPDX-License-Identifier: ISC
"""`resolver policy compare`: candidates side by side on one trace. Reads options and prints; the lab compares."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from resolver.cli.compared import as_json, screen, write_csv
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration
from resolver.cli.output import format_option, print_json, wants_json
from resolver.cli.progress import progress
from resolver.cli.reporting import ReportedCommand, draw_front, out_option, prepare, write_comparison
from resolver.units import Bytes

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Comparison, Experiment

SYNTHETIC: Final = "zipf:n=100000,alpha=0.9,rate=100,duration=1d,ttl=mix"


@click.command(cls=ReportedCommand)
@click.argument("names", nargs=-1, metavar="[NAME|FILE|SWEEP]…")
@click.option("--preset", "presets", multiple=True, metavar="NAME", help="A preset, or all. Repeatable.")
@click.option("--trace", "trace", metavar="FILE", help="A recorded trace; see `resolver traces formats`.")
@click.option("--from", "source", metavar="FORMAT", help="The trace's format, if it is not recognised.")
@click.option(
    "--synthetic", metavar="SPEC", help=f"A generated trace, or scenario:NAME. Default: {SYNTHETIC}"
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, metavar="N", help="The first seed."
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 10_000),
    default=1,
    show_default=True,
    metavar="N",
    help="20 for good intervals.",
)
@click.option(
    "--capacity",
    "sizes",
    multiple=True,
    metavar="SIZE",
    help="Bytes of records: 16MiB; beside no limit. Repeatable.",
)
@click.option(
    "--eviction",
    "evictions",
    multiple=True,
    type=click.Choice(("s3fifo", "lru", "fifo")),
    help="Default: s3fifo. Repeatable.",
)
@click.option(
    "--outage", "outages", multiple=True, metavar="AT+FOR", help="No server answers: 12h+1h. Repeatable."
)
@click.option(
    "--change", metavar="DURATION", help="Data change this often in the mean; default: as the trace tells."
)
@click.option(
    "--missing-ttl", default="mix", show_default=True, metavar="LAW", help="TTLs that the trace lacks."
)
@click.option(
    "--warm-up", default="0s", show_default=True, metavar="DURATION", help="Do not count what comes before."
)
@click.option(
    "--assert", "conditions", multiple=True, metavar="EXPR", help="Exit 4 unless all candidates meet it."
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    metavar="N",
    help="How many seeds at a time; default: one a processor.",
)
@out_option
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw load against price: *.png, *.svg, *.pdf.",
)
@format_option("csv")
def compare(
    names: tuple[str, ...], presets: tuple[str, ...], trace: str | None, source: str | None, synthetic: str | None,
    seed: int, seeds: int, sizes: tuple[str, ...], evictions: tuple[str, ...], outages: tuple[str, ...],
    change: str | None, missing_ttl: str, warm_up: str, conditions: tuple[str, ...], processes: int | None,
    folder: Path | None, plot: Path | None, style: str,
) -> int:  # fmt: skip
    r"""Try policies on a day of traffic: hits, load, latency, and the price in outdated answers.

    A candidate is a preset, a policy file, or a sweep over `default` or another one. A star marks the front: no other
    line is better in one respect and worse in none.

    \b
    resolver policy compare --preset all
    resolver policy compare default bind:min=0,30,300 ./mine.toml --trace day.parquet
    resolver policy compare stale=0,1h,1d --outage 12h+1h --change 1h --seeds 20
    resolver policy compare mine.toml --assert 'hit >= 80% and outdated <= 1%'
    """
    if trace is not None and synthetic is not None:
        raise CommandFailed("give either --trace or --synthetic - a recorded trace has no seeds", Exit.USAGE)
    from resolver.lab.comparison.assertion import Assertion
    from resolver.lab.comparison.candidates import read_candidates
    from resolver.lab.comparison.comparing import Experiment, compare
    from resolver.lab.comparison.figures import FIGURES
    from resolver.lab.replay.eviction import Eviction
    from resolver.lab.replay.questions import World
    from resolver.lab.traces.ttl_law import ttl_law

    wanted = [Assertion(text, FIGURES) for text in conditions]
    try:
        ttl_law(missing_ttl)
    except ValueError as error:
        raise CommandFailed(f"--missing-ttl {missing_ttl!r} cannot be read - {error}", Exit.USAGE) from None
    experiment = Experiment(
        what=trace or synthetic or SYNTHETIC,
        candidates=tuple(read_candidates([*presets, *names] or ["default", "rfc"])),
        world=World(
            outages=tuple(read_outage(text) for text in outages),
            change_s=None if change is None else read_duration(change, "--change"),
            missing_ttl=missing_ttl,
        ),
        seeds=tuple(range(seed, seed + (1 if trace else seeds))),
        budgets=(None, *(_size(text) for text in sizes)),
        evictions=tuple(Eviction[text.upper()] for text in evictions) or (Eviction.S3FIFO,),
        warm_up_s=read_duration(warm_up, "--warm-up"),
        format_name=source,
    )
    prepare(folder, plot)
    with progress("replayed", expected(experiment)) as told:
        found = compare(experiment, told, processes)
    _tell(found, style)
    if plot is not None:
        draw_front(plot, experiment, found)
    if folder is not None:
        write_comparison(folder, experiment, found, expected(experiment))
    return _judge(found, wanted)


def _tell(found: Comparison, style: str) -> None:
    if wants_json(style):
        print_json(as_json(found), style)
    elif style == "csv":
        write_csv(found, sys.stdout)
    else:
        click.echo("\n".join(screen(found)))
    for loss in found.losses:
        click.echo(loss, err=True)


def _judge(found: Comparison, wanted: Sequence[Any]) -> int:
    """Exit 4 when a line does not meet a condition; which and how goes to stderr."""
    failed = False
    for assertion in wanted:
        for line in found.lines:
            if not assertion.holds(line.means):
                failed = True
                said = ", ".join(f"{key} {line.means[key]:.4g}" for key in assertion.figures)
                click.echo(f"not met by {line.label}: {assertion.text} ({said})", err=True)
    return Exit.CONDITION_MET if failed else Exit.OK


def expected(experiment: Experiment) -> float | None:
    """How many questions there will be, as far as a spec tells."""
    if not experiment.what.startswith(("zipf:", "scenario:")):
        return None
    from resolver.lab.traces.opening import open_trace
    from resolver.lab.traces.synthetic import Synthetic

    trace = open_trace(experiment.what)
    assert isinstance(trace, Synthetic)
    return trace.spec.rate * trace.spec.duration * len(experiment.seeds)


def read_outage(text: str) -> tuple[float, float]:
    """Read `AT+FOR`, both durations. Raises CommandFailed."""
    at, plus, length = text.partition("+")
    if not plus:
        raise CommandFailed(f"--outage {text!r}: no length - write AT+FOR, such as 12h+1h", Exit.USAGE)
    begins = read_duration(at, "--outage")
    return begins, begins + read_duration(length, "--outage")


def _size(text: str) -> int:
    try:
        return int(Bytes.read(text))
    except ValueError as error:
        raise CommandFailed(f"--capacity {text!r} cannot be read - {error}", Exit.USAGE) from None
