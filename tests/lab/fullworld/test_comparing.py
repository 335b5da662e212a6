# SPDX-License-Identifier: ISC
"""Policies side by side in the full world, reported as at cache level, with the same figures where both can tell."""

from __future__ import annotations

import pytest

from resolver.composition import ServerUnder
from resolver.lab.comparison.candidates import read_candidates
from resolver.lab.comparison.comparing import Experiment, compare
from resolver.lab.fullworld.comparing import compare_full
from resolver.lab.fullworld.hierarchy import Conditions
from resolver.lab.fullworld.replaying import Answered
from resolver.lab.replay.questions import World
from resolver.lab.replay.replaying import EmptyTrace

SPEC = "zipf:n=80,alpha=0.9,rate=2,duration=10m,ttl=mix,nxdomain=0.1"
BOTH = ("hit", "fresh", "negative", "stale", "upstream", "outdated", "outdated_s", "beyond", "prefetches")


def experiment(spec: str = SPEC, **more: object) -> Experiment:
    candidates = tuple(read_candidates(["rfc", "default:min=60"]))
    return Experiment(spec, candidates, World(change_s=300.0), (3,), **more)  # type: ignore[arg-type]


def test_the_figures_are_those_of_cache_level() -> None:
    full = compare_full(experiment(), Conditions(), ServerUnder)
    cache_level = compare(experiment())
    assert (full.questions, full.rrsets, full.about) == (
        cache_level.questions,
        cache_level.rrsets,
        cache_level.about,
    )
    for ours, theirs in zip(full.lines, cache_level.lines, strict=True):
        assert ours.label == theirs.label
        assert {key: ours.means[key] for key in BOTH} == pytest.approx(
            {key: theirs.means[key] for key in BOTH}
        )


def test_latency_is_measured_and_every_question_is_told() -> None:
    heard: list[tuple[str, Answered]] = []
    done: list[int] = []
    found = compare_full(
        experiment(),
        Conditions(latency_s=0.05),
        ServerUnder,
        done.append,
        lambda *question: heard.append(question),
    )
    assert [line.means["p99"] >= 0.05 for line in found.lines] == [True, True]
    assert [label for label, _ in heard] == [
        line.label for line in found.lines for _ in range(found.questions)
    ]
    assert done == sorted(done)
    assert done[-1] > found.questions


def test_a_trace_without_a_second_question_is_refused() -> None:
    with pytest.raises(EmptyTrace):
        compare_full(experiment(warm_up_s=3600.0), Conditions(), ServerUnder)
