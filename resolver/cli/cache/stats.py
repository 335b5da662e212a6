# SPDX-License-Identifier: ISC
"""`resolver cache stats` and `top`: what the cache holds, in numbers a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.output import duration, format_option, paint, print_json, print_views, table, wants_json
from resolver.units import Seconds

View = dict[str, Any]

_CACHES: Final = ("records", "images", "delegations", "failures", "servers")
_MEASURES: Final = ("hits", "bytes", "ttl", "misses")


@click.command()
@socket_options
@format_option()
def stats(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show what the cache holds: entries, bytes, hit ratio, evictions, ages, TTLs.

    \b
    resolver cache stats --format json
    """
    control = client(socket_path, config)
    view = control.get("/api/v1/cache/stats")
    view["since_start"] = control.get("/api/v1/stats")["cache"]
    if wants_json(style):
        print_json(view, style)
    else:
        for block in _blocks(view):
            click.echo(block)


def _blocks(view: View) -> Iterator[str]:
    rows: list[tuple[object, ...]] = [("CACHE", "ENTRIES", "BYTES", "BUDGET", "FULL")]
    for name in _CACHES:
        cache = view[name]
        full = f"{100 * cache['bytes'] / cache['budget']:.1f} %" if cache["budget"] else "-"
        rows.append((name, cache["entries"], size(cache["bytes"]), size(cache["budget"]), full))
    yield table(rows)
    records, since = view["records"], view["since_start"]
    ages = view["age_seconds"]
    pairs = [
        ("records", _parts(records, ("positive", "nodata", "nxdomain"))),
        ("of these", _parts(records, ("fresh", "stale", "dead"))),
        ("stored", "nothing yet" if ages["oldest"] is None else _ages(ages)),
        ("hit ratio", _ratio(since)),
        ("misses", _parts(since["misses_by_cause"]) or "none"),
        ("evicted", _parts(since["evictions"]) or "none"),
        ("prefetched", _parts(since["prefetches"]) or "none"),
    ]
    yield "\n" + table(pairs)
    ttls = [("TTL", "LEAST", "TENTH", "HALF", "NINE TENTHS", "MOST")]
    for which, found in view["ttl_seconds"].items():
        ttls.append(
            (
                which,
                *("-" if value is None else ttl(value) for value in found.values()),
            )
        )
    yield "\n" + table(ttls)
    yield paint("to three digits; left: of what is fresh", dim=True)


def _parts(view: View, keys: tuple[str, ...] = ()) -> str:
    return ", ".join(f"{view[key]} {key.replace('_', ' ')}" for key in keys or view)


def _ages(ages: View) -> str:
    return f"the oldest {duration(ages['oldest'])} ago, the newest {duration(ages['newest'])} ago"


def _ratio(since: View) -> str:
    ratio = since["fresh_hit_ratio"]
    counts = f"{since['fresh_hits']} fresh hits, {since['stale_hits']} stale, {since['misses']} misses"
    return f"{'-' if ratio is None else f'{100 * ratio:.2f} %'} since the start ({counts})"


def ttl(seconds: float) -> str:
    """A TTL for a person: as a zone file spells it where that is exact, `5m`, else about, `23h59m`."""
    whole = round(seconds)
    return Seconds(whole).spell() if whole < 60 or whole % 60 == 0 else duration(seconds)


def size(octets: float) -> str:
    """Bytes for a person: `512 B`, `1.2 MiB`."""
    value = float(octets)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


@click.command()
@click.option(
    "--by", type=click.Choice(_MEASURES), default="hits", help="What to order by; misses: how often fetched."
)
@click.option("-n", "limit", type=click.IntRange(1, 1000), default=20, metavar="N", help="How many.")
@socket_options
@format_option()
def top(by: str, limit: int, socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show the entries with most hits, bytes, time to live or misses.

    A miss is counted where it ends: when an answer is stored. Names whose answers are never kept are not here.

    \b
    resolver cache top --by bytes -n 10
    """
    reply = client(socket_path, config).get(f"/api/v1/cache/top?by={by}&limit={limit}")
    if wants_json(style):
        print_views(reply, "entries", style)
    else:
        click.echo(table(_rows(reply["entries"])) if reply["entries"] else "no entries")


def _rows(entries: list[View]) -> list[tuple[object, ...]]:
    several = any("worker" in entry for entry in entries)
    head = ("WORKER",) if several else ()
    rows: list[tuple[object, ...]] = [("HITS", "MISSES", "BYTES", "TTL", "STATE", *head, "TYPE", "NAME")]
    for entry in entries:
        where = (entry.get("worker", "-"),) if several else ()
        kept = ttl(entry["kept_ttl"])
        misses = entry["refreshes"] + 1
        rows.append(
            (
                entry["hits"],
                misses,
                entry["bytes"],
                kept,
                entry["state"],
                *where,
                entry["type"],
                entry["name"],
            )
        )
    return rows
