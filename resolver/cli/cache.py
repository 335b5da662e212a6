# SPDX-License-Identifier: ISC
"""`resolver cache show|flush|stats`: asks the running resolver about its cache and prints."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.output import format_option, paint, pairs, print_json, table, wants_json


@click.group()
def cache() -> None:
    r"""Look into the cache of the running resolver, or flush it.

    \b
    resolver cache show example.com
    resolver cache flush example.com --type A --dry-run
    """


@cache.command()
@click.argument("name", required=False)
@click.option("--type", "rtype", metavar="TYPE", help="Only entries of this type.")
@click.option("--stale", is_flag=True, help="Only entries past their TTL that may still be served.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=1000, metavar="N", help="Most entries to show."
)
@socket_options
@format_option()
def show(
    name: str | None,
    rtype: str | None,
    stale: bool,
    limit: int,
    socket_path: str | None,
    config: str | None,
    style: str,
) -> None:
    r"""Show the entries at or below NAME, or all of them.

    \b
    resolver cache show www.example.com --type A --format json
    """
    asked = {"name": name, "type": rtype, "stale": "1" if stale else None, "limit": limit}
    query = urlencode({key: value for key, value in asked.items() if value is not None})
    reply = client(socket_path, config).get(f"/api/v1/cache/entries?{query}")
    if style == "jsonl":
        for entry in reply["entries"]:
            print_json({"schema": 1, **entry}, style)
    elif wants_json(style):
        print_json(reply, style)
    else:
        _print_entries(reply)


def _print_entries(reply: dict[str, Any]) -> None:
    entries = reply["entries"]
    if not entries:
        click.echo("no entries")
        return
    rows = [("NAME", "TYPE", "STATE", "LEFT", "TTL", "DATA"), *map(_row, entries)]
    click.echo(table(rows))
    if reply.get("truncated"):
        click.echo(paint(f"only the first {len(entries)} are shown; --limit shows more", dim=True))


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    left = entry["fresh_for"] if entry["state"] == "fresh" else entry["stale_for"]
    ttl, kept = entry["published_ttl"], entry["kept_ttl"]
    data = ", ".join(entry["records"]) or entry["kind"]
    return (
        entry["name"],
        entry["type"],
        entry["state"],
        f"{left:.0f}s",
        f"{ttl}s" if ttl == kept else f"{ttl}s -> {kept:g}s",
        data if len(data) <= 100 else data[:97] + "...",
    )


@cache.command()
@click.argument("name", required=False)
@click.option("--exact", is_flag=True, help="Only NAME itself, not what is below it.")
@click.option("--type", "rtype", metavar="TYPE", help="Only entries of this type.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--negative", is_flag=True, help="Only negative answers.")
@click.option("--failures", is_flag=True, help="Only remembered failures (RFC 9520).")
@click.option("--dry-run", is_flag=True, help="Only count.")
@socket_options
@format_option()
def flush(
    name: str | None,
    exact: bool,
    rtype: str | None,
    everything: bool,
    negative: bool,
    failures: bool,
    dry_run: bool,
    socket_path: str | None,
    config: str | None,
    style: str,
) -> None:
    r"""Forget NAME and all below it, or everything.

    \b
    resolver cache flush example.com
    resolver cache flush www.example.com --exact --type AAAA
    resolver cache flush --all --dry-run
    """
    if name is None and not (everything or negative or failures):
        raise CommandFailed("nothing to flush - give a NAME, --all, --negative or --failures", Exit.USAGE)
    if name is not None and everything:
        raise CommandFailed("NAME and --all contradict each other - give one of them", Exit.USAGE)
    flags = {
        "exact": exact,
        "all": everything,
        "negative": negative,
        "failures": failures,
        "dry_run": dry_run,
    }
    body: dict[str, object] = {key: True for key, on in flags.items() if on}
    body |= {key: value for key, value in (("name", name), ("type", rtype)) if value is not None}
    reply = client(socket_path, config).post("/api/v1/cache/flush", **body)
    if wants_json(style):
        print_json(reply, style)
    else:
        count = reply["flushed"]
        click.echo(
            f"{'would flush' if dry_run else 'flushed'} {count} {'entry' if count == 1 else 'entries'}"
        )


@cache.command()
@socket_options
@format_option()
def stats(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show entries and bytes of each cache.

    \b
    resolver cache stats --format json
    """
    reply = client(socket_path, config).get("/api/v1/cache/stats")
    if wants_json(style):
        print_json(reply, style)
    else:
        click.echo(pairs(reply))
