# SPDX-License-Identifier: ISC
"""`resolver cache show`: the entries at or below a name, as a list or summed up as a tree."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from resolver.cli import completing
from resolver.cli.cache.stats import size
from resolver.cli.control_client import ControlClient, client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.output import format_option, paint, print_views, table, wants_json
from resolver.cli.words import spell_name, spell_type


@click.command()
@click.argument("name", required=False)
@click.option(
    "--type", "rtype", metavar="TYPE", shell_complete=completing.types, help="Only entries of this type."
)
@click.option("--stale", is_flag=True, help="Only entries past their TTL that may still be served.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=1000, metavar="N", help="Most entries to show."
)
@click.option("--tree", "as_tree", is_flag=True, help="Sums by zone and label, not single entries.")
@click.option("--depth", type=click.IntRange(0, 127), default=2, metavar="N", help="Labels of the tree.")
@socket_options
@format_option()
def show(
    name: str | None,
    rtype: str | None,
    stale: bool,
    limit: int,
    as_tree: bool,
    depth: int,
    socket_path: str | None,
    config: str | None,
    style: str,
) -> None:
    r"""Show the entries at or below NAME, or all of them.

    \b
    resolver cache show www.example.com --type A --format json
    resolver cache show --tree --depth 3
    """
    name, rtype = spell_name(name), spell_type(rtype)
    if as_tree:
        if rtype is not None or stale:
            raise CommandFailed(
                "--tree sums up all types and states - leave --type and --stale out", Exit.USAGE
            )
        _show_tree(client(socket_path, config), name, depth, style)
        return
    asked = {"name": name, "type": rtype, "stale": "1" if stale else None, "limit": limit}
    query = urlencode({key: value for key, value in asked.items() if value is not None})
    reply = client(socket_path, config).get(f"/api/v1/cache/entries?{query}")
    if wants_json(style):
        print_views(reply, "entries", style)
    else:
        _print_entries(reply)


def _show_tree(control: ControlClient, name: str | None, depth: int, style: str) -> None:
    asked = {"name": name, "depth": depth} if name is not None else {"depth": depth}
    reply = control.get(f"/api/v1/cache/tree?{urlencode(asked)}")
    if wants_json(style):
        print_views(reply, "nodes", style)
    else:
        click.echo(table(_tree_rows(reply["nodes"])))
        if reply["truncated"]:
            click.echo(paint("too many names; what is not shown is counted above it. Give a NAME", dim=True))


def _tree_rows(nodes: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """One row a name, drawn as a tree; a zone whose delegation is known is marked."""
    rows: list[tuple[object, ...]] = [("ENTRIES", "STALE", "DENIALS", "HITS", "BYTES", "NAME")]
    for number, node in enumerate(nodes):
        drawn = "".join(
            ("│  " if _goes_on(nodes, number, level) else "   ")
            if level < node["depth"]
            else ("├─ " if _goes_on(nodes, number, level) else "└─ ")
            for level in range(1, node["depth"] + 1)
        )
        label = node["name"] if not node["depth"] else _first_label(node["name"])
        zone = "  (zone)" if node["zone"] and node["depth"] else ""
        counts = (node["entries"], node["stale"], node["denials"], node["hits"], size(node["bytes"]))
        rows.append((*counts, f"{drawn}{label}{zone}"))
    return rows


def _goes_on(nodes: list[dict[str, Any]], number: int, level: int) -> bool:
    """Whether another name follows at that level, under the same one above."""
    for node in nodes[number + 1 :]:
        if node["depth"] <= level:
            return bool(node["depth"] == level)
    return False


def _first_label(name: str) -> str:
    """The first label of a name in text, escapes left as they are."""
    at = 0
    while at < len(name) and name[at] != ".":
        at += 2 if name[at] == "\\" else 1
    return name[:at]


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
