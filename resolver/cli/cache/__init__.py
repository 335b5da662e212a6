# SPDX-License-Identifier: ISC
"""`resolver cache …`: one small file a command. They ask the running resolver and print; nothing is decided here."""

import click

from resolver.cli.cache.explain import explain
from resolver.cli.cache.flush import flush
from resolver.cli.cache.notify import notify
from resolver.cli.cache.show import show
from resolver.cli.cache.stats import stats, top
from resolver.cli.cache.transfer import dump, load


@click.group()
def cache() -> None:
    r"""Look into the cache of the running resolver, or change what it holds.

    \b
    resolver cache explain www.example.com
    resolver cache show example.com --tree
    resolver cache flush example.com --type A --dry-run
    """


for _command in (show, explain, stats, top, flush, notify, dump, load):
    cache.add_command(_command)

__all__ = ["cache"]
