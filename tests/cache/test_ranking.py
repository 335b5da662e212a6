# SPDX-License-Identifier: ISC
"""RFC 2181 section 5.4.1: the more trustworthy keeps its place while it is fresh; against glue, until it is dead."""

from __future__ import annotations

import pytest

from resolver.cache import Entry, Rank
from resolver.cache.packed import pack, place
from resolver.cache.ranking import outranks
from resolver.policy import Lifetime
from tests.cache.making import entry, k

LIFE = Lifetime(0.0, 10.0, 20.0, 10)


def ranked(rank: Rank) -> Entry:
    return entry("a.example.", rank=rank, lifetime=LIFE)


@pytest.mark.parametrize(
    ("old", "new", "now", "kept"),
    [
        (Rank.AUTHORITATIVE_ANSWER, Rank.NON_AUTHORITATIVE_ANSWER, 9.9, True),
        (Rank.AUTHORITATIVE_ANSWER, Rank.NON_AUTHORITATIVE_ANSWER, 10.0, False),
        (Rank.AUTHORITATIVE_ANSWER, Rank.GLUE, 19.9, True),
        (Rank.AUTHORITATIVE_ANSWER, Rank.GLUE, 20.0, False),
        (Rank.ALIAS_TARGET, Rank.ALIAS_TARGET, 0.0, False),
        (Rank.GLUE, Rank.AUTHORITATIVE_ANSWER, 0.0, False),
    ],
)
def test_who_keeps_the_place(old: Rank, new: Rank, now: float, kept: bool) -> None:
    packed = place(pack(ranked(old), k("a.example.")), 2, 1)
    assert outranks(packed, ranked(new), now) is kept
