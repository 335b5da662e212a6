# SPDX-License-Identifier: ISC
"""Every figure has its head, its meaning and a way to be shown, whatever its value."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from resolver.lab.comparison.figures import FIGURES, figures
from resolver.lab.comparison.latency import LatencyModel
from resolver.lab.replay.outcome import OUTCOMES, QUERIED, Kind
from resolver.lab.replay.replaying import Arm
from resolver.lab.replay.results import Tally
from resolver.lab.replay.step import SUMS
from resolver.policy import Policy


@pytest.mark.parametrize("key", FIGURES)
def test_it_is_headed_explained_and_shown(key: str) -> None:
    figure = FIGURES[key]
    assert figure.head.isprintable()
    assert figure.about
    assert [figure.show(value) for value in (0.0, 0.004, 0.5, 1.0, 20.0)]


def test_shares_are_shown_as_a_person_reads_them() -> None:
    show = FIGURES["hit"].show
    assert [show(value) for value in (0.0, 1.0, 0.5, 0.0012, nan)] == ["0", "100%", "50.0%", "0.12%", "-"]


def test_figures_of_a_replay() -> None:
    counts = np.zeros(OUTCOMES, np.int64)
    counts[Kind.FRESH], counts[Kind.ANSWERED | QUERIED] = 60, 40
    found = figures(Tally(counts, np.zeros(SUMS), 0, 10.0, 5), Arm(Policy()), LatencyModel())
    assert found["hit"] == found["fresh"] == 0.6
    assert found["upstream"] == 4.0
    assert found["mean"] == pytest.approx(0.4 * 0.130)
    assert found["p50"] == 0.0 < found["p95"] < found["p99"]
