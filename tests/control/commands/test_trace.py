# SPDX-License-Identifier: ISC
"""A trace holds steps, outcome and time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from resolver.control.commands import Trace
from resolver.engine.outcome import Resolved
from resolver.wire import Record, from_text
from tests.control.commands.inside import entry, inside_of


def test_a_trace_holds_steps_outcome_and_time():
    view = asyncio.run(Trace(from_text("www.alpha."), 1).run(inside_of()))
    assert view["steps"] == [{"step": "limit", "at": 0.5, "limit": "limits.sends"}]
    assert view["outcome"]["failed"]["text"] == "too much"
    assert (view["name"], view["type"], view["seconds"]) == ("www.alpha.", "A", 0.0)


def test_what_clients_would_not_be_told_is_said_to_be_withheld():
    made = entry("router.alpha.")
    private = replace(made, records=(Record(made.owner, 1, 1, 60, bytes([192, 168, 0, 1])),))

    async def resolve_from_root(name, rtype, tell):
        return Resolved((private if name == private.owner else entry("www.alpha."),), 1)

    inside = replace(inside_of(), resolve_from_root=resolve_from_root)
    for name, withheld in (("router.alpha.", True), ("www.alpha.", False)):
        view = asyncio.run(Trace(from_text(name), 1).run(inside))
        assert view["outcome"]["withheld"] is withheld
        assert view["outcome"]["answer"]
