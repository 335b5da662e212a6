# SPDX-License-Identifier: ISC
"""`resolver cache show`: the entries at or below a name, as a list or summed up as a tree."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.output import format_option, paint, print_json, table, wants_json


@click.command()
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
