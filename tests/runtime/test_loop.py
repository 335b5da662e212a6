# SPDX-License-Identifier: ISC
"""The loop: the fast one where there is one, and crashes in callbacks told as events."""

from __future__ import annotations

import asyncio
import sys

import pytest

from resolver.events import Crashed
from resolver.runtime.loop import loop_maker, run, tell_crashes


def test_uvloop_when_it_can_be_imported() -> None:
    pytest.importorskip("uvloop")
    make, name = loop_maker()
    assert name.startswith("uvloop ")
    loop = make()
    assert type(loop).__module__.startswith("uvloop")
    loop.close()


def test_asyncio_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert loop_maker() == (asyncio.new_event_loop, "asyncio")


def test_run_returns_the_result() -> None:
    async def main() -> int:
        await asyncio.sleep(0)
        return 7

    assert run(main()) == 7


def test_what_escapes_from_a_callback_is_told_and_the_loop_goes_on() -> None:
    events: list[object] = []

    def broken() -> None:
        raise ZeroDivisionError("in a callback")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        tell_crashes(loop, events.append)
        loop.call_soon(broken)
        await asyncio.sleep(0.001)

    run(main())
    (event,) = events
    assert isinstance(event, Crashed)
    assert "ZeroDivisionError: in a callback" in event.traceback
