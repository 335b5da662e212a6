# SPDX-License-Identifier: ISC
"""The loop: the fast one where there is one, and crashes in callbacks told as events."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import sys
import threading

import pytest

from resolver.events import OPEN_FILES, Crashed, LimitHit
from resolver.runtime.loop import imported, loop_maker, run, tell_crashes


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


def test_asyncio_when_it_is_chosen() -> None:
    assert loop_maker("asyncio") == (asyncio.new_event_loop, "asyncio")
    assert run(_loop_module(), "asyncio").startswith("asyncio")


async def _loop_module() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_a_large_module_is_imported_beside_what_the_loop_does(tmp_path, monkeypatch) -> None:
    """The module waits for the loop, which could not go on if the import held it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "large_module.py").write_text("import sys\nassert sys.went_on.wait(20)\nloaded = True\n")
    went_on = threading.Event()
    monkeypatch.setattr(sys, "went_on", went_on, raising=False)
    before = sys.getswitchinterval()

    async def main() -> object:
        asyncio.get_running_loop().call_later(0.001, went_on.set)
        return await imported("large_module")

    assert run(main()).loaded
    assert sys.getswitchinterval() == before


def test_what_is_there_at_the_start_is_not_looked_through_again() -> None:
    """security.md section 8.9: the collector's pauses are for what comes and goes, and there are few of them."""
    threshold = gc.get_threshold()

    async def main() -> tuple[int, int]:
        return gc.get_freeze_count(), gc.get_threshold()[0]

    try:
        frozen, young = run(main())
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
    assert frozen > 10_000
    assert young >= 20_000


def test_run_returns_the_result() -> None:
    async def main() -> int:
        await asyncio.sleep(0)
        return 7

    assert run(main()) == 7


def test_a_loop_without_files_for_a_connection_has_met_a_limit_and_no_bug() -> None:
    events: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        tell_crashes(loop, events.append)
        loop.call_exception_handler({"message": "accept", "exception": OSError(errno.EMFILE, "too many")})

    run(main())
    (event,) = events
    assert isinstance(event, LimitHit)
    assert event.limit == OPEN_FILES


def test_a_listener_closed_while_asyncio_pauses_for_files_is_no_bug() -> None:
    """It takes up accepting again a second after it found no file, and does not look whether there is a listener."""
    events: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        tell_crashes(loop, events.append)
        listener = socket.socket()
        listener.close()
        loop.call_soon(loop._start_serving, asyncio.Protocol, listener)  # type: ignore[attr-defined]
        await asyncio.sleep(0.001)

    asyncio.run(main())
    assert events == []


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
