# SPDX-License-Identifier: ISC
"""`resolver policy status`: asks the running resolver how its policy does beside its shadows, and prints a table."""

from __future__ import annotations

from typing import Any

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.output import format_option, paint, print_json, table, wants_json

_HEAD = ("POLICY", "MODE", "HITS", "DENIALS", "STALE", "UPSTREAM", "/S", "OUTDATED", "BY", "BEYOND TTL")


@click.command()
@socket_options
@format_option()
def status(socket_path: str | None, config: str | None, style: str) -> None:
    r"""Show the policy in force beside those that are judged as its shadows.

    Hits, denials, stale answers and upstream fetches are shares of all questions; outdated answers, and those older
    than the owner's TTL, are shares of what was answered from the cache. After +- stands the standard error.

    \b
    resolver policy status --format json
    """
    reply = client(socket_path, config).get("/api/v1/policy/status")
    if wants_json(style):
        print_json(reply, style)
        return
    really = reply["really"]
    if not reply["policies"]:
        click.echo(
            f"{reply['enforced']} is in force: {_percent(_part(really['hits'], really['questions']))} hits"
        )
        click.echo(
            paint("no shadows; set policy.shadow, or serve with --shadow NAME, to compare others", dim=True)
        )
        return
    click.echo(table([_HEAD, *map(_row, reply["policies"])]))
    memory = reply["memory"]
    click.echo(
        paint(
            f"{really['questions']} questions in {reply['seconds']:.0f} s; judged on {reply['sample']:.4g} of names "
            f"({memory['rows']} held, {memory['bytes'] / 2**20:.1f} of {memory['budget'] / 2**20:.1f} MiB)",
            dim=True,
        )
    )


def _row(policy: dict[str, Any]) -> tuple[str, ...]:
    rate, late = policy["upstream_per_second"], policy["late_seconds"]
    return (
        policy["name"],
        policy["mode"],
        _ratio(policy["hits"]),
        _percent(policy["negative"]),
        _percent(policy["stale"]),
        _ratio(policy["upstream"]),
        "-" if rate is None else f"{rate:.1f}",
        _ratio(policy["outdated"]),
        "-" if late is None else f"{late:.0f}s",
        _ratio(policy["beyond_ttl"]),
    )


def _ratio(ratio: dict[str, float | None]) -> str:
    error = ratio["error"]
    return _percent(ratio["value"]) + (f" +-{100 * error:.2f}" if error else "")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}%"


def _part(some: float, whole: float) -> float | None:
    return some / whole if whole else None
