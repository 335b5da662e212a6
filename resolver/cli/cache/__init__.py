# SPDX-License-Identifier: ISC
"""`resolver cache …`: one small file a command. They ask the running resolver and print; nothing is decided here."""

from typing import Final

import click

from resolver.cli.groups import Lazy, LazyGroup

_HERE: Final = "resolver.cli.cache"
_COMMANDS: Final = {
    "explain": Lazy(f"{_HERE}.explain:explain", "Why a name is cached as it is, or why it is not."),
    "show": Lazy(f"{_HERE}.show:show", "The entries at or below a name, or their sums as a tree."),
    "stats": Lazy(f"{_HERE}.stats:stats", "How full it is, and what it was good for."),
    "top": Lazy(f"{_HERE}.stats:top", "The entries with most hits, bytes, time to live or misses."),
    "flush": Lazy(f"{_HERE}.flush:flush", "Forget parts of it, or say what would go."),
    "notify": Lazy(f"{_HERE}.notify:notify", "Say that a zone has changed."),
    "dump": Lazy(f"{_HERE}.transfer:dump", "Write it to a file."),
    "load": Lazy(f"{_HERE}.transfer:load", "Take entries from a file in, aged."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def cache() -> None:
    r"""Look into the cache of the running resolver, or change what it holds.

    \b
    resolver cache explain www.example.com
    resolver cache show example.com --tree
    resolver cache flush example.com --type A --dry-run
    """


__all__ = ["cache"]
