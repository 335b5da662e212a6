# SPDX-License-Identifier: ISC
"""The clock a peer lives by: one that stands still and jumps where libfaketime can make it so, else the real one.

When which step is taken follows from the clock; what a step is does not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.interop.presets.script import Part, Step

Timetable = list[tuple[int, Part, Step]]  # in the order of their instants

_LIBRARIES: Final = Path("/usr/lib")
_START: Final = (
    1_000_000_000  # long ago: PowerDNS drops questions that the kernel stamps as older than its clock
)
_APART_S: Final = 7200  # from part to part: no failure of one is left in the next
_REAL_S: Final = 32  # what a real clock is waited for
_WITHIN_SECOND: Final = (
    0.3  # where in a second of the wall clock questions are asked, to be far from both ends
)


class JumpingClock:
    """The wall clock of a process, in a file that libfaketime reads. Timers, which are monotonic, are real."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._path = folder / "clock"
        self._library = library
        self.wait_until(0)

    def wait_until(self, at: int) -> None:
        """Let it be `at` seconds after the start; whoever reads it sees the old or the new time."""
        new = self._path.with_suffix(".new")
        new.write_text(f"{_START + at}\n", "ascii")
        new.replace(self._path)

    def environment(self) -> Mapping[str, str]:
        """What makes a child process live by it."""
        return {
            # glibc's malloc comes before jemalloc, which BIND links and which asks for the time before libfaketime can.
            "LD_PRELOAD": f"{self._library}:libc.so.6",
            "FAKETIME_TIMESTAMP_FILE": str(self._path),
            "FAKETIME_FMT": "%s",
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }

    def timetable(self, parts: Sequence[Part]) -> Timetable:
        """One part after the other."""
        return [
            (number * _APART_S + step.at, part, step)
            for number, part in enumerate(parts, start=1)
            for step in part.steps
        ]


class RealClock:
    """The clock on the wall."""

    def __init__(self) -> None:
        self._start: int | None = None

    def wait_until(self, at: int) -> None:
        """Wait until `at` seconds after the first call."""
        if self._start is None:
            self._start = int(time.time()) + 1
        time.sleep(max(0.0, self._start + at + _WITHIN_SECOND - time.time()))

    def environment(self) -> Mapping[str, str]:
        """Nothing is changed."""
        return {}

    def timetable(self, parts: Sequence[Part]) -> Timetable:
        """As far as half a minute goes, all parts at once."""
        steps = [(step.at, part, step) for part in parts for step in part.steps if step.at <= _REAL_S]
        return sorted(steps, key=lambda each: each[0])


def faketime_library() -> Path | None:
    """libfaketime for programs with threads, where Debian puts it; None where it is not installed."""
    return next(iter(sorted(_LIBRARIES.glob("*/faketime/libfaketimeMT.so.1"))), None)
