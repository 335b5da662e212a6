# SPDX-License-Identifier: ISC
"""`resolver config init|check|show|schema`: writes, checks and shows configurations; `settings` does the work."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from resolver.cli import completing
from resolver.cli.exits import Exit
from resolver.cli.files import appearing
from resolver.cli.groups import OrderedGroup
from resolver.cli.target import config_path


@click.group(cls=OrderedGroup)
def config() -> None:
    r"""Write, check and show the configuration.

    \b
    resolver config init resolver.toml
    resolver config check resolver.toml
    resolver config show --diff --config resolver.toml
    """


@config.command()
@click.argument("file", default="-")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def init(file: str, force: bool) -> None:
    r"""Write the default configuration, every key with its comment, to FILE or to stdout.

    \b
    resolver config init resolver.toml
    """
    from resolver.settings.render import default_file

    if file == "-":
        click.echo(default_file(), nl=False)
        return
    with appearing(file, force=force) as path:
        path.write_text(default_file(), "utf-8")
    click.echo(f"wrote {file}")


@config.command()
@click.argument("file", required=False)
@click.option("--config", "config_file", metavar="FILE", help="The same, as an option.")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    shell_complete=completing.settings,
    help="Override one key.",
)
def check(file: str | None, config_file: str | None, values: tuple[str, ...]) -> int:
    r"""Check a configuration file, the environment and --set; tell every fault.

    \b
    resolver config check /etc/resolver/resolver.toml
    """
    from resolver.settings.load import faults

    path = config_path(file or config_file)
    found = faults(path, os.environ, values)
    for fault in found:
        click.echo(f"error: {fault}", err=True)
    if found:
        return Exit.FAILED
    click.echo(f"{path or 'the configuration'}: ok")
    return Exit.OK


@config.command()
@click.option("--config", "config_file", metavar="FILE", help="Configuration file.")
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    shell_complete=completing.settings,
    help="Override one key.",
)
@click.option(
    "--effective", "what", flag_value="effective", default="effective", help="All values and their origins."
)
@click.option("--diff", "what", flag_value="diff", help="Only what differs from the defaults.")
def show(config_file: str | None, values: tuple[str, ...], what: str) -> None:
    r"""Show the values in force, each with who set it.

    \b
    resolver config show --diff --config resolver.toml
    """
    from resolver.settings.load import load
    from resolver.settings.render import difference, effective

    loaded = load(config_path(config_file), os.environ, values)
    text = difference(loaded) if what == "diff" else effective(loaded)
    click.echo(text.rstrip() or "# nothing differs from the defaults")


@config.command()
@click.argument("file", default="-", type=click.Path(path_type=Path, allow_dash=True))
def schema(file: Path) -> None:
    r"""Print the JSON Schema of the configuration, for editors.

    \b
    resolver config schema > resolver.schema.json
    """
    from resolver.settings.schema import schema as make

    text = json.dumps(make(), ensure_ascii=False, indent=2)
    if str(file) == "-":
        click.echo(text)
    else:
        file.write_text(text + "\n", "utf-8")
