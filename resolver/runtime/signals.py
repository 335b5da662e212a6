# SPDX-License-Identifier: ISC
"""What signals mean: HUP reloads, USR1 shows statistics, TERM and INT drain and stop, a second one stops at once.

What reloading and stopping are is not known here.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Reactions:
    """What to do; called on the loop, so none of them may block. `stop_now` follows a second TERM or INT."""

    reload: Callable[[], object]
    statistics: Callable[[], object]
    stop: Callable[[], object]
    stop_now: Callable[[], object]


class Signals:
    """The signal handlers of the process, from `install` to `remove`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, reactions: Reactions) -> None:
        self._loop = loop
        self._reactions = reactions
        self._stopping = False

    def install(self) -> None:
        """Take over; only on the main thread."""
        self._loop.add_signal_handler(signal.SIGHUP, self._reactions.reload)
        self._loop.add_signal_handler(signal.SIGUSR1, self._reactions.statistics)
        for number in _STOPPING:
            self._loop.add_signal_handler(number, self._stop)

    def remove(self) -> None:
        """Let signals do what they did before."""
        for number in (signal.SIGHUP, signal.SIGUSR1, *_STOPPING):
            self._loop.remove_signal_handler(number)

    def _stop(self) -> None:
        if self._stopping:
            self._reactions.stop_now()
        else:
            self._stopping = True
            self._reactions.stop()
