# SPDX-License-Identifier: ISC
"""`resolver migrate outage`: how many questions caches answer while your servers are silent. Reckoning is the lab's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from resolver.cli.instants import read_duration
from resolver.cli.output import format_option, print_json, table, wants_json
from resolver.units import Seconds
from resolver.wire import ROOT, Rtype

if TYPE_CHECKING:
    from resolver.lab.outage_curves import OutageCurve

_LENGTHS: Final = "1m,10m,1h,6h,1d,3d"
_WINDOWS: Final = "0,1h,1d,3d"
_WIDEST_LABEL: Final = 40  # characters in a legend


@click.command()
@click.option("--ttl", default="300", metavar="DURATION", help="The TTL your records have; default 300 s.")
@click.option(
    "--for", "lengths", default=_LENGTHS, metavar="D,D…", help=f"Lengths of outage; default {_LENGTHS}."
)
@click.option("--presets", metavar="A,B…", help="The policies of the caches out there; default: all shipped.")
@click.option(
    "--stale", default=_WINDOWS, metavar="D,D…", help=f"Stale windows to compare; default {_WINDOWS}."
)
@click.option(
    "--names", type=click.IntRange(1, 10_000_000), default=1, metavar="N", help="How many names lie there."
)
@click.option(
    "--alpha",
    type=click.FloatRange(0, 5),
    default=0.9,
    metavar="A",
    help="Zipf exponent of their popularity.",
)
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), default=0.1, metavar="R", help="Questions/s per cache."
)
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Draw it: *.png, *.svg, *.pdf."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@format_option()
def outage(style: str, as_csv: bool, figure: Path | None, **given: Any) -> None:
    r"""Show the share of questions that caches answer through an outage of your servers, by their policy.

    By formula: Poisson questions, caches in their usual state when it begins, nothing fetched until it ends.

    \b
    resolver migrate outage --ttl 300 --for 10m,1h,1d
    resolver migrate outage --ttl 1h --names 100000 --rate 100 --presets unbound,default --figure outage.svg
    """
    seconds = tuple(read_duration(text, "--for") for text in given["lengths"].split(","))
    ttl = round(read_duration(given["ttl"], "--ttl"))
    if figure is not None:
        from resolver.lab import figures

        figures.check(figure)
    curves = _curves(ttl, seconds, given)
    said = f"TTL {Seconds(ttl)}, names: {given['names']} (Zipf {given['alpha']:g}), {given['rate']:g} questions/s"
    if as_csv:
        _csv(curves, seconds)
    elif wants_json(style):
        _json(curves, seconds, said, style)
    else:
        _table(curves, seconds, said)
    if figure is not None:
        _draw(figure, ttl, given, said)


def _curves(ttl: int, lengths: tuple[float, ...], given: dict[str, Any]) -> tuple[OutageCurve, ...]:
    import resolver.lab.models as models
    from resolver.lab.migration.keeping import shipped_caches
    from resolver.lab.outage_curves import by_windows, outage_curves, subject_of
    from resolver.policy.presets import load_policy

    caches = shipped_caches(given["presets"].split(",") if given["presets"] else None, browsers=False)
    windows = [read_duration(text, "--stale") for text in given["stale"].split(",")]
    policies = {**by_windows(load_policy("rfc"), windows), **caches.resolvers}
    rates = models.zipf_rates(given["names"], given["alpha"], given["rate"])
    return outage_curves(rates, subject_of(ROOT, int(Rtype.A), ttl), policies, lengths)


def _table(curves: tuple[OutageCurve, ...], lengths: tuple[float, ...], said: str) -> None:
    from resolver.lab.outage_curves import same

    click.echo(f"questions answered through an outage: {said}\n")
    head = ("KEPT", "+ STALE", *(Seconds(length).spell() for length in lengths), "BY")
    rows = [
        (
            Seconds(curve.fresh).spell(),
            Seconds(curve.stale).spell() if curve.stale else "-",
            *(f"{100 * share:.1f} %" for share in curve.served),
            names,
        )
        for names, curve in same(curves)
    ]
    click.echo(table([head, *rows]))


def _json(curves: tuple[OutageCurve, ...], lengths: tuple[float, ...], said: str, style: str) -> None:
    views = [
        {
            "policy": curve.policy,
            "fresh": curve.fresh,
            "stale": curve.stale,
            "served": [
                {"outage": d, "share": round(s, 6)} for d, s in zip(lengths, curve.served, strict=True)
            ],
        }
        for curve in curves
    ]
    if style == "jsonl":
        for view in views:
            print_json({"schema": 1, **view}, style)
    else:
        print_json({"schema": 1, "about": said, "policies": views}, style)


def _csv(curves: tuple[OutageCurve, ...], lengths: tuple[float, ...]) -> None:
    click.echo("policy,fresh_s,stale_s,outage_s,served")
    for curve in curves:
        for length, share in zip(lengths, curve.served, strict=True):
            click.echo(f"{curve.policy},{curve.fresh:g},{curve.stale:g},{length:g},{share:.6f}")


def _cut(names: str) -> str:
    return names if len(names) <= _WIDEST_LABEL else names[: _WIDEST_LABEL - 1] + "…"


def _draw(path: Path, ttl: int, given: dict[str, Any], said: str) -> None:
    """Draw with and without stale over a minute to a week, whatever lengths were asked for."""
    from resolver.lab import figures
    from resolver.lab.outage_curves import same

    lengths = tuple(60 * 10080 ** (i / 80) for i in range(81))
    lines = tuple(
        figures.Line(_cut(names), lengths, curve.served)
        for names, curve in same(_curves(ttl, lengths, given))
    )
    ticks = tuple((read_duration(text, "tick"), text) for text in ("1m", "10m", "1h", "6h", "1d", "3d", "7d"))
    panel = figures.Panel(
        "Questions answered through an outage", "length of the outage", "answered", lines, ticks
    )
    figures.draw(path, [panel], said)
    click.echo(f"figure: {path}", err=True)
