# SPDX-License-Identifier: ISC
"""`resolver policy compare`: candidates side by side on one trace. Reads options and prints; the lab compares."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import click

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.output import format_option, paint, print_json, table, wants_json
from resolver.cli.progress import progress
from resolver.units import Bytes, Seconds

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Comparison, Experiment, Line
    from resolver.lab.comparison.figures import Measured

SYNTHETIC: Final = "zipf:n=100000,alpha=0.9,rate=100,duration=1d,ttl=mix"
_COLUMNS: Final = (
    "hit", "negative", "stale", "failed", "upstream", "mean", "p95", "p99", "outdated", "outdated_s", "beyond",
    "served", "prefetch_used",
)  # fmt: skip


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE|SWEEP]…")
@click.option("--preset", "presets", multiple=True, metavar="NAME", help="A preset, or all. Repeatable.")
@click.option("--trace", "trace", metavar="FILE", help="A recorded trace; see `resolver traces formats`.")
@click.option("--from", "source", metavar="FORMAT", help="The trace's format, if it is not recognised.")
@click.option(
    "--synthetic", metavar="SPEC", help=f"A generated trace, or scenario:NAME. Default: {SYNTHETIC}"
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The first seed.")
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=1, show_default=True, help="20 for good intervals."
)
@click.option(
    "--capacity",
    "sizes",
    multiple=True,
    metavar="SIZE",
    help="Bytes of cache: 16MiB; default: no limit. Repeatable.",
)
@click.option(
    "--eviction", "evictions", multiple=True, type=click.Choice(("s3fifo", "lru", "fifo")), help="Repeatable."
)
@click.option(
    "--outage", "outages", multiple=True, metavar="AT+FOR", help="No server answers: 12h+1h. Repeatable."
)
@click.option(
    "--change", metavar="TIME", help="Data change this often in the mean; default: as the trace tells."
)
@click.option(
    "--missing-ttl", default="mix", show_default=True, metavar="LAW", help="TTLs that the trace lacks."
)
@click.option(
    "--warm-up", default="0s", show_default=True, metavar="TIME", help="Do not count what comes before."
)
@click.option(
    "--assert", "conditions", multiple=True, metavar="EXPR", help="Exit 4 unless all candidates meet it."
)
@click.option(
    "--processes", type=click.IntRange(1), help="How many seeds at a time; default: one a processor."
)
@format_option("csv")
def compare(
    names: tuple[str, ...], presets: tuple[str, ...], trace: str | None, source: str | None, synthetic: str | None,
    seed: int, seeds: int, sizes: tuple[str, ...], evictions: tuple[str, ...], outages: tuple[str, ...],
    change: str | None, missing_ttl: str, warm_up: str, conditions: tuple[str, ...], processes: int | None,
    style: str,
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
    try:
        from resolver.lab.comparison.assertion import Assertion
        from resolver.lab.comparison.candidates import read_candidates
        from resolver.lab.comparison.comparing import Experiment, compare
        from resolver.lab.comparison.figures import FIGURES
        from resolver.lab.replay.eviction import Eviction
        from resolver.lab.replay.questions import World
        from resolver.lab.traces.ttl_law import ttl_law
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    wanted = [Assertion(text, FIGURES) for text in conditions]
    try:
        ttl_law(missing_ttl)
    except ValueError as error:
        raise CommandFailed(f"--missing-ttl {missing_ttl!r}: {error}", Exit.USAGE) from None
    experiment = Experiment(
        what=trace or synthetic or SYNTHETIC,
        candidates=tuple(read_candidates([*presets, *names] or ["default", "rfc"])),
        world=World(
            outages=tuple(_outage(text) for text in outages),
            change_s=None if change is None else _read("--change", change),
            missing_ttl=missing_ttl,
        ),
        seeds=tuple(range(seed, seed + (1 if trace else seeds))),
        budgets=tuple(_size(text) for text in sizes) or (None,),
        evictions=tuple(Eviction[text.upper()] for text in evictions) or (Eviction.S3FIFO,),
        warm_up_s=_read("--warm-up", warm_up),
        format_name=source,
    )
    with progress("replayed", _expected(experiment)) as told:
        found = compare(experiment, told, processes)
    _print(found, style)
    for loss in found.losses:
        click.echo(loss, err=True)
    return _judge(found, wanted)


def _print(found: Comparison, style: str) -> None:
    if wants_json(style):
        print_json(as_json(found), style)
    elif style == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerows(as_rows(found))
    else:
        click.echo("\n".join(_screen(found)))


def _screen(found: Comparison) -> Iterator[str]:
    from resolver.lab.comparison.figures import FIGURES

    shown = [key for key in _COLUMNS if _says_something([line.figures[key] for line in found.lines])]
    limited = any(line.budget_bytes is not None for line in found.lines)
    rows: list[list[str]] = [
        ["", "POLICY", *(["CACHE"] if limited else []), *(FIGURES[key].head for key in shown)]
    ]
    for line in found.lines:
        cells = [_cell(line.figures[key], FIGURES[key].show) for key in shown]
        rows.append(["*" if line.on_front else "", line.label, *([_cache(line)] if limited else []), *cells])
    head, *body = table(rows).splitlines()
    yield paint(head, bold=True)
    yield from body
    yield ""
    yield from _notes(found)


def _notes(found: Comparison) -> Iterator[str]:
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
    from resolver.lab.comparison.figures import FIGURES

    respects = ", ".join(FIGURES[key].head.lower() for key in found.objectives)
    yield f"* no other is better in one of these and worse in none: {respects}"
    if len(found.seeds) == 1 and found.about.startswith("zipf:"):
        yield "one seed: no interval; --seeds 20 gives one"


def _says_something(values: Sequence[Measured]) -> bool:
    return any(value.mean != 0 and not isnan(value.mean) for value in values)


def _cell(value: Measured, show: Any) -> str:
    text = show(value.mean)
    if isnan(value.half_width) or value.mean == 0:
        return str(text)
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


def as_rows(found: Comparison) -> Iterator[list[object]]:
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


def _number(value: float) -> float | None:
    return None if isnan(value) else value


def _expected(experiment: Experiment) -> float | None:
    """How many questions there will be, as far as a spec tells."""
    if not experiment.what.startswith(("zipf:", "scenario:")):
        return None
    from resolver.lab.traces.opening import open_trace
    from resolver.lab.traces.synthetic import Synthetic

    trace = open_trace(experiment.what)
    assert isinstance(trace, Synthetic)
    return trace.spec.rate * trace.spec.duration * len(experiment.seeds)


def _outage(text: str) -> tuple[float, float]:
    at, plus, length = text.partition("+")
    if not plus:
        raise CommandFailed(f"--outage {text!r}: no length - write AT+FOR, such as 12h+1h", Exit.USAGE)
    begins = _read("--outage", at)
    return begins, begins + _read("--outage", length)


def _read(option: str, text: str) -> float:
    try:
        return float(Seconds.read(text))
    except ValueError as error:
        raise CommandFailed(f"{option} {text!r}: {error}", Exit.USAGE) from None


def _size(text: str) -> int:
    try:
        return int(Bytes.read(text))
    except ValueError as error:
        raise CommandFailed(f"--capacity {text!r}: {error}", Exit.USAGE) from None


def _missing(error: ModuleNotFoundError) -> Exception:
    if error.name not in ("numpy", "numba", "pyarrow"):
        return error
    return CommandFailed(f"{error.name} is not installed - pip install 'resolver[lab]'")
