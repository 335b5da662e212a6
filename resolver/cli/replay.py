# SPDX-License-Identifier: ISC
"""`resolver replay`: a recorded or generated trace under virtual time, and a report in a folder. The lab replays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resolver.cli.compare import expected, missing, read_outage, read_seconds
from resolver.cli.compared import as_json, screen, write_csv
from resolver.cli.exits import CommandFailed
from resolver.cli.progress import progress

if TYPE_CHECKING:
    from resolver.lab.comparison.comparing import Comparison


@click.command()
@click.argument("trace", metavar="FILE")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME", help="A preset, file or sweep. Repeatable."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Of a generated FILE, and of chance."
)
@click.option("--out", "folder", metavar="DIR", help="Write summary.json and summary.csv there.")
@click.option(
    "--outage", "outages", multiple=True, metavar="AT+FOR", help="No server answers: 12h+1h. Repeatable."
)
@click.option(
    "--change", metavar="TIME", help="Data change this often in the mean; default: as the trace tells."
)
@click.option("--from", "source", metavar="FORMAT", help="The trace's format, if it is not recognised.")
def replay(
    trace: str, policies: tuple[str, ...], seed: int, folder: str | None, outages: tuple[str, ...],
    change: str | None, source: str | None,
) -> None:  # fmt: skip
    r"""Replay a trace at cache level: every lifetime by the server's policy code, time virtual, no packet sent.

    FILE is a trace in any format that `resolver traces formats` lists, a spec (zipf:…) or scenario:NAME. For many
    policies, sizes and seeds: `resolver policy compare`.

    \b
    resolver replay day.parquet --policy default --policy min=60 --out report
    resolver replay scenario:home --outage 12h+1h
    """
    try:
        from resolver.lab.comparison.candidates import read_candidates
        from resolver.lab.comparison.comparing import Experiment, compare
        from resolver.lab.replay.questions import World
    except ModuleNotFoundError as error:
        raise missing(error) from None
    experiment = Experiment(
        what=trace,
        candidates=tuple(read_candidates(policies or ("default",))),
        world=World(
            outages=tuple(read_outage(text) for text in outages),
            change_s=None if change is None else read_seconds("--change", change),
        ),
        seeds=(seed,),
        format_name=source,
    )
    with progress("replayed", expected(experiment)) as told:
        found = compare(experiment, told)
    click.echo("\n".join(screen(found)))
    for loss in found.losses:
        click.echo(loss, err=True)
    if folder is not None:
        _save(found, Path(folder))


def _save(found: Comparison, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        summary = json.dumps(as_json(found), ensure_ascii=False, indent=2)
        (folder / "summary.json").write_text(summary + "\n", "utf-8")
        with (folder / "summary.csv").open("w", encoding="utf-8", newline="") as out:
            write_csv(found, out)
    except OSError as error:
        raise CommandFailed(f"{folder}: {error.strerror} - choose a folder that can be written to") from None
    click.echo(f"written: {folder / 'summary.json'}, {folder / 'summary.csv'}")
