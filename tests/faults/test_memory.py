# SPDX-License-Identifier: ISC
"""Row O10 by kind of content: whatever a cache is filled with, the process grows by 1.3 times its bytes at most.

What hostile content is like, and that each kind is a process of its own, is `filling`'s.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.assertions import Row
from tests.faults.filling import KINDS

ROOT = Path(__file__).parents[2]


@pytest.mark.live
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_O10_memory_under_a_cap_full_of(kind: str, row: Row) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.filling", kind],
        cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=300,
    )  # fmt: skip
    found = json.loads(done.stdout)
    row.at_most(f"of the bytes allowed: what {kind} count for", found["counted"] / found["budget"], 1)
    row.at_least(f"of the bytes allowed: what {kind} count for", found["counted"] / found["budget"], 0.9)
    row.at_most(f"times the bytes allowed: growth by {kind}", found["grown"] / found["budget"], 1.3)
