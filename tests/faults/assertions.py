# SPDX-License-Identifier: ISC
"""What a row measured against what the matrix allows: every number is recorded first and judged then.

Nothing is measured here, and no number of the matrix is written here: the test of the row states it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.faults.world import World

PROPERTY: Final = "faults"  # under this name a test report carries what was measured


@dataclass(frozen=True, slots=True)
class Measured:
    """One number of one row: what it counts, its value, and what is allowed, as text (`<= 10 packets`)."""

    what: str
    value: float
    allowed: str
    holds: bool


class Row:
    """Records and judges for one test. Each method raises AssertionError when the number does not hold."""

    def __init__(self, ident: str, record: Callable[[Measured], None]) -> None:
        self.ident = ident
        self._record = record

    def at_most(self, what: str, value: float, limit: float) -> None:
        """`value` may be up to `limit`; `what` names both with their unit, such as "packets"."""
        self._judge(what, value, f"<= {limit:g}", value <= limit)

    def at_least(self, what: str, value: float, limit: float) -> None:
        """`value` must be `limit` or more."""
        self._judge(what, value, f">= {limit:g}", value >= limit)

    def exactly(self, what: str, value: float, wanted: float) -> None:
        """`value` must be that."""
        self._judge(what, value, f"= {wanted:g}", value == wanted)

    def _judge(self, what: str, value: float, allowed: str, holds: bool) -> None:
        self._record(Measured(what, value, allowed, holds))
        assert holds, f"{self.ident}: {value:.6g} {what}, allowed {allowed}"


def most_often_the_same(world: World) -> int:
    """How often the query was sent that was sent most: one server, transport, name and type (RFC 9520 section 3.1)."""
    return max((asked.attempt + 1 for asked in world.log), default=0)
