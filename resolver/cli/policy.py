# SPDX-License-Identifier: ISC
"""`resolver policy list|show|check|set`: reads policy files and prints, asks the running resolver to change its policy.

What a policy means is `resolver.policy`'s business; what changing one does to a cache, the server's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from resolver.cli import completing
from resolver.cli.compare import compare
from resolver.cli.control_client import client, socket_options
from resolver.cli.exits import Exit
from resolver.cli.groups import OrderedGroup
from resolver.cli.output import format_option, paint, print_json, print_views, table, wants_json
from resolver.cli.policy_status import status

if TYPE_CHECKING:
    from resolver.policy.presets import PolicyDocument
    from resolver.policy.rules import PrefetchRules, Rule, StaleRules
    from resolver.units import Settings

BLOCKS = ("positive", "nxdomain", "nodata", "failure", "delegation", "stale", "prefetch")


@click.group(cls=OrderedGroup)
def policy() -> None:
    r"""Cache policies: what ships, what a file says, what rules.

    \b
    resolver policy list
    resolver policy show bind --format toml > mine.toml
    resolver policy check mine.toml
    resolver policy set ./mine.toml
    """


@policy.command(name="list")
@format_option()
def list_(style: str) -> None:
    r"""Show the policies that ship, their bounds at a glance.

    \b
    resolver policy list
    """
    from resolver.policy.presets import load_document, preset_names

    documents = [load_document(name) for name in preset_names()]
    if wants_json(style):
        print_views(
            {"schema": 1, "policies": [_plain(document) for document in documents]}, "policies", style
        )
        return
    head = ("NAME", "VERSION", "MIN", "MAX", "NXDOMAIN", "NODATA", "FAILURE", "STALE", "PREFETCH")
    click.echo(table([head, *map(_row, documents)]))


@policy.command(name="set")
@click.argument("name", metavar="NAME|FILE", shell_complete=completing.policies)
@click.option(
    "--mode",
    type=click.Choice(["off", "shadow", "enforce"]),
    default="enforce",
    help="enforce: it rules. shadow: it is judged beside the one that rules. off: it is a shadow no more.",
)
@socket_options
@format_option()
def set_(name: str, mode: str, socket_path: str | None, config: str | None, style: str) -> None:
    r"""Change the policy of the running resolver until its next reload; the cache stays and is judged again.

    NAME is a preset, or the path of a file, which is checked here first.

    \b
    resolver policy set unbound
    resolver policy set ./mine.toml --mode shadow
    """
    from resolver.policy.presets import is_path, load_document

    load_document(name)
    if is_path(name):
        name = os.path.abspath(name)  # the server may stand elsewhere
    reply = client(socket_path, config).post("/api/v1/policy/set", name=name, mode=mode)
    if wants_json(style):
        print_json(reply, style)
    else:
        click.echo(f"{mode}: {name}")
        if reply.get("applied"):
            click.echo(f"changed: {', '.join(reply['applied'])}")


def _row(document: PolicyDocument) -> tuple[str, ...]:
    positive, failure = document.positive, document.failure
    return (
        document.policy.name,
        document.policy.version,
        str(positive.min),
        str(positive.max),
        _between(document.nxdomain.min, document.nxdomain.max),
        _between(document.nodata.min, document.nodata.max),
        _between(failure.min, failure.max),
        _stale(document.stale),
        _prefetch(document.prefetch),
    )


def _between(low: float, high: float) -> str:
    return f"{low} to {high}" if 0 < low < high else str(high)


def _stale(rules: StaleRules) -> str:
    if not rules.enabled:
        return "off"
    after = f"after {rules.client_timeout}" if rules.client_timeout else "at once"
    return f"{rules.max_age}, {after}"


def _prefetch(rules: PrefetchRules) -> str:
    if not rules.enabled:
        return "off"
    parts = [f"{rules.fraction:.0%}"] if rules.fraction else []
    return f"last {' + '.join([*parts, *([str(rules.left)] if rules.left else [])])}"


@policy.command()
@click.argument("name", metavar="NAME|FILE", shell_complete=completing.policies)
@format_option("toml")
def show(name: str, style: str) -> None:
    r"""Show a policy, every key: of a preset by NAME, or of a file by its path.

    With --format toml it is a policy file, to begin one of your own with.

    \b
    resolver policy show unbound
    resolver policy show bind --format toml > mine.toml
    """
    from resolver.policy.presets import load_document

    document = load_document(name)
    if style == "toml":
        click.echo("\n".join(_toml(document)))
    elif wants_json(style):
        print_json({"schema": 1, **_plain(document)}, style)
    else:
        click.echo("\n".join(_described(document)))


def _described(document: PolicyDocument) -> Iterator[str]:
    about = document.policy
    yield f"{paint(about.name, bold=True)} {about.version}  {about.title}".rstrip()
    if about.notes:
        yield click.wrap_text(about.notes, 100, "  ", "  ")
    rows = []
    for block in BLOCKS:
        settings = getattr(document, block)
        rows.append((block, ", ".join(f"{key} {_word(value)}" for key, value in _fields(settings))))
    yield table(rows, indent="  ")
    for number, rule in enumerate(document.rule, 1):
        title = f' "{rule.title}"' if rule.title else ""
        yield f"  rule {number}{title}: {', '.join(_said(rule))}"
    for source in about.source:
        yield f"  {paint(source.sure, dim=True)}: {source.what}{_speaks_for(source.keys)}"


def _said(rule: Rule) -> Iterator[str]:
    for key, value in _fields(rule):
        if key != "title" and value != () and (key != "ttl_from" or value):
            yield f"{key} {_word(value)}"


def _speaks_for(keys: tuple[str, ...]) -> str:
    return f" ({', '.join(keys)})" if keys else ""


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _fields(settings: Settings) -> Iterator[tuple[str, Any]]:
    """The keys that are set, with their values."""
    for key in settings.__struct_fields__:
        value = getattr(settings, key)
        if value is not None:
            yield key, value


def _toml(document: PolicyDocument) -> Iterator[str]:
    from resolver.settings.spell import spell

    yield "[policy]"
    for key, value in _fields(document.policy):
        if key != "source" and value:
            yield f"{key} = {spell(value)}"
    tables: list[tuple[str, Settings]] = [("[[policy.source]]", source) for source in document.policy.source]
    tables += [(f"[{block}]", getattr(document, block)) for block in BLOCKS]
    tables += [("[[rule]]", rule) for rule in document.rule]
    for head, settings in tables:
        yield f"\n{head}"
        for key, value in _fields(settings):
            if value not in ((), "") or not head.startswith("[["):
                yield f"{key} = {spell(value)}"


def _plain(document: PolicyDocument) -> dict[str, Any]:
    """The document as JSON holds it: durations in seconds, keys that are not set left out."""
    about = dict(_fields(document.policy))
    about["source"] = [_numbers(source) for source in document.policy.source]
    blocks = {block: _numbers(getattr(document, block)) for block in BLOCKS}
    return {**about, **blocks, "rules": [_numbers(rule) for rule in document.rule]}


def _numbers(settings: Settings) -> dict[str, Any]:
    return {
        key: float(value) if isinstance(value, float) else list(value) if isinstance(value, tuple) else value
        for key, value in _fields(settings)
    }


@policy.command()
@click.argument("file", metavar="FILE", shell_complete=completing.policies)
def check(file: str) -> int:
    r"""Check a policy file; tell every fault, each with file, key, value and what to do.

    \b
    resolver policy check mine.toml
    """
    from resolver.policy.presets import faults

    found = faults(file)
    for fault in found:
        click.echo(f"error: {fault}", err=True)
    if found:
        return Exit.FAILED
    click.echo(f"{file}: ok")
    return Exit.OK


policy.add_command(status)
policy.add_command(compare)
