# SPDX-License-Identifier: ISC
"""`resolver cache notify`: tells the running resolver that a zone has changed, as the zone's primary would."""

from __future__ import annotations

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.output import format_option, print_json, wants_json
from resolver.cli.words import spell_name

_SAYS = {
    "acted": "forgotten; older answers are not kept for long",
    "deferred": "will be forgotten in a moment: it was a moment ago",
    "known": "nothing to do: this or a later serial was announced already",
}


@click.command()
@click.argument("zone")
@click.option(
    "--serial", type=click.IntRange(0, (1 << 32) - 1), metavar="N", help="The zone's new SOA serial."
)
@socket_options
@format_option()
def notify(zone: str, serial: int | None, socket_path: str | None, config: str | None, style: str) -> None:
    r"""Forget ZONE and all below it, because it has changed: what a NOTIFY does, for who cannot send one.

    With --serial, answers of servers that do not have it yet are kept for `notify.brief` at most.

    \b
    resolver cache notify corp.example --serial 2026112101
    """
    body = {"name": spell_name(zone)} | ({} if serial is None else {"serial": serial})
    reply = client(socket_path, config).post("/api/v1/cache/notify", **body)
    if wants_json(style):
        print_json(reply, style)
        return
    done = reply["done"]
    if isinstance(done, str):
        click.echo(f"{reply['zone']} {_SAYS[done]}")
        return
    for worker, word in done.items():
        click.echo(f"worker {worker}: {reply['zone']} {_SAYS[word]}")
