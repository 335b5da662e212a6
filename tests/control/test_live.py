# SPDX-License-Identifier: ISC
"""The operations of one process hand on what they are asked; commands are run on what is inside of it."""

from __future__ import annotations

import asyncio

from resolver.control.commands import CacheStatistics
from resolver.control.live import LiveOperations, Process
from resolver.policy.settings import Mode
from resolver.telemetry.counters import Sample
from tests.control.commands.inside import inside_of


def test_what_only_the_process_knows_it_is_asked():
    stopped = []
    process = Process(
        lambda: {"version": "0"},
        lambda: True,
        lambda: {"reloaded": True},
        lambda: stopped.append(1),
        lambda name, mode: {"policy": name, "mode": mode},
    )
    sources = [lambda: [Sample("dns_requests_total", ("udp", "ipv4", "A"), 5)]]
    operations = LiveOperations(process, inside_of(), lambda: sources)
    assert operations.is_ready
    assert asyncio.run(operations.status()) == {"version": "0"}
    assert asyncio.run(operations.statistics())["questions"] == 5
    assert b'type="A"} 5.0' in asyncio.run(operations.metrics())
    assert asyncio.run(operations.reload()) == {"reloaded": True}
    assert asyncio.run(operations.set_policy("bind", Mode.SHADOW)) == {"policy": "bind", "mode": "shadow"}
    operations.stop()
    assert stopped == [1]


def test_a_command_is_run_on_the_inside():
    operations = LiveOperations(
        Process(dict, lambda: True, dict, lambda: None, lambda name, mode: {}), inside_of(), list
    )
    assert asyncio.run(operations.run(CacheStatistics()))["records"]["entries"] == 0
