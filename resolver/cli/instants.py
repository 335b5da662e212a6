# SPDX-License-Identifier: ISC
"""Instants on the command line: absolute, in UTC, one spelling to read and one to print. Durations are `units`' own."""

from __future__ import annotations

from datetime import UTC, datetime

from resolver.cli.exits import CommandFailed, Exit
from resolver.units import Seconds


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
    try:
        return float(Seconds.read(text))
    except ValueError as error:
        raise CommandFailed(f"{what}: {text!r}: {error} - write it like 300, 5m or 1d", Exit.USAGE) from None
