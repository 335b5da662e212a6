# SPDX-License-Identifier: ISC
"""What all commands have in common: each has a path of its own, travels as it was, and combines."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from resolver.control.commands import (
    AnyCommand,
    CacheEntries,
    CacheExplain,
    CacheStatistics,
    CacheTop,
    Command,
    Flush,
    Trace,
)
from resolver.control.commands.cache_top import CacheTree
from resolver.control.commands.command import added_up
from resolver.supervisor.messages import Order, encode, read_order

COMMANDS = get_args(AnyCommand)


def test_no_two_commands_have_the_same_path():
    assert len({command.path for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_command_arrives_at_a_worker_as_it_was(kind):
    assert issubclass(kind, Command)
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    values = {"name": b"\x01a\xff\x00", "rtype": 28, "wall": 1.5, "entries": ()}
    command = kind(**{name: values[name] for name in required})
    assert read_order(encode(Order(1, command))).do == command


def test_what_walks_through_the_cache_runs_beside_other_work():
    """Else a worker with millions of entries is silent for as long as that takes, and is ended for it."""
    walking = {CacheEntries, CacheExplain, CacheStatistics, CacheTop, CacheTree, Flush, Trace}
    assert {command for command in COMMANDS if command.beside} == walking


def test_numbers_add_up_however_deep_and_other_values_stay():
    one = {"records": {"entries": 1, "share": 0.5}, "on": True}
    two = {"records": {"entries": 2, "share": 0.25}, "on": True, "more": 1}
    assert added_up([one, two]) == {"records": {"entries": 3, "share": 0.75}, "on": True, "more": 1}
