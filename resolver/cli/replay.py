# SPDX-License-Identifier: ISC
"""`resolver replay`: a recorded or generated trace under virtual time, and a report in a folder. The lab replays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from resolver.cli import completing
from resolver.cli.compare import expected, read_outage
from resolver.cli.compared import screen
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration
from resolver.cli.output import table
from resolver.cli.progress import progress
from resolver.cli.replay_full import full_world_options, refuse_without_full_world, replay_full
from resolver.cli.reporting import ReportedCommand, out_option, prepare, write_comparison
from resolver.units import Seconds

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Experiment
    from resolver.lab.missratio import Curves

_CACHES_MOST: Final = 1000  # names are numbered apart in each, and numbers have 31 bits
_CAPS: Final = (30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)


@click.command(cls=ReportedCommand)
@click.argument("trace", metavar="FILE")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    shell_complete=completing.policies,
    help="A preset, file or sweep. Repeatable.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    metavar="N",
    help="Of a generated FILE, and of chance.",
)
@out_option
@click.option(
    "--outage", "outages", multiple=True, metavar="AT+FOR", help="No server answers: 12h+1h. Repeatable."
)
@click.option(
    "--change", metavar="DURATION", help="Data change this often in the mean; default: as the trace tells."
)
@click.option(
    "--curves", is_flag=True, help="Also miss ratios by size of cache and by cap on TTLs, from a sample."
)
@click.option(
    "--caches",
    metavar="N,N…",
    help="Also hits when the clients are spread over so many caches that share nothing: 1,2,4,16.",
)
@click.option("--from", "source", metavar="FORMAT", help="The trace's format, if it is not recognised.")
@full_world_options
def replay(
    trace: str, policies: tuple[str, ...], seed: int, folder: Path | None, outages: tuple[str, ...],
    change: str | None, curves: bool, caches: str | None, source: str | None, full_world: bool, **conditions: Any,
) -> None:  # fmt: skip
    r"""Replay a trace at cache level: every lifetime by the server's policy code, time virtual, no packet sent.

    With --full-world the server itself answers, over a simulated internet that says what the trace says: slower by a
    factor of hundreds, and with latency, loss, and fetches that several clients wait for.

    FILE is a trace in any format that `resolver traces formats` lists, a spec (zipf:…) or scenario:NAME. For many
    policies, sizes and seeds: `resolver policy compare`.

    \b
    resolver replay day.parquet --policy default --policy min=60 --out report
    resolver replay scenario:home --outage 12h+1h
    resolver replay scenario:home --full-world --latency 20ms --loss 1 --questions each.csv
    """
    if not full_world:
        refuse_without_full_world(**conditions)
    from resolver.lab.comparison.candidates import read_candidates
    from resolver.lab.comparison.comparing import Experiment, compare
    from resolver.lab.replay.questions import World

    numbers = None if caches is None else _read_caches(caches)
    experiment = Experiment(
        what=trace,
        candidates=tuple(read_candidates(policies or ("default",))),
        world=World(
            outages=tuple(read_outage(text) for text in outages),
            change_s=None if change is None else read_duration(change, "--change"),
        ),
        seeds=(seed,),
        format_name=source,
    )
    prepare(folder)
    if full_world:
        found = replay_full(experiment, **conditions)
    else:
        with progress("replayed", expected(experiment)) as told:
            found = compare(experiment, told)
    click.echo("\n".join(screen(found)))
    for loss in found.losses:
        click.echo(loss, err=True)
    sampled = _curves(experiment, found.rrsets) if curves else None
    if sampled is not None:
        click.echo("\n".join(_spelled(sampled, experiment.candidates[0].label)))
    if numbers is not None:
        click.echo("\n".join(_fragmented(experiment, numbers)))
    if folder is not None:
        write_comparison(folder, experiment, found, expected(experiment), sampled)


def _read_caches(text: str) -> list[int]:
    numbers = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    if not all(0 < number <= _CACHES_MOST for number in numbers):
        raise CommandFailed(
            f"--caches {text!r} cannot be read - write whole numbers from 1 to {_CACHES_MOST:,}, such as 1,2,4,16",
            Exit.USAGE,
        )
    return numbers


def _fragmented(experiment: Experiment, caches: list[int]) -> Iterator[str]:
    """Fresh hits under the first policy over each number of caches, and what theory says."""
    from resolver.lab.fragments import fragmentation
    from resolver.lab.traces.opening import open_trace

    trace = open_trace(experiment.what, seed=experiment.seeds[0], format_name=experiment.format_name)
    first = experiment.candidates[0]
    with progress("replayed apart") as told:
        found = fragmentation(trace, experiment.world, first.policy, caches, told)
    yield ""
    yield f"{first.label}: fresh hits over caches that share nothing; theory: Poisson questions, no prefetch"
    rows = [(str(each.caches), f"{each.hit:.1%}", f"{each.modelled:.1%}") for each in found]
    yield table([("CACHES", "HITS", "THEORY"), *rows])


def _curves(experiment: Experiment, rrsets: int) -> Curves:
    """Miss ratios under the first policy, at sizes up to the weight of all RRsets, and at caps up to a day."""
    from resolver.lab.missratio import curves
    from resolver.lab.replay.eviction import ITEM_BYTES
    from resolver.lab.traces.opening import open_trace

    trace = open_trace(experiment.what, seed=experiment.seeds[0], format_name=experiment.format_name)
    first = experiment.candidates[0]
    sizes = [max(rrsets * ITEM_BYTES >> shift, ITEM_BYTES) for shift in range(6, -1, -1)]
    with progress("sampled") as told:
        return curves(trace, experiment.world, first.policy, sizes, _CAPS, progress=told)


def _spelled(found: Curves, label: str) -> Iterator[str]:
    yield ""
    yield f"{label}: miss ratios from {found.share:.0%} of the names, ± 95 % (SHARDS)"
    left = [
        (_mebibytes(point.at), f"{point.miss_ratio:.1%} ±{point.half_width:.1%}") for point in found.by_size
    ]
    right = [
        (str(Seconds(point.at)), f"{point.miss_ratio:.1%} ±{point.half_width:.1%}") for point in found.by_cap
    ]
    yield table(
        [
            ("CACHE", "MISSES", "", "TTL AT MOST", "MISSES"),
            *((*a, "", *b) for a, b in zip(left, right, strict=True)),
        ]
    )


def _mebibytes(size: float) -> str:
    return f"{size / (1 << 20):.3g} MiB"
