# SPDX-License-Identifier: ISC
"""The lag of the loop: one long turn is an accident, several are overload (security.md section 8, row O16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from resolver.runtime import lag
from resolver.runtime.lag import EVERY_S, LagMeter


class HandTurned:
    """A loop and its clock in one: `ring` calls the timer that is set, so many seconds late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self._set: list[Callable[[], None]] = []
        self.cancelled = 0
        monkeypatch.setattr(lag, "ticks", lambda: self.now)

    def call_later(self, delay: float, ring: Callable[[], None]) -> HandTurned:
        assert delay == EVERY_S
        self._set.append(ring)
        return self

    def cancel(self) -> None:
        self.cancelled += 1

    def ring(self, late_s: float) -> None:
        self.now += EVERY_S + late_s
        self._set.pop()()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> HandTurned:
    return HandTurned(monkeypatch)


def meter(loop: HandTurned) -> LagMeter:
    made = LagMeter(cast(Any, loop))
    made.start()
    return made


def test_one_long_turn_is_no_pressure(loop: HandTurned) -> None:
    made = meter(loop)
    for late_s in (0.0, 0.0, 3.0, 0.0, 0.0):
        loop.ring(late_s)
        assert made.lag() < 1e-9
    assert made.histogram.counts[-1] == 1
    assert sum(made.histogram.counts) == 5


def test_the_least_of_the_last_four_turns_stands(loop: HandTurned) -> None:
    made = meter(loop)
    for late_s in (0.4, 0.3, 0.2):
        loop.ring(late_s)
        assert made.lag() == 0.0
    loop.ring(0.5)
    assert made.lag() == pytest.approx(0.2)
    loop.ring(0.5)
    loop.ring(0.0)
    assert made.lag() == pytest.approx(0.0)


def test_it_measures_no_more_once_stopped(loop: HandTurned) -> None:
    made = meter(loop)
    for _ in range(4):
        loop.ring(1.0)
    made.stop()
    made.stop()
    assert (made.lag(), loop.cancelled) == (0.0, 1)
