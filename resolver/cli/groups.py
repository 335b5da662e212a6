# SPDX-License-Identifier: ISC
"""Groups of commands: in the order they were written, help in full, near misses named. No command may live here."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from resolver.cli.exits import Exit


class Lazy(NamedTuple):
    """Where a command is (`module:attribute`), and its line in the list, so that `--help` imports nothing."""

    where: str
    help: str


class OrderedGroup(click.Group):
    """A group that lists its commands as they were written, each with its whole first sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order in which they were added."""
        return list(self.commands)

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name of every command and what it does."""
        return [(name, command.get_short_help_str(limit=1000)) for name, command in self.commands.items()]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(self.lines(ctx))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; without any, show the help and end with 2."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(Exit.USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begins with. Raises UsageError, which names the nearest there is."""
        known = self.list_commands(ctx)
        if not ctx.resilient_parsing and args[0] not in known and not args[0].startswith("-"):
            from difflib import get_close_matches  # an error may take the time to import it

            near = get_close_matches(args[0], known, n=1)
            meant = f", did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"no such command {args[0]!r}{meant}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. When the reader of its output has gone (`| head`), it ends with 0 and without a word.

        Here and not in `main.run`, because click ends with 1 for that, and before anybody above it can say otherwise.
        """
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # What is left in the buffer goes nowhere, or Python complains of it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Exit.OK
        return result


class LazyGroup(OrderedGroup):
    """A group whose commands, those of `table`, are imported when they are run."""

    def __init__(self, *arguments: Any, table: Mapping[str, Lazy], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands, in the order of the table."""
        return list(self._table)

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name of every command and what it does, from the table alone."""
        return [(name, lazy.help) for name, lazy in self._table.items()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None."""
        lazy = self._table.get(cmd_name)
        if lazy is None:
            return None
        module, _, attribute = lazy.where.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return keep_blocks(command)


def keep_blocks(command: click.Command) -> click.Command:
    """Make the examples in the help of `command`, and of those below it, stand as they were written.

    Docstrings are raw, so click's mark for a block to be left alone comes as two characters in place of one.
    """
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    if isinstance(command, click.Group):
        for below in command.commands.values():
            keep_blocks(below)
    return command
