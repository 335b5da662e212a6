# SPDX-License-Identifier: ISC
"""`resolver migrate …`: the group alone; each command is imported when it is run."""

from __future__ import annotations

from typing import Final

import click

from resolver.cli.groups import Lazy, LazyGroup

COMMANDS: Final = {
    "plan": Lazy(
        "resolver.cli.migrate_plan:plan", "Write the timetable: lower, wait, change, verify, raise."
    ),
    "simulate": Lazy(
        "resolver.cli.migrate_simulate:simulate", "Simulate who still sees the old value, and when."
    ),
    "outage": Lazy(
        "resolver.cli.migrate_outage:outage", "Show what caches answer while your servers are silent."
    ),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def migrate() -> None:
    r"""Before a record moves: the timetable, who would still see the old value, what an outage costs.

    \b
    resolver migrate plan www.example.com A --to 192.0.2.80
    resolver migrate simulate --old-ttl 1d --lower-to 60
    resolver migrate outage --ttl 300
    """
