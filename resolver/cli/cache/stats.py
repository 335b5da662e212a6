# SPDX-License-Identifier: ISC
"""`resolver cache stats` and `top`: what the cache holds, in numbers a person can read."""

from __future__ import annotations

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.output import format_option, pairs, print_json, wants_json


@click.command()
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
