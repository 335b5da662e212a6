# SPDX-License-Identifier: ISC
"""Printing: which format, colours or none, tables, JSON. Knows nothing of DNS."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

FORMATS: Final = ("auto", "table", "json", "jsonl")
F = TypeVar("F", bound=Callable[..., Any])


def format_option(*more: str) -> Callable[[F], F]:
    """Return the `--format` option, with `more` formats than the usual ones."""
    return click.option(
        "--format",
        "style",
        type=click.Choice([*FORMATS, *more]),
        default="auto",
        help="How to print. auto: table.",
    )


def wants_json(style: str) -> bool:
    """Whether `style` is one of the JSON formats."""
    return style in ("json", "jsonl")


def print_json(value: Mapping[str, Any], style: str) -> None:
    """Print one JSON document: indented for `json`, on one line for `jsonl`."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if style == "json" else None))


def print_views(reply: Mapping[str, Any], key: str, style: str) -> None:
    """Print a reply that is a list: whole for `json`, each of what is below `key` on a line of its own for `jsonl`."""
    if style != "jsonl":
        print_json(reply, style)
        return
    for view in reply[key]:
        print_json({"schema": 1, **view}, style)


def is_coloured() -> bool:
    """Colours only on a terminal, and never with NO_COLOR set (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, **style: Any) -> str:
    """Return `text` in a style of click's, or plain."""
    return click.style(text, **style) if is_coloured() else text


def table(rows: Iterable[Sequence[object]], *, indent: str = "") -> str:
    """Return rows with aligned columns; the last column is not padded."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [
        max((len(row[i]) for row in cells if i < len(row)), default=0)
        for i in range(max(map(len, cells), default=0))
    ]
    lines = []
    for row in cells:
        padded = [cell.ljust(widths[i]) for i, cell in enumerate(row)]
        lines.append((indent + "  ".join(padded)).rstrip())
    return "\n".join(lines)


def pairs(view: Mapping[str, Any], *, indent: str = "") -> str:
    """Return a JSON object as aligned `key  value` lines; objects within it are indented below their key."""
    plain = [
        (k.replace("_", " "), _cell(v))
        for k, v in view.items()
        if k != "schema" and not isinstance(v, Mapping)
    ]
    blocks = [table(plain, indent=indent)] if plain else []
    for key, value in view.items():
        if isinstance(value, Mapping):
            inner = pairs(value, indent=indent + "  ") if value else f"{indent}  (none)"
            blocks.append(f"{indent}{paint(key.replace('_', ' '), bold=True)}\n{inner}")
    return "\n".join(blocks)


def duration(seconds: float) -> str:
    """Return seconds for a person: `0.8 ms`, `12 ms`, `3.2 s`, `2h05m`."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    return f"{days}d{hours:02}h" if days else f"{hours}h{minutes % 60:02}m" if hours else f"{minutes} min"


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else str(value)
