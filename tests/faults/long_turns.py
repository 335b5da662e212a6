# SPDX-License-Identifier: ISC
"""The resolver with a watch on its event loop: which callbacks held it for long, and how long the collector did.

    python -m tests.faults.long_turns serve [arguments of `resolver serve` ...]

At the end it prints to stderr the longest turns of each kind that took more than LONG_MS, and how many there were.
A tool for whoever looks for what makes rows O01, O03 and O16 late; nothing is asserted here.
"""

from __future__ import annotations

import atexit
import gc
import heapq
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from resolver.__main__ import main
from resolver.runtime.deadlines import Deadlines
from resolver.runtime.lag import LagMeter
from resolver.runtime.readers import Readers
from resolver.runtime.strands import Strands
from resolver.runtime.tcp_connection import TcpConnection
from resolver.runtime.tcp_server import TcpServer
from resolver.runtime.udp_batch import BatchUdpServer
from resolver.runtime.udp_server import UdpServer

LONG_MS = float(os.environ.get("LONG_MS", "10"))
SHOWN = 10
# What the loop calls: each is one turn's work of its kind. What they call of one another is counted in both.
WATCHED: tuple[tuple[type, str], ...] = (
    (Readers, "_call"),
    (Strands, "_run"),
    (Deadlines, "_ring"),
    (BatchUdpServer, "_turn"),
    (UdpServer, "_drain"),
    (UdpServer, "_drain_wildcard"),
    (TcpConnection, "data_received"),
    (TcpServer, "_sweep"),
    (LagMeter, "_ring"),
)


class Watch:
    """The longest of each kind, milliseconds and the second of the run in which it was."""

    def __init__(self) -> None:
        self._began_at = time.monotonic()
        self._count: Counter[str] = Counter()
        self._spent: Counter[str] = Counter()
        self._longest: dict[str, list[tuple[float, float]]] = {}

    def note(self, kind: str, seconds: float) -> None:
        """One turn of a kind took so long."""
        self._spent[kind] += seconds
        if 1000 * seconds < LONG_MS:
            return
        self._count[kind] += 1
        kept = self._longest.setdefault(kind, [])
        heapq.heappush(kept, (1000 * seconds, time.monotonic() - self._began_at))
        if len(kept) > SHOWN:
            heapq.heappop(kept)

    def timed(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call with its time taken."""

        def run(*arguments: Any) -> Any:
            begun_at = time.perf_counter()
            try:
                return call(*arguments)
            finally:
                self.note(kind, time.perf_counter() - begun_at)

        return run

    def collector(self, phase: str, info: dict[str, int]) -> None:
        """A callback of `gc`."""
        if phase == "start":
            self._collecting_since = time.perf_counter()
        else:
            self.note(f"gc generation {info['generation']}", time.perf_counter() - self._collecting_since)

    def report(self) -> None:
        """Print what was seen."""
        for kind, spent in self._spent.most_common():
            longest = ", ".join(
                f"{ms:.0f} ms at {at:.1f} s" for ms, at in sorted(self._longest.get(kind, ()), reverse=True)
            )
            text = f"turns {kind}: {spent:.2f} s in all, {self._count[kind]} above {LONG_MS:g} ms"
            print(f"{text}: {longest}" if longest else text, file=sys.stderr)


def watch() -> Watch:
    """Begin to watch every turn of this process."""
    found = Watch()
    for kind, name in WATCHED:
        setattr(kind, name, found.timed(f"{kind.__name__}.{name}", getattr(kind, name)))
    gc.callbacks.append(found.collector)
    atexit.register(found.report)
    return found


if __name__ == "__main__":
    watch()
    main()
