# SPDX-License-Identifier: ISC
"""`resolver cache flush`: says exactly what to forget, or only counts it."""

from __future__ import annotations

import time
from typing import Any

import click

from resolver.cli import completing
from resolver.cli.control_client import client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.instants import read_instant
from resolver.cli.output import format_option, paint, print_json, wants_json
from resolver.cli.words import read_ip, spell_name, spell_type
from resolver.units import Seconds


@click.command()
@click.argument("name", required=False)
@click.option("--exact", is_flag=True, help="Only NAME itself, not what is below it.")
@click.option("--glob", metavar="PATTERN", help="Only names that look so: * any characters, ? one.")
@click.option(
    "--type", "rtype", metavar="TYPE", shell_complete=completing.types, help="Only entries of this type."
)
@click.option("--negative", is_flag=True, help="Only negative answers.")
@click.option("--failures", is_flag=True, help="Only remembered failures (RFC 9520).")
@click.option("--stale", is_flag=True, help="Only entries past their TTL.")
@click.option("--server", metavar="ADDRESS", help="Only what came from this server.")
@click.option(
    "--stored-before", metavar="WHEN", help="Only what was stored before: 2h ago, or an instant (ISO 8601)."
)
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@socket_options
@format_option()
def flush(socket_path: str | None, config: str | None, style: str, dry_run: bool, **asked: Any) -> None:
    r"""Forget NAME and all below it, what fits the filters, or everything. Filters narrow each other.

    What is being fetched and would have been flushed is not kept when it comes.

    \b
    resolver cache flush example.com
    resolver cache flush www.example.com --exact --type AAAA
    resolver cache flush --glob 'a*.example.' --stored-before 2h --dry-run
    resolver cache flush --server 192.0.2.53
    """
    if asked["name"] is not None and asked["everything"]:
        raise CommandFailed("NAME and --all contradict each other - give one of them", Exit.USAGE)
    if not any(value for key, value in asked.items() if key != "exact"):
        raise CommandFailed("nothing to flush - give a NAME, --all, or a filter such as --stale", Exit.USAGE)
    if asked["stored_before"] is not None:
        asked["older_than"] = _seconds_ago(asked.pop("stored_before"))
    asked |= {"name": spell_name(asked["name"]), "rtype": spell_type(asked["rtype"])}
    if asked["server"] is not None:
        asked["server"] = str(read_ip(asked["server"]))
    names = {"rtype": "type", "everything": "all"}
    body = {
        names.get(key, key): value for key, value in asked.items() if value is not None and value is not False
    }
    if dry_run:
        body["dry_run"] = True
    reply = client(socket_path, config).post("/api/v1/cache/flush", **body)
    if wants_json(style):
        print_json(reply, style)
        return
    click.echo(_said(reply, dry_run=dry_run))
    if dry_run:
        _show_some(reply.get("such_as", []), reply.get("of", {}).get("records", 0))


def _said(reply: dict[str, Any], *, dry_run: bool) -> str:
    count, parts = reply["flushed"], reply.get("of", {})
    text = f"{'would flush' if dry_run else 'flushed'} {_count(count, 'entry', 'entries')}"
    others = [
        _count(parts[key], key.removesuffix("s"), key)
        for key in ("delegations", "failures")
        if parts.get(key)
    ]
    return (
        f"{text}: {', '.join([_count(parts['records'], 'record', 'records'), *others])}" if others else text
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _show_some(names: list[str], count: int) -> None:
    for name in names:
        click.echo(f"  {name}")
    if count > len(names):
        click.echo(paint(f"  and {count - len(names)} more", dim=True))


def _seconds_ago(when: str) -> float:
    """Seconds from `when` to now: `2h` is two hours ago."""
    try:
        return float(Seconds.read(when))
    except ValueError:
        now = time.time()
    try:
        return max(0.0, now - read_instant(when, now))
    except CommandFailed:
        raise CommandFailed(
            f"--stored-before {when!r} is neither an age nor an instant - write it like 2h or 2026-11-21T02:30Z",
            Exit.USAGE,
        ) from None
