# SPDX-License-Identifier: ISC
"""The reference table holds, and would not if either side were wrong; states at the start are stationary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resolver.lab import models, reproduction
from resolver.lab.replay import step


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows over fewer names: a tenth of the questions, and theory for as many."""
    monkeypatch.setattr(reproduction, "NAMES", 2000)
    monkeypatch.setattr(reproduction, "RATE", 10.0)


@pytest.mark.usefixtures("few")
def test_every_row_holds() -> None:
    heard: list[str] = []
    rows = reproduction.reproduce(range(1, 7), heard.append)
    assert len(rows) == 32
    assert [row.what for row in rows if not row.passes] == []
    assert len(heard) == len(list(reproduction.runs()))


def test_a_row_that_is_off_is_told() -> None:
    row = reproduction.Row("hits", 0.592, 0.592, 0.5921, 0.0005, "")
    assert row.passes
    assert not replace(row, model=0.6).passes


def test_a_stationary_start_is_what_theory_says() -> None:
    rates, kept = np.full(200_000, 1 / 300), np.full(200_000, 300.0)
    kept[100_000:] = 0.0
    rng = np.random.Generator(np.random.PCG64(1))
    states = reproduction.stationary(rates, kept, np.full(200_000, 4, np.int32), 3600.0, rng)
    assert (states[:, step.HELD] == np.repeat([5.0, 0.0], 100_000)).all()
    states = states[:100_000]
    fresh_until = states[:, step.SINCE] + 300
    fresh, held = fresh_until > 0, fresh_until + 600 > 0
    assert fresh.mean() == pytest.approx(models.hit_ratio(rates[:1], 300)[0], abs=0.006)
    assert held.mean() == pytest.approx(models.stored_share(rates[:1], 300, 600)[0], abs=0.006)
    outdated = (states[fresh, step.CHANGES_AT] <= 0).mean()
    assert outdated == pytest.approx(models.outdated_share(300, 1 / 3600), abs=0.006)
