# SPDX-License-Identifier: ISC
"""The event loop: uvloop where it can be imported, asyncio's own elsewhere. What runs on it is not known here."""

from __future__ import annotations

import asyncio
import gc
import sys
import traceback
from collections.abc import Callable, Coroutine
from importlib import import_module
from types import ModuleType
from typing import Any, Final, TypeVar

from resolver.events import OPEN_FILES, Crashed, LimitHit, Tell
from resolver.runtime.allocator import keep_large_blocks_apart
from resolver.runtime.clocks import ticks
from resolver.runtime.descriptors import OUT_OF_FILES

T = TypeVar("T")

# Objects made and not freed before the collector looks through them. No question leaves a cycle behind, so it finds
# nothing but what is in work; at its default of 700 it ran at every eleventh miss.
_YOUNG: Final = 20_000
_TURN_S: Final = 0.001


def loop_maker(choice: str = "auto") -> tuple[Callable[[], asyncio.AbstractEventLoop], str]:
    """Return what makes a loop, and its name for `build_info`: the fastest there is, or asyncio's own when chosen."""
    if choice == "asyncio":
        return asyncio.new_event_loop, "asyncio"
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop, "asyncio"
    # importlib.metadata would know the version too, and take 30 ms of the start to find it.
    version = uvloop.__version__  # type: ignore[attr-defined]  # its stubs leave it out
    return uvloop.new_event_loop, f"uvloop {version}"


def run(main: Coroutine[Any, Any, T], loop: str = "auto") -> T:
    """Run the process's main coroutine on a loop of its own (`server.loop` says which) and return its result."""
    keep_large_blocks_apart()
    gc.freeze()  # what is here now is here to stay; the collector's pauses are for what comes and goes
    gc.set_threshold(_YOUNG)
    gc.enable()
    make, _ = loop_maker(loop)
    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(main)


async def imported(module: str) -> ModuleType:
    """Import a module in a thread, and answer meanwhile: a large one holds the loop for a quarter of a second.

    Threads take turns every millisecond for as long as it lasts, or each datagram would wait five for its turn.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    try:
        return await asyncio.get_running_loop().run_in_executor(None, import_module, module)
    finally:
        sys.setswitchinterval(before)


def tell_crashes(loop: asyncio.AbstractEventLoop, tell: Tell) -> None:
    """Tell what escapes from a callback as an event, where the loop's own way is to print it.

    A loop that finds no file for a connection that waits says so too, and pauses; that is no bug of ours.
    """

    def hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in OUT_OF_FILES:
            tell(LimitHit(ticks(), OPEN_FILES))
            return
        if isinstance(error, ValueError) and "._start_serving(" in context.get("message", ""):
            return  # asyncio's pause after that is over, and the listener was closed meanwhile
        trace = "".join(traceback.format_exception(error)) if error else ""
        tell(Crashed(ticks(), "event loop", f"{context.get('message', '')}\n{trace}"))

    loop.set_exception_handler(hear)
