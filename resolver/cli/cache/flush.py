# SPDX-License-Identifier: ISC
"""`resolver cache flush`: says exactly what to forget, or only counts it."""

from __future__ import annotations

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.output import format_option, print_json, wants_json


@click.command()
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
