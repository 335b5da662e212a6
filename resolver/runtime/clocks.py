# SPDX-License-Identifier: ISC
"""The clocks: of lifetimes (`cache.clock`), of round trips and deadlines (monotonic), and of the wall.

Nothing here decides what time means; the only home of `time` in the server. Timers never fire early.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from resolver.errors import ResolverError

Clock = Callable[[], float]

# uvloop's time moves in whole milliseconds and its timers are rounded to the nearest: together 1.5 ms early at most.
_NEVER_EARLY: Final = 0.0015


# Monotonic seconds, finer than uvloop's `loop.time()`, which moves in milliseconds.
ticks: Final[Clock] = time.monotonic
# UNIX time in seconds.
wall: Final[Clock] = time.time


def lifetime_clock(spec: str) -> Clock:
    """Return the clock that `cache.clock` names: `boottime`, `realtime` or `file:PATH`."""
    if spec == "boottime":
        # Unlike the monotonic clock it goes on while a laptop sleeps, as TTLs do; there is none outside Linux.
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return ticks if boottime is None else partial(time.clock_gettime, boottime)
    if spec == "realtime":
        return time.time
    if spec.startswith("file:"):
        return ScriptedClock(Path(spec[5:]))
    raise ResolverError(f"cache.clock = {spec!r}: no such clock - use boottime, realtime or file:PATH")


class ScriptedClock:
    """A clock for tests: seconds as a decimal number in a file, read again when the file's mtime has changed.

    A file that is unreadable for a moment (being rewritten) leaves the last value standing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._value = 0.0
        try:
            self._read(os.stat(path))
        except (OSError, ValueError) as error:
            raise ResolverError(
                f"cache.clock = 'file:{path}': {error} - write a number of seconds into it"
            ) from None

    def __call__(self) -> float:
        """Return the seconds that the file says."""
        try:
            status = os.stat(self._path)
            if (status.st_mtime_ns, status.st_ino) != self._seen:
                self._read(status)
        except (OSError, ValueError):
            self._seen = None
        return self._value

    def _read(self, status: os.stat_result) -> None:
        value = float(self._path.read_text(encoding="ascii"))
        if not 0 <= value < float("inf"):
            raise ValueError("not a finite number of seconds")
        self._value = value
        self._seen = (status.st_mtime_ns, status.st_ino)


def alarm(loop: asyncio.AbstractEventLoop, tick: float, ring: Callable[[], object]) -> asyncio.TimerHandle:
    """Have `ring` called at `tick` (of `ticks`) or a little later, never before."""
    return loop.call_later(max(0.0, tick - time.monotonic()) + _NEVER_EARLY, ring)
