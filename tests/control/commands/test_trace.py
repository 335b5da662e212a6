# SPDX-License-Identifier: ISC
"""A trace holds steps, outcome and time."""

from __future__ import annotations

import asyncio

from resolver.control.commands import Trace
from resolver.wire import from_text
from tests.control.commands.inside import inside_of


def test_a_trace_holds_steps_outcome_and_time():
    view = asyncio.run(Trace(from_text("www.alpha."), 1).run(inside_of()))
    assert view["steps"] == [{"step": "limit", "at": 0.5, "limit": "limits.sends"}]
    assert view["outcome"]["failed"]["text"] == "too much"
    assert (view["name"], view["type"], view["seconds"]) == ("www.alpha.", "A", 0.0)
