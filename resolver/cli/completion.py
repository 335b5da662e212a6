# SPDX-License-Identifier: ISC
"""`resolver completion SHELL`: prints the script that makes a shell complete our commands. Installs nothing."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    r"""Print a completion script for SHELL.

    \b
    resolver completion bash > ~/.local/share/bash-completion/completions/resolver
    """
    from click.shell_completion import get_completion_class

    from resolver.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None  # the choices are click's own
    click.echo(kind(cli, {}, "resolver", "_RESOLVER_COMPLETE").source())
