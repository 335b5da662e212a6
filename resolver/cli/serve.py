# SPDX-License-Identifier: ISC
"""`resolver serve`: turns flags into configuration values and runs `app`."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterable

import click

from resolver.cli import completing
from resolver.cli.target import config_path


@click.command()
@click.option("--config", metavar="FILE", help="Configuration file; default: $RESOLVER_CONFIG, else none.")
@click.option("--listen", multiple=True, metavar="ADDR:PORT", help="Answer here, over UDP and TCP.")
@click.option("--http", metavar="ADDR:PORT", help="Status page and metrics; '' for none.")
@click.option(
    "--workers", metavar="N|auto", help="Processes that share the addresses; auto: one for each processor."
)
@click.option("--policy", metavar="NAME|FILE", shell_complete=completing.policies, help="Cache policy.")
@click.option(
    "--shadow",
    multiple=True,
    metavar="NAME|FILE",
    shell_complete=completing.policies,
    help="Policies judged beside it.",
)
@click.option(
    "--forward", multiple=True, metavar="ADDR[#PORT]", help="Ask these resolvers instead of the root."
)
@click.option("--root-hints", metavar="FILE", help="Root servers to start from.")
@click.option(
    "--lab", is_flag=False, flag_value="default", metavar="[INTERNET]", help="Simulate an internet too."
)
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    shell_complete=completing.settings,
    help="Override one configuration key.",
)
def serve(
    config: str | None,
    listen: tuple[str, ...],
    http: str | None,
    workers: str | None,
    policy: str | None,
    shadow: tuple[str, ...],
    forward: tuple[str, ...],
    root_hints: str | None,
    lab: str | None,
    values: tuple[str, ...],
) -> None:
    r"""Run the resolver in the foreground. HUP reloads, USR1 logs statistics, TERM and INT stop.

    \b
    resolver serve --lab
    resolver serve --config /etc/resolver/resolver.toml --listen 192.0.2.1:53
    resolver serve --forward 192.0.2.53 --set cache.size=512MiB
    """
    # What is imported now lives to the end: the collector need not walk it again and again. `run` enables it.
    gc.disable()
    from resolver.app import serve as run
    from resolver.settings.load import Loaded, load

    flags = [
        *_one("http.listen", http),
        *_one("server.workers", workers),
        *_one("policy.name", policy),
        *_one("upstream.root_hints", root_hints),
        *_one("lab.internet", lab),
        *_many("server.listen", listen),
        *_many("policy.shadow", shadow),
        *([f"zone=[{{name = '.', forward = {json.dumps(forward)}}}]"] if forward else []),
        *values,
    ]
    path = config_path(config)

    def read() -> Loaded:
        return load(path, os.environ, flags)

    run(read(), read, click.echo)


def _one(key: str, value: str | None) -> Iterable[str]:
    return () if value is None else (f"{key}={value}",)


def _many(key: str, values: tuple[str, ...]) -> Iterable[str]:
    return (f"{key}={json.dumps(values)}",) if values else ()
