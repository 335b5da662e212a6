# SPDX-License-Identifier: ISC
"""Instants on the command line: absolute, in UTC, one spelling to read and one to print. `units` knows durations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from resolver.cli.exits import CommandFailed, Exit

if TYPE_CHECKING:
    _ParamType = click.ParamType[float]
else:  # which cannot be subscripted before click 8.2
    _ParamType = click.ParamType


def spell_instant(at: float) -> str:
    """Return UNIX time `at` as `2026-11-21T02:31:07Z`, to the second."""
    return datetime.fromtimestamp(round(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spell_clock(at: float) -> str:
    """Return the time of day of `at` as `02:31:07Z`: for lines that are read the day they are written."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")


def read_instant(text: str, now: float) -> float:
    """Read `now`, `+2h` (from `now` on), or ISO 8601, which is UTC where it names no zone. Returns UNIX time.

    Raises CommandFailed with exit code 2.
    """
    if text == "now":
        return now
    if text.startswith("+"):
        return now + read_duration(text[1:], "an instant")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise CommandFailed(
            f"{text!r} is not an instant - write it like 2026-11-21T02:30Z, +2h or now", Exit.USAGE
        ) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def spell_duration(seconds: float) -> str:
    """Return whole seconds as `1d1m`, `1h30m` or `45s`, which `read_duration` reads."""
    left, parts = round(seconds), ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        parts += f"{count}{unit}" if count else ""
    return parts or "0s"


def read_duration(text: str, what: str) -> float:
    """Read a duration such as `300`, `5m` or `1d`; `what` is named in the error. Raises CommandFailed with code 2."""
    from resolver.units import Seconds  # here, for a client command may start without a duration

    try:
        return float(Seconds.read(text))
    except ValueError as error:
        fault, _, remedy = str(error).partition("; ")
        raise CommandFailed(
            f"{what} {text!r}: {fault} - {remedy or 'write it like 300, 5m or 1d'}", Exit.USAGE
        ) from None


class Duration(_ParamType):
    """An option that is a duration, in seconds, within bounds; `Seconds` says how it is written."""

    name = "duration"

    def __init__(self, least: float = 0.0, most: float = 86400.0 * 365) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds. Raises CommandFailed with code 2."""
        if isinstance(value, float):
            return value  # a default
        option = param.opts[-1] if param else "duration"
        seconds = read_duration(str(value), option)
        if not self._least <= seconds <= self._most:
            bounds = f"{_spelled(self._least)} to {_spelled(self._most)}"
            raise CommandFailed(f"{option} {value}: out of bounds - give {bounds}", Exit.USAGE)
        return seconds


def _spelled(seconds: float) -> str:
    """Return seconds as `100ms` or as `spell_duration` does."""
    return f"{seconds * 1000:g}ms" if 0 < seconds < 1 else spell_duration(seconds)
