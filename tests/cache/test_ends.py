# SPDX-License-Identifier: ISC
"""Which slot is dead: against a plain dictionary that is searched from end to end."""

from __future__ import annotations

import random
from math import inf

import pytest

from resolver.cache.ends import Ends


def test_nothing_noted_nothing_dead() -> None:
    assert Ends().dead(1e18) is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("slots", [5, 300, 40_000])
def test_it_finds_what_a_search_finds(slots: int, seed: int) -> None:
    draw, ends = random.Random(seed), Ends()
    noted: dict[int, float] = {}
    now = 0.0
    for _ in range(3000):
        slot = draw.randrange(slots)
        match draw.randrange(6):
            case 0 if noted:
                gone = draw.choice(list(noted)[:50])
                del noted[gone]
                ends.forget(gone)
            case 1:
                now += draw.random()
                found = ends.dead(now)
                if found is None:
                    assert all(end > now for end in noted.values())
                else:
                    assert noted.pop(found) <= now
                    ends.forget(found)
            case _:
                noted[slot] = now + draw.choice((-1.0, 0.0, 0.5, 20.0, inf))
                ends.note(slot, noted[slot])


def test_half_open_dead_from_its_end_on() -> None:
    ends = Ends()
    ends.note(7, 10.0)
    assert ends.dead(9.999) is None
    assert ends.dead(10.0) == 7


def test_an_end_that_moved_on_is_no_longer_what_it_was() -> None:
    ends = Ends()
    for slot in range(1000):
        ends.note(slot, 10.0)
    for slot in range(1000):
        ends.note(slot, 20.0 + slot)
    assert ends.dead(19.0) is None
    assert ends.dead(20.0) == 0


def test_what_never_ends_is_never_dead() -> None:
    ends = Ends()
    ends.note(0, inf)
    assert ends.dead(1e300) is None


def test_clear_forgets_all() -> None:
    ends = Ends()
    ends.note(40_000, 1.0)
    ends.clear()
    assert ends.dead(2.0) is None
    ends.note(3, 1.0)
    assert ends.dead(2.0) == 3
