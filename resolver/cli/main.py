# SPDX-License-Identifier: ISC
"""The root command: finds the module of a command when it is asked for, and turns errors into one line and a code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple

import click

from resolver import __version__
from resolver.cli.exits import CommandFailed, Exit
from resolver.errors import ResolverError


class Lazy(NamedTuple):
    """Where a command is (`module:attribute`), and its line in the list, so that `--help` imports nothing."""

    where: str
    help: str


COMMANDS: Final[Mapping[str, Lazy]] = {
    "serve": Lazy("resolver.cli.serve:serve", "Run the resolver."),
    "query": Lazy("resolver.cli.query:query", "Ask a DNS server, as dig does."),
    "trace": Lazy("resolver.cli.trace:trace", "Show every step of a resolution from the root."),
    "watch": Lazy("resolver.cli.watch:watch", "Watch a changed record reach authorities and resolvers."),
    "migrate": Lazy("resolver.cli.migrate:migrate", "Before a record moves: timetable, simulation, outages."),
    "cache": Lazy("resolver.cli.cache:cache", "Look into the cache, flush it, take it out and bring it in."),
    "lab": Lazy("resolver.cli.lab:lab", "The simulated internet: start it, break it, change it."),
    "traces": Lazy(
        "resolver.cli.traces:traces", "Traces of questions: inspect, convert, generate, anonymise."
    ),
    "load": Lazy("resolver.cli.load:load", "Drive a DNS server with questions."),
    "policy": Lazy("resolver.cli.policy:policy", "Cache policies: list, show, check, change."),
    "replay": Lazy("resolver.cli.replay:replay", "Replay a trace under virtual time, and report."),
    "config": Lazy("resolver.cli.config:config", "Write, check and show the configuration."),
    "status": Lazy("resolver.cli.process:status", "Show what runs."),
    "stats": Lazy("resolver.cli.process:stats", "Show what was counted since the start."),
    "reload": Lazy("resolver.cli.process:reload", "Read the configuration again; the cache stays."),
    "stop": Lazy("resolver.cli.process:stop", "Answer who waits, then end."),
    "ping": Lazy("resolver.cli.process:ping", "Is the resolver there?"),
    "healthcheck": Lazy("resolver.cli.process:healthcheck", "Does it listen and answer? For containers."),
    "completion": Lazy("resolver.cli.completion:completion", "Print a completion script for your shell."),
}


class LazyGroup(click.Group):
    """A group whose commands, those of `table`, are imported when they are run."""

    def __init__(self, *arguments: Any, table: Mapping[str, Lazy] = COMMANDS, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands, in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None."""
        lazy = self._table.get(cmd_name)
        if lazy is None:
            return None
        module, _, attribute = lazy.where.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return keep_blocks(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self._table.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "-V", "--version", message="resolver %(version)s")
def cli() -> None:
    r"""A caching recursive DNS resolver.

    \b
    resolver serve --lab                          run it over a simulated internet
    resolver query www.example.com AAAA +short    ask it
    """


def keep_blocks(command: click.Command) -> click.Command:
    """Make the examples in the help of `command`, and of those below it, stand as they were written.

    Docstrings are raw, so click's mark for a block to be left alone comes as two characters in place of one.
    """
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    if isinstance(command, click.Group):
        for below in command.commands.values():
            keep_blocks(below)
    return command


keep_blocks(cli)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Errors are one line on stderr: `error: what - what to do`."""
    try:
        result: Any = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.UsageError as error:
        return _fail(_usage(error), Exit.USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), Exit.FAILED)
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except CommandFailed as error:
        return _fail(str(error), error.code)
    except ResolverError as error:
        return _fail(str(error), Exit.FAILED)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to tell, and nothing to flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return result if isinstance(result, int) else Exit.OK


def _usage(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "resolver"
    text = error.format_message().rstrip(".")
    return f"{text[0].lower() + text[1:] if text else 'bad usage'} - see '{command} --help'"


def _fail(text: str, code: int) -> int:
    click.echo(f"error: {' '.join(text.split())}", err=True)
    return code
