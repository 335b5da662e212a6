# SPDX-License-Identifier: ISC
"""An outcome fits an octet, and is read back in words."""

from __future__ import annotations

from resolver.lab.replay import outcome as out
from resolver.lab.replay.outcome import Kind, describe


def test_kinds_and_flags_do_not_meet() -> None:
    flags = (out.QUERIED, out.OUTDATED, out.BEYOND, out.OUTAGE, out.PREFETCH_USED)
    assert max(Kind) <= out.KIND_BITS
    assert out.KIND_BITS + sum(flags) == out.OUTCOMES - 1


def test_words() -> None:
    assert describe(Kind.STALE | out.QUERIED | out.OUTDATED) == "stale queried outdated"
    assert describe(Kind.FRESH | out.PREFETCH_USED) == "fresh prefetch-used"
