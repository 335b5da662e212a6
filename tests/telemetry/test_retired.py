# SPDX-License-Identifier: ISC
"""Services that a reload replaced: what they counted never goes back, and they are not held for good."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolver.service.counters import ServiceCounters, Source
from resolver.service.shadows.tallies import Judged, Tally
from resolver.telemetry.collector import exposition
from resolver.telemetry.retired import Retired
from resolver.telemetry.sources import service_samples

LINGERS_S = 16.0


def service(part: float = 0.3) -> ServiceCounters:
    counters = ServiceCounters()
    counters.judged = (Judged("bind", "shadow", part, (Tally(),)),)
    return counters


def counted(retired: Retired, current: ServiceCounters, now: float) -> dict[str, float]:
    text = exposition([lambda: retired.samples(now), lambda: service_samples(current)]).decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_what_is_counted_late_counts_until_the_last_question_has_ended() -> None:
    retired, old, current = Retired(), service(), service()
    old.miss("cold")
    retired.add(old, LINGERS_S, 0.0)
    old.miss("cold")
    assert counted(retired, current, LINGERS_S - 1)['resolver_cache_misses_total{cause="cold"}'] == 2
    assert len(retired) == 1
    assert counted(retired, current, LINGERS_S)['resolver_cache_misses_total{cause="cold"}'] == 2
    assert len(retired) == 0


@given(
    st.lists(
        st.tuples(st.floats(0, 9), st.integers(1, 7), st.floats(0.001, 8), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_law_no_number_ever_goes_back_by_a_last_digit_even(
    story: list[tuple[float, int, float, bool]],
) -> None:
    retired, current, now, before = Retired(), service(), 0.0, dict[str, float]()
    for gap, requests, seconds, reloads in story:
        now += gap
        current.answered(0, Source.MISS, seconds)
        current.judged[0].tallies[0].requests += requests
        current.judged[0].tallies[0].outdated_seconds += seconds
        if reloads:
            retired.add(current, now + LINGERS_S, now)
            current = service(part=requests / 7)
        after = counted(retired, current, now)
        assert all(after[name] >= number for name, number in before.items())
        before = after
    final = counted(retired, current, now + LINGERS_S)
    assert (final, len(retired)) == (before, 0)
