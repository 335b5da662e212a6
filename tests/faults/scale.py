# SPDX-License-Identifier: ISC
"""How much of a row's load is put on: all of it where FAULT_FULL=1, as `make faults` says, a share of it elsewhere.

Limits are never scaled, and neither are rates: only how long a storm lasts and how many packets it has.
"""

from __future__ import annotations

import os
from typing import Final, TypeVar

T = TypeVar("T", int, float)

FULL: Final = os.environ.get("FAULT_FULL", "") not in ("", "0")


def scaled(full: T, short: T) -> T:
    """The matrix's number, or what is enough to see that the test works."""
    return full if FULL else short
