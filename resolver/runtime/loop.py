# SPDX-License-Identifier: ISC
"""The event loop: uvloop where it can be imported, asyncio's own elsewhere. What runs on it is not known here."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from importlib import metadata
from typing import Any, TypeVar

from resolver.events import Crashed, Tell
from resolver.runtime.allocator import keep_large_blocks_apart
from resolver.runtime.clocks import ticks

T = TypeVar("T")


def loop_maker() -> tuple[Callable[[], asyncio.AbstractEventLoop], str]:
    """Return what makes the fastest loop there is, and its name for `build_info`."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop, "asyncio"
    return uvloop.new_event_loop, f"uvloop {metadata.version('uvloop')}"


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run the process's main coroutine on a loop of its own and return its result."""
    keep_large_blocks_apart()
    make, _ = loop_maker()
    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(main)


def tell_crashes(loop: asyncio.AbstractEventLoop, tell: Tell) -> None:
    """Tell what escapes from a callback as an event, where the loop's own way is to print it."""

    def hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        trace = "".join(traceback.format_exception(error)) if error else ""
        tell(Crashed(ticks(), "event loop", f"{context.get('message', '')}\n{trace}"))

    loop.set_exception_handler(hear)
