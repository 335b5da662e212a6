# SPDX-License-Identifier: ISC
"""How long to wait before a worker that ended is begun again. Pure: lives in, pauses out."""

from __future__ import annotations

from typing import Final

CALM_S: Final = 10.0  # a worker that lived this long did not die of its birth
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = (
    10.0  # a start costs about half a second of a processor: 5 % of one, at worst, for each worker
)


class Restarts:
    """The pauses of one worker: none for a single death, then twice as long for each that follows at once."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def pause(self, lived_s: float) -> float:
        """Return the seconds to wait after a life of `lived_s` seconds."""
        if lived_s >= CALM_S:
            self._in_a_row = 0
        self._in_a_row += 1
        if self._in_a_row == 1:
            return 0.0
        return float(min(FIRST_PAUSE_S * 2 ** min(self._in_a_row - 2, 30), LONGEST_PAUSE_S))
