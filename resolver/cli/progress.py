# SPDX-License-Identifier: ISC
"""How far long work is: a bar with rate and time left on a terminal, a line every ten seconds elsewhere. On stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from resolver.cli.output import duration

_EVERY: Final = 10.0
_EVERY_ON_TERMINAL: Final = 0.25
_WIDTH: Final = 30


@contextmanager
def progress(
    verb: str, expected: float | None = None, what: str = "questions"
) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many of `what` are done; `expected` is how many there will be, where known."""
    began_at = told_at = time.monotonic()
    terminal = sys.stderr.isatty()

    def told(done: int) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at < (_EVERY_ON_TERMINAL if terminal else _EVERY):
            return
        told_at = now
        text = spelled(verb, done, now - began_at, expected, what)
        click.echo(f"\r{text}\x1b[K" if terminal else text, err=True, nl=not terminal)

    try:
        yield told
    finally:
        if terminal and told_at != began_at:
            click.echo("\r\x1b[K", err=True, nl=False)


def spelled(verb: str, done: int, elapsed: float, expected: float | None, what: str = "questions") -> str:
    """One line: the bar if the end is known, how much is done, the rate, and the time left."""
    rate = done / elapsed if elapsed > 0 else 0.0
    text = f"{done:,} {what} {verb}, {rate:,.0f}/s"
    if not expected or not rate:
        return text
    part = min(done / expected, 1.0)
    bar = "█" * round(part * _WIDTH)
    return f"{bar:░<{_WIDTH}} {part:4.0%} {text}, {duration(max(expected - done, 0) / rate)} left"
