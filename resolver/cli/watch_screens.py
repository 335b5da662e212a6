# SPDX-License-Identifier: ISC
"""How a watch is shown: a live table on a terminal, a line per change elsewhere, JSON. Asks nobody, judges nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import click

from resolver.cli.instants import spell_clock
from resolver.cli.output import duration, is_coloured, paint, print_json, table, wants_json
from resolver.cli.polling import Target
from resolver.lab.watching import Change, Role, Standing, Watch
from resolver.wire import to_text
from resolver.wire.codes import type_to_text

_WIDEST_VALUE: Final = 40  # columns; longer values are cut in the table, never in JSON
# A line that wrapped would be two, and the table could not be drawn over itself.
_NO_WRAP: Final = "\x1b[?7l"
_WRAP: Final = "\x1b[?7h"


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """What to watch, and how long."""

    name: bytes
    rtype: int
    awaited: tuple[str, ...]
    targets: tuple[Target, ...]
    interval: float
    timeout: float | None
    once: bool

    @property
    def title(self) -> str:
        """What is watched, for the head of a table."""
        until = f" until {', '.join(self.awaited)}" if self.awaited else ""
        return f"{to_text(self.name)} {type_to_text(self.rtype)}{until}"


def screen_for(plan: WatchPlan, style: str) -> Screen:
    """The screen that `--format` and the terminal ask for."""
    if wants_json(style):
        return _Json(plan, style)
    if style == "auto" and sys.stdout.isatty() and not plan.once:
        return _Live(plan)
    return _Table(plan) if plan.once or style == "table" else _Lines(plan)


class Screen:
    """Where the watch is shown."""

    def __init__(self, plan: WatchPlan) -> None:
        self._plan = plan

    def show(self, watching: Watch, changes: list[Change]) -> None:
        """Show one round."""

    def end(self, watching: Watch) -> None:
        """Show the end."""


class _Lines(Screen):
    """A line per change: for logs and pipes."""

    def show(self, watching: Watch, changes: list[Change]) -> None:
        """Print what has changed."""
        for change in changes:
            click.echo(_line(change, self._plan, still_published=watching.still_published))

    def end(self, watching: Watch) -> None:
        """Print who has it."""
        click.echo(_summary(watching, self._plan))


class _Table(Screen):
    """The whole table, at the end."""

    def end(self, watching: Watch) -> None:
        """Print it."""
        click.echo("\n".join(_rows(watching, self._plan, watching.standings()[-1].reading.at)))


class _Live(Screen):
    """The table on a terminal, drawn over itself."""

    def __init__(self, plan: WatchPlan) -> None:
        super().__init__(plan)
        self._height = 0

    def show(self, watching: Watch, changes: list[Change]) -> None:
        """Draw it again."""
        lines = list(_rows(watching, self._plan, time.time()))
        up = f"\x1b[{self._height}A" if self._height else ""
        click.echo(_NO_WRAP + up + "\n".join(f"{line}\x1b[K" for line in lines) + _WRAP)
        self._height = len(lines)


class _Json(Screen):
    """One document at the end, or a line per change."""

    def __init__(self, plan: WatchPlan, style: str) -> None:
        super().__init__(plan)
        self._style = style

    def show(self, watching: Watch, changes: list[Change]) -> None:
        """Print changes, as `jsonl`."""
        if self._style == "jsonl":
            for change in changes:
                print_json({"schema": 1, **_view(change.after)}, "jsonl")

    def end(self, watching: Watch) -> None:
        """Print the document, as `json`."""
        if self._style == "json":
            print_json(
                {
                    "schema": 1,
                    "name": to_text(self._plan.name),
                    "type": type_to_text(self._plan.rtype),
                    "until": list(self._plan.awaited),
                    "all_have": watching.all_have,
                    "last_must_switch_at": watching.last_must_switch_at,
                    "anywhere_until": watching.anywhere_until,
                    "servers": [_view(standing) for standing in watching.standings()],
                },
                "json",
            )


def _line(change: Change, plan: WatchPlan, *, still_published: bool) -> str:
    after = change.after
    before = f"{_said(change.before)} -> " if change.before else ""
    notes = _state(after, plan, still_published=still_published)
    return f"{spell_clock(after.reading.at)}  {after.server.label}  {before}{_said(after)}" + (
        f"  {notes}" if notes else ""
    )


def _rows(watching: Watch, plan: WatchPlan, now: float) -> Iterable[str]:
    yield f"{paint(plan.title, bold=True)}  {spell_clock(now)}"
    yield from table(
        [
            ("SERVER", "ROLE", "VALUE", "TTL", "SINCE", "STATE"),
            *(
                (
                    s.server.label,
                    s.server.role.value,
                    _cut(_said(s)),
                    "-" if s.reading.ttl is None else str(s.reading.ttl),
                    spell_clock(s.since_at),
                    _coloured(s, plan, still_published=watching.still_published),
                )
                for s in watching.standings()
            ),
        ]
    ).splitlines()
    yield _summary(watching, plan)


def _coloured(standing: Standing, plan: WatchPlan, *, still_published: bool) -> str:
    text = _state(standing, plan, still_published=still_published)
    if not plan.awaited or not is_coloured():
        return text
    return paint(text, fg="green" if standing.has else "red" if standing.reading.problem else "yellow")


def _state(standing: Standing, plan: WatchPlan, *, still_published: bool) -> str:
    notes = ["stale"] if standing.reading.stale else []
    if standing.fell_back:
        notes.append("several caches: fell back")
    if not plan.awaited:
        return ", ".join(notes)
    if standing.has:
        return ", ".join(["has it", *notes])
    until = standing.must_switch_at
    if until is not None:
        left = until - standing.reading.at
        what = "its copy ends" if still_published else "must switch by"
        notes.insert(
            0, f"{what} {spell_clock(until)}" + (f" (in {duration(left)})" if left > 0 else ", late")
        )
    elif standing.server.role is Role.AUTHORITY and not standing.reading.problem:
        notes.insert(0, "still publishes it")
    return ", ".join(notes)


def _said(standing: Standing) -> str:
    return standing.reading.problem or ", ".join(standing.reading.values)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST_VALUE else text[: _WIDEST_VALUE - 1] + "…"


def _summary(watching: Watch, plan: WatchPlan) -> str:
    count = len(plan.targets)
    if not plan.awaited:
        values = {standing.reading.values for standing in watching.standings() if standing.reading.values}
        return f"{count} servers, {len(values)} different answer{'' if len(values) == 1 else 's'}"
    if watching.all_have:
        return paint(f"all {count} have it", fg="green", bold=True) + _anywhere(watching)
    parts = [f"{count - len(watching.lacking)} of {count} have it"]
    if watching.last_must_switch_at is not None and not watching.still_published:
        parts.append(f"the last one must switch by {spell_clock(watching.last_must_switch_at)}")
    elif watching.still_published:
        parts.append("not all authorities publish it yet: no cache has to switch")
    return "; ".join(parts) + _anywhere(watching)


def _anywhere(watching: Watch) -> str:
    until = watching.anywhere_until
    return (
        f"; the old value is over in every cache that keeps to its TTL by {spell_clock(until)}"
        if until
        else ""
    )


def _view(standing: Standing) -> dict[str, Any]:
    reading = standing.reading
    return {
        "server": standing.server.label,
        "role": standing.server.role.value,
        "at": round(reading.at, 3),
        "values": list(reading.values),
        "ttl": reading.ttl,
        "stale": reading.stale,
        "problem": reading.problem or None,
        "has": standing.has,
        "since_at": round(standing.since_at, 3),
        "must_switch_at": None if standing.must_switch_at is None else round(standing.must_switch_at, 3),
        "fell_back": standing.fell_back,
    }
