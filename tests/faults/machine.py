# SPDX-License-Identifier: ISC
"""Whether the machine does something else at the moment: rows that are judged by the clock need a core of their own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest

BUSY: Final = 10.0  # percent of a second in which something had to wait for a processor
PATIENCE_S: Final = 30.0
_PRESSURE: Final = Path("/proc/pressure/cpu")


def wait_until_quiet() -> None:
    """Wait for a machine that does nothing else, and skip when there is none; where the system does not say, go on.

    Only the second that has just passed counts, in which this process slept: the load of the test before is over, and
    that of this one has not begun.
    """
    give_up_at = time.monotonic() + PATIENCE_S
    while (waited := _percent_waited()) > BUSY:
        if time.monotonic() > give_up_at:
            pytest.skip(f"something waits for a processor {waited:.0f} % of the time: run this row alone")


def _percent_waited() -> float:
    """In how much of the next second something has to wait for a processor (PSI, Linux)."""
    if not _PRESSURE.exists():
        return 0.0
    before, begun_at = _waited_us(), time.monotonic()
    time.sleep(1.0)
    return (_waited_us() - before) / (time.monotonic() - begun_at) / 1e4


def _waited_us() -> int:
    return int(_PRESSURE.read_text("ascii").splitlines()[0].rpartition("total=")[2])
