# SPDX-License-Identifier: ISC
"""`resolver migrate simulate`: who still sees the old value, under three ways of changing it. Playing is the lab's."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_duration, spell_duration
from resolver.cli.output import format_option, print_json, table, wants_json
from resolver.cli.progress import progress
from resolver.cli.reporting import ReportedCommand, out_option, prepare, write
from resolver.lab.migration.keeping import shipped_caches
from resolver.lab.migration.population import ASSUMED_SHARES, Population, RateLaw
from resolver.lab.migration.simulate import (
    SHARES_LEFT,
    Curve,
    Estimate,
    Outcome,
    Scenario,
    Way,
    runs_of,
    views,
)
from resolver.lab.migration.simulate import simulate as play
from resolver.units import Seconds
from resolver.wire import ROOT, Rtype

if TYPE_CHECKING:
    from resolver.lab.figures import Panel


@click.command(cls=ReportedCommand)
@click.option("--old-ttl", default="1h", metavar="DURATION", help="The TTL before; default 1h.")
@click.option("--lower-to", default="60s", metavar="DURATION", help="The TTL it is lowered to; default 60s.")
@click.option(
    "--notice", default="0s", metavar="DURATION", help="How long before the change 'at once' lowers it."
)
@click.option(
    "--resolvers", "shares", metavar="A=N,B=N…", help="Presets and their shares; default: an assumed mix."
)
@click.option("--count", default=200, metavar="N", help="Resolvers; default 200.")
@click.option("--clients", default=2000, metavar="N", help="Clients behind them; default 2000.")
@click.option(
    "--browsers", default=0.6, metavar="SHARE", help="Clients with a cache of their own; default 0.6."
)
@click.option(
    "--every", default="10m", metavar="DURATION", help="A client asks this often on average; default 10m."
)
@click.option(
    "--law", type=click.Choice([law.value for law in RateLaw]), default="lognormal", help="Spread of rates."
)
@click.option(
    "--shape", default=1.5, metavar="X", help="Sigma of the log-normal, exponent of Zipf; default 1.5."
)
@click.option(
    "--seeds", type=click.IntRange(2, 10_000), default=20, metavar="N", help="Populations drawn; default 20."
)
@click.option("--seed", type=click.IntRange(0), default=1, metavar="N", help="The first seed; default 1.")
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Draw it: *.png, *.svg, *.pdf."
)
@out_option
@click.option("--csv", "as_csv", is_flag=True, help="Print the curves as CSV.")
@format_option()
def simulate(style: str, as_csv: bool, figure: Path | None, folder: Path | None, **given: Any) -> None:
    r"""Simulate who still sees the old value after a change: TTL lowered first, lowered at once, never touched.

    \b
    resolver migrate simulate --old-ttl 1d --lower-to 60
    resolver migrate simulate --old-ttl 1h --resolvers unbound=3,technitium=1 --figure move.svg
    resolver migrate simulate --old-ttl 1d --notice 2h --csv > curves.csv
    """
    scenario, population = _scenario(given), _population(given)
    prepare(folder, figure)
    caches = shipped_caches(population.shares, browsers=population.browsers > 0)
    seeds = range(given["seed"], given["seed"] + given["seeds"])
    with progress("simulated", runs_of(scenario, len(seeds)), what="runs") as told:
        done = count(1)
        outcomes = play(scenario, population, caches, seeds, tick=lambda: told(next(done)))
    note = f"{population.title}; seeds {seeds[0]} to {seeds[-1]}"
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(_rows(outcomes))
    elif style == "jsonl":
        for view in views(outcomes):
            print_json({"schema": 1, **view}, style)
    elif wants_json(style):
        print_json(_document(scenario, outcomes, note), style)
    else:
        click.echo("\n".join(_page(scenario, outcomes, note)))
    if figure is not None:
        from resolver.lab import figures

        figures.draw(figure, _panels(scenario, outcomes), note)
        click.echo(f"figure: {figure}", err=True)
    if folder is not None:
        _report(folder, scenario, outcomes, note)


def _scenario(given: dict[str, Any]) -> Scenario:
    old, lower, notice = (
        read_duration(given[key], "--" + key.replace("_", "-")) for key in ("old_ttl", "lower_to", "notice")
    )
    if not 1 <= lower <= old:
        raise CommandFailed(
            f"--lower-to {given['lower_to']} is not between 1 s and --old-ttl {given['old_ttl']} - lower it",
            Exit.USAGE,
        )
    return Scenario(ROOT, int(Rtype.A), round(old), round(lower), notice)


def _population(given: dict[str, Any]) -> Population:
    every = read_duration(given["every"], "--every")
    if every <= 0:
        raise CommandFailed("--every 0 - clients need some time between two questions", Exit.USAGE)
    return Population(
        shares=_shares(given["shares"]) if given["shares"] else ASSUMED_SHARES,
        resolvers=given["count"],
        clients=given["clients"],
        browsers=given["browsers"],
        law=RateLaw(given["law"]),
        mean_rate=1.0 / every,
        shape=given["shape"],
    )


def _shares(text: str) -> dict[str, float]:
    shares = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            shares[name] = float(number or 1)
        except ValueError:
            raise CommandFailed(
                f"--resolvers: {part!r} has no number - write it like unbound=3,bind=1", Exit.USAGE
            ) from None
    return shares


def _page(scenario: Scenario, outcomes: tuple[Outcome, ...], note: str) -> Iterable[str]:
    yield f"old TTL {Seconds(scenario.old_ttl)}, lowered to {Seconds(scenario.lower_to)}" + (
        f", 'at once' with {Seconds(scenario.notice)} of notice" if scenario.notice else ""
    )
    yield note
    yield ""
    yield "clients that would be given the old value: seconds after the change (± half a 95 % interval)"
    head = ("", *(f"{100 * share:g} % LEFT" for share in SHARES_LEFT), "NONE", "AT WORST", "WORST, STALE")
    rows = [
        (
            o.way.value,
            *map(_estimate, (*o.change.until, o.change.last)),
            spell_duration(o.worst),
            spell_duration(o.worst_stale),
        )
        for o in outcomes
    ]
    yield from table([head, *rows]).splitlines()
    if not scenario.notice:
        yield "(at once is like no preparation until it is taken back: no cache had seen the lower TTL)"
    yield ""
    yield "and if it is taken back, of the value that was wrong:"
    rows = [
        (o.way.value, *map(_estimate, (*o.back.until, o.back.last)), spell_duration(o.back.times[-1]))
        for o in outcomes
    ]
    yield from table([head[:-1], *rows]).splitlines()


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.mean:.0f} ± {estimate.half:.0f}"


def _document(scenario: Scenario, outcomes: tuple[Outcome, ...], note: str) -> dict[str, Any]:
    return {
        "schema": 1,
        "old_ttl": scenario.old_ttl,
        "lower_to": scenario.lower_to,
        "notice": scenario.notice,
        "about": note,
        "ways": views(outcomes),
    }


def _rows(outcomes: tuple[Outcome, ...]) -> Iterator[tuple[str, ...]]:
    """The curves as CSV."""
    yield "way", "event", "seconds", "share", "half_width"
    for outcome in outcomes:
        for event, curve in (("change", outcome.change), ("taken_back", outcome.back)):
            for t, share in zip(curve.times, curve.shares, strict=True):
                yield outcome.way.value, event, f"{t:.3f}", f"{share.mean:.6f}", f"{share.half:.6f}"


def _panels(scenario: Scenario, outcomes: tuple[Outcome, ...]) -> tuple[Panel, ...]:
    from resolver.lab.figures import Line, Panel

    def line(way: Way, curve: Curve) -> Line:
        low = [max(0.0, share.mean - share.half) for share in curve.shares]
        high = [min(1.0, share.mean + share.half) for share in curve.shares]
        minutes = [t / 60 for t in curve.times]
        return Line(way.value, minutes, [share.mean for share in curve.shares], low, high)

    ttls = f"TTL {Seconds(scenario.old_ttl)}, lowered to {Seconds(scenario.lower_to)}"
    return tuple(
        Panel(
            f"{title} ({ttls})",
            f"minutes after {event}",
            "clients given the old value",
            tuple(line(o.way, curve) for o, curve in curves),
        )
        for title, event, curves in (
            ("The change", "the change", [(o, o.change) for o in outcomes]),
            ("Taking it back", "taking it back", [(o, o.back) for o in outcomes]),
        )
    )


def _report(folder: Path, scenario: Scenario, outcomes: tuple[Outcome, ...], note: str) -> None:
    from resolver.lab.report.chart import Chart

    rows = [
        ["", "EVENT", "WAY", *(f"{100 * share:g} % LEFT, s" for share in SHARES_LEFT), "NONE, s", "AT WORST"]
    ]
    for event, curves in (
        ("the change", [(o, o.change, o.worst) for o in outcomes]),
        ("taking it back", [(o, o.back, o.back.times[-1]) for o in outcomes]),
    ):
        for o, curve, worst in curves:
            times = map(_estimate, (*curve.until, curve.last))
            rows.append(["", event, o.way.value, *times, spell_duration(worst)])
    text = "The share of clients that, asking then, would be given the old value; bands are 95 % intervals over seeds."
    chart = Chart("curves", "Who still sees the old value", text, _panels(scenario, outcomes), {})
    document = _document(scenario, outcomes, note)
    write(folder, "A record that moves", rows, 3, [note], [chart], document, _rows(outcomes))
