# SPDX-License-Identifier: ISC
"""The root command: finds the module of a command when it is asked for, and turns errors into one line and a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from resolver import __version__
from resolver.cli.exits import CommandFailed, Exit
from resolver.cli.extras import missing
from resolver.cli.groups import Lazy, LazyGroup, keep_blocks
from resolver.errors import ResolverError

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


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="resolver %(version)s")
def cli() -> None:
    r"""A caching recursive DNS resolver.

    \b
    resolver serve --lab                          run it over a simulated internet
    resolver query www.example.com AAAA +short    ask it
    """


keep_blocks(cli)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Errors are one line on stderr: `error: what - what to do`."""
    try:
        result: Any = cli.main(
            args=None if arguments is None else list(arguments), prog_name="resolver", standalone_mode=False
        )
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
    except ModuleNotFoundError as error:
        told = missing(error)
        if told is error:
            raise
        return _fail(str(told), Exit.FAILED)
    except OSError as error:
        if not error.filename:
            raise  # a bug of ours: a command has to say what it could not reach
        return _fail(f"{error.filename}: {error.strerror} - give another path, or mend that one", Exit.FAILED)
    return result if isinstance(result, int) else Exit.OK


def _usage(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "resolver"
    text = error.format_message().rstrip(".")
    return f"{text[0].lower() + text[1:] if text else 'bad usage'} - see '{command} --help'"


def _fail(text: str, code: int) -> int:
    click.echo(f"error: {' '.join(text.split())}", err=True)
    return code
