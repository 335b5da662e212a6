# SPDX-License-Identifier: ISC
"""What an operator may ask of the process that answers DNS: one small file a command, one line here for each.

    HTTP ──read──► Command ──► this process: run(inside) ─────────────────────────► view
                      │ several workers
                      └──────► each of them: run(inside) ──► combine(answers) ────► view

A command is a frozen value that travels as JSON; how it spreads over workers and how their answers become one stands
beside what it does. No HTTP and no processes here, so a new command is a new file, a line below and a client in `cli`.
"""

from resolver.control.commands.cache_entries import CacheEntries
from resolver.control.commands.cache_explain import CacheExplain
from resolver.control.commands.cache_statistics import CacheStatistics
from resolver.control.commands.cache_top import CacheTop, CacheTree
from resolver.control.commands.cache_transfer import CacheDump, CacheLoad
from resolver.control.commands.command import Command, Inside, Spread, View
from resolver.control.commands.flush import Flush
from resolver.control.commands.policy_status import PolicyStatus
from resolver.control.commands.trace import Trace
from resolver.control.commands.zone_changed import ZoneChanged

# The types that may come over a channel, for its decoder: every command is one of them.
AnyCommand = (
    CacheDump
    | CacheEntries
    | CacheExplain
    | CacheLoad
    | CacheStatistics
    | CacheTop
    | CacheTree
    | Flush
    | PolicyStatus
    | Trace
    | ZoneChanged
)

__all__ = [
    "AnyCommand",
    "CacheDump",
    "CacheEntries",
    "CacheExplain",
    "CacheLoad",
    "CacheStatistics",
    "CacheTop",
    "CacheTree",
    "Command",
    "Flush",
    "Inside",
    "PolicyStatus",
    "Spread",
    "Trace",
    "View",
    "ZoneChanged",
]
