# SPDX-License-Identifier: ISC
"""What a sample says of all names: unbiased, as far off as it admits, and exact when it is all names."""

from __future__ import annotations

import random
from math import sqrt
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.service.shadows.estimates import Estimate, Ratio, added, estimate, grouped
from resolver.service.shadows.tallies import GROUPS, Judged, Sample, Tally

Names = list[tuple[bytes, int, int, int]]  # name, questions, hits of the policy in force, hits of another


def names(seed: int, count: int = 4000) -> Names:
    """Popular and rare names; the other policy hits a little less, most of all where few ask."""
    rng = random.Random(seed)
    made: Names = []
    for rank in range(count):
        questions = max(1, int(20_000 / (rank + 1) ** 0.9))
        hits = round(questions * (1 - 1 / (1 + questions * rng.uniform(0.02, 0.2))))
        made.append((b"\x05name%d\x00" % rank, questions, hits, round(hits * rng.uniform(0.85, 1.0))))
    return made


def sampled(
    all_names: Names, part: float, key: bytes
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    sample = Sample(part, key)
    both = [Judged(name, "", part, tuple(Tally() for _ in range(GROUPS))) for name in ("in force", "other")]
    for name, questions, *hits in all_names:
        group = sample.group(name)
        if group is not None:
            for judged, fresh in zip(both, hits, strict=True):
                judged.tallies[group].requests += questions
                judged.tallies[group].fresh += fresh
    return grouped(both[0]), grouped(both[1])


def truth(all_names: Names) -> tuple[float, float]:
    questions = sum(name[1] for name in all_names)
    return sum(name[2] for name in all_names) / questions, sum(name[3] for name in all_names) / questions


def estimates(all_names: Names, part: float, runs: int) -> list[Estimate]:
    really, _ = truth(all_names)
    found = []
    for run in range(runs):
        enforced, other = sampled(all_names, part, b"%d" % run)
        found.append(estimate(other, enforced, part=part, really=really))
    return found


def test_the_estimate_is_unbiased_and_as_far_off_as_it_says() -> None:
    all_names = names(1)
    _, other = truth(all_names)
    ratios = [found.hits for found in estimates(all_names, 0.25, 60)]
    values = [ratio.value for ratio in ratios if ratio.value is not None]
    errors = [ratio.error for ratio in ratios if ratio.error is not None]
    spread = pstdev(values)
    assert abs(fmean(values) - other) < 4 * spread / sqrt(len(values))
    assert 0.4 * spread < fmean(errors) < 2.5 * spread


def test_the_difference_to_what_really_was_is_known_better_than_either_side() -> None:
    all_names = names(2)
    by_difference = [found.hits.value for found in estimates(all_names, 0.25, 40)]
    plain = []
    for run in range(40):
        enforced, other = sampled(all_names, 0.25, b"%d" % run)
        plain.append(estimate(other, enforced, part=0.25, really=None).hits.value)
    assert pstdev(filter(None, by_difference)) < pstdev(filter(None, plain))


def test_all_names_leave_no_error() -> None:
    all_names = names(3, 500)
    enforced, other = sampled(all_names, 1.0, b"key")
    found = estimate(other, enforced, part=1.0, really=None)
    assert found.hits == Ratio(pytest.approx(truth(all_names)[1]), 0.0)


def test_nothing_asked_is_no_ratio() -> None:
    empty = grouped(Judged("bind", "shadow", 0.5, tuple(Tally() for _ in range(GROUPS))))
    found = estimate(empty, empty, part=0.5, really=None)
    assert found.hits == found.upstream == found.outdated == Ratio(None, None)
    assert (found.stale, found.late_seconds) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=GROUPS, max_size=GROUPS))
def test_two_processes_together_say_what_one_that_did_it_all_would(counts: list[tuple[int, int]]) -> None:
    several = [Judged("x", "shadow", 0.5, tuple(Tally() for _ in range(GROUPS))) for _ in range(3)]
    for group, pair in enumerate(counts):
        for judged, count in zip(several, pair, strict=False):
            for each in (judged, several[2]):
                each.tallies[group].requests += 2 * count
                each.tallies[group].fresh += count
    one, other, both = map(grouped, several)
    assert added(one, other) == both
