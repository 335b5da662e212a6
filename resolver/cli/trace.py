# SPDX-License-Identifier: ISC
"""`resolver trace`: the running resolver resolves from the root with empty caches; every step is printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from resolver.cli.control_client import client, socket_options
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.output import duration, format_option, paint, print_views, table, wants_json
from resolver.cli.words import read_words, require_one

_COLOURS: Final = {
    "answer": "green",
    "alias": "green",
    "nodata": "green",
    "nxdomain": "green",
    "referral": "cyan",
    "truncated": "yellow",
    "spoofable": "yellow",
    "badcookie": "yellow",
    "waiting": "yellow",
}


@click.command()
@click.argument("words", nargs=-1, metavar="NAME [TYPE]")
@socket_options
@format_option()
def trace(words: tuple[str, ...], socket_path: str | None, config: str | None, style: str) -> int:
    r"""Show every step from the root: zone, server, round trip, verdict, and each TTL from published to kept.

    The answer cache is left alone: nothing is read from it and nothing is stored.

    \b
    resolver trace www.example.com AAAA
    resolver trace MX example.com --format json
    """
    said = read_words(words)
    require_one(said)
    if said.server is not None:
        raise CommandFailed(
            "a trace begins at the root, at no @server - ask that one with 'resolver query'", Exit.USAGE
        )
    from resolver.wire import to_text
    from resolver.wire.codes import type_to_text

    reply = client(socket_path, config).post(
        "/api/v1/trace", name=to_text(said.names[0]), type=type_to_text(said.rtypes[0])
    )
    if wants_json(style):
        print_views(reply, "steps", style)
    else:
        click.echo("\n".join(story(reply)))
    return Exit.FAILED if "failed" in reply["outcome"] else Exit.OK


def story(reply: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a trace."""
    yield paint(f"{reply['name']} {reply['type']}, from the root with empty caches", bold=True)
    number = 0
    for step in reply["steps"]:
        indent = "    " * int(step.get("depth", 0))
        match step["step"]:
            case "query":
                number += 1
                yield f"{indent}{_tried(number, step)}"
            case "question":
                yield f"{indent}needs {step['name']} {step['type']}"
            case "answered":
                yield f"{indent}has {step['name']} {step['type']}: {step['outcome']}"
            case "dropped":
                yield f"{indent}{paint('dropped', fg='yellow')} a datagram from {step['server']}: {step['why']}"
            case "limit":
                yield f"{indent}{paint('limit', fg='red')} {step['limit']}"
            case _:
                pass  # a newer resolver may tell of more
        yield from _learnt(step, indent + "      ")
    yield ""
    yield from _outcome(reply)


def _tried(number: int, step: dict[str, Any]) -> str:
    text = "no reply" if step["verdict"] == "waiting" else step["verdict"]
    verdict = paint(text, fg=_COLOURS.get(step["verdict"], "red"))
    detail = f" ({step['detail']})" if step.get("detail") else ""
    took = "-" if step["rtt"] is None else duration(step["rtt"])
    return (
        f"{number:3}  {step['zone']}  asked {step['server']} ({step['transport']}) for {step['name']} {step['type']}"
        f"  {took}  {verdict}{detail}"
    )


def _learnt(step: dict[str, Any], indent: str) -> Iterator[str]:
    if "cut" in step:
        cut = step["cut"]
        rules = ", ".join(cut["rules"]) or "as published"
        yield (
            f"{indent}zone {cut['zone']}: {_count(cut['names'], 'name server')}, {cut['addresses']} addresses,"
            f" lease {cut['published']} -> {cut['lease']:g}  {rules}"
        )
    if step.get("ttls"):
        yield table([_ttl(ttl) for ttl in step["ttls"]], indent=indent)
    if step.get("scrubbed"):
        yield f"{indent}{_count(step['scrubbed'], 'record')} dropped: out of bailiwick, or not asked for"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _ttl(ttl: dict[str, Any]) -> tuple[str, ...]:
    rules = ", ".join(ttl["rules"]) or "as published"
    return (ttl["name"], ttl["type"], ttl["kind"], f"TTL {ttl['published']} -> {ttl['kept']:g}", rules)


def _outcome(reply: dict[str, Any]) -> Iterator[str]:
    outcome = reply["outcome"]
    queries = outcome.get("queries", 0)
    work = f"{queries} {'query' if queries == 1 else 'queries'}, {duration(reply['seconds'])}"
    if "failed" in outcome:
        failed = outcome["failed"]
        yield f"{paint(outcome['rcode'], bold=True, fg='red')}  {failed['text']} ({failed['cause']})  {work}"
        return
    yield f"{paint(outcome['rcode'], bold=True, fg='green')}{' (no data)' if outcome['nodata'] else ''}  {work}"
    rows = [(r["name"], r["ttl"], r["type"], r["data"]) for r in outcome["answer"]]
    if rows:
        yield table(rows)
    if outcome.get("withheld"):
        yield paint(
            "withheld from clients: a private address in a public name (see rebinding.allow)", fg="yellow"
        )
