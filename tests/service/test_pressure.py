# SPDX-License-Identifier: ISC
"""Under pressure the most expensive work goes first, and what the cache holds is answered to the last."""

from __future__ import annotations

import pytest

from resolver.events import LimitHit
from resolver.wire import Rcode, from_text
from tests.service.fakes import Scene, ask, positive, read

KEPT, OLD, NEW = "kept.example.com", "old.example.com", "new.example.com"


def scene(lag: float) -> Scene:
    """KEPT is in the last tenth of its life, OLD is stale, NEW unknown; the engine would find each. We are so late."""
    made = Scene()
    for name in (KEPT, OLD, NEW):
        made.knows(name, positive(name, ttl=100))
    made.response(OLD)
    made.world.advance(15)
    made.response(KEPT)
    made.world.advance(95)
    made.engine.asked.clear()
    made.told.clear()
    made.service.flights.pressure._lag = lambda: lag
    return made


@pytest.mark.parametrize(
    ("lag", "begun", "limits"),
    [
        (0.0, {KEPT, OLD, NEW}, set()),
        (0.2, {OLD, NEW}, {"admission.lag"}),
        (0.6, set(), {"admission.lag", "admission.lag_most"}),
    ],
)
def test_prefetches_go_first_then_resolutions_and_hits_never(
    lag: float, begun: set[str], limits: set[str]
) -> None:
    made = scene(lag)
    assert read(made.at_once(ask(KEPT))).answer[0].ttl == 5  # a hit, whatever goes on
    assert made.response(OLD).rcode == Rcode.NOERROR  # fresh or stale
    assert made.response(NEW).rcode == (Rcode.NOERROR if lag < 0.5 else Rcode.SERVFAIL)
    assert {name for name, _, _ in made.engine.asked} == {from_text(name) for name in begun}
    assert {event.limit for event in made.told if isinstance(event, LimitHit)} == limits
    made.assert_empty()


def test_what_was_refused_under_pressure_is_asked_for_as_soon_as_it_is_over() -> None:
    made = scene(0.6)
    assert made.response(NEW).rcode == Rcode.SERVFAIL
    made.service.flights.pressure._lag = lambda: 0.0
    assert made.response(NEW).rcode == Rcode.NOERROR
