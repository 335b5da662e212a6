# SPDX-License-Identifier: ISC
"""Theory, from the running server: hit ratios λT/(1 + λT) at one question in 300 s, its clock scripted.

A question is a hit when no query reached a server for it. A cycle of one miss and Poisson(λT) hits makes the number of
misses in N questions a renewal count with variance N·λT/(1 + λT)³; both ends of the trace cut a cycle.
"""

from __future__ import annotations

import random
from math import sqrt
from pathlib import Path

import pytest

from resolver.lab import models
from resolver.lab.fullworld.questions import Asked
from resolver.lab.replay.outcome import HITS, KIND_BITS
from resolver.lab.replay.reference import Question, ReferenceReplay
from resolver.policy.presets import load_policy
from tests.lab.fullworld.traces import ask
from tests.loopback.live_world import LiveWorld

RATE = 1 / 300
QUESTIONS = 2500  # for each TTL
EXPECTED = {60: 0.167, 300: 0.5, 3600: 0.923, 86400: 0.9965}
SIGMAS = 3.0


def poisson_questions() -> list[Asked]:
    """One name for each TTL, each asked by a Poisson process of its own; all in order of time."""
    rng = random.Random(1)
    questions = []
    for ttl in EXPECTED:
        time = 0.0
        for _ in range(QUESTIONS):
            time += rng.expovariate(RATE)
            questions.append(ask(time, f"t{ttl}.ratios.lab.", ttl=ttl))
    return sorted(questions, key=lambda question: question.time)


def test_four_hit_ratios_come_out_of_the_live_server(tmp_path: Path) -> None:
    questions = poisson_questions()
    hits = dict.fromkeys(EXPECTED, 0)
    with LiveWorld(tmp_path, '[policy]\nname = "rfc"\n') as live:
        for question, heard in zip(questions, live.ask(questions), strict=True):
            hits[question.said.published] += not heard.queries
    for ttl, published in EXPECTED.items():
        model = float(models.hit_ratio(RATE, ttl))
        assert model == pytest.approx(published, abs=5e-4)
        expected = RATE * ttl
        half_width = SIGMAS * sqrt(expected / (1 + expected) ** 3 / QUESTIONS) + 1 / QUESTIONS
        assert hits[ttl] / QUESTIONS == pytest.approx(model, abs=half_width), ttl
    assert hits == at_cache_level(questions)


def at_cache_level(questions: list[Asked]) -> dict[int, int]:
    reference = ReferenceReplay(load_policy("rfc"))
    hits = dict.fromkeys(EXPECTED, 0)
    for asked in questions:
        outcome = reference.answer(
            Question(asked.time, asked.rrset, asked.said, asked.changes_at, down=False)
        )
        hits[asked.said.published] += outcome & KIND_BITS in HITS
    return hits
