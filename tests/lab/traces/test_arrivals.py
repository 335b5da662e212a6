# SPDX-License-Identifier: ISC
"""Arrivals: Poisson in time, shaped by the day, and from clients that are on."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.traces.arrivals import arrivals
from resolver.lab.traces.spec import read_spec


def drawn(text, seed=1):
    rng = np.random.Generator(np.random.PCG64(seed))
    parts = list(arrivals(read_spec(text), seed, rng))
    return [
        np.concatenate([getattr(part, field) for part in parts]) for field in ("time", "client", "attack")
    ]


def test_gaps_are_exponential():
    time, _, _ = drawn("zipf:rate=100,duration=2000")
    gaps = np.diff(time)
    assert len(time) == pytest.approx(200_000, rel=0.01)
    assert gaps.min() >= 0
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.02)
    assert np.mean(gaps > 0.01) == pytest.approx(np.exp(-1), abs=0.005)


def test_the_day_swings_about_its_mean():
    time, _, _ = drawn("zipf:rate=10,duration=1d,day=0.8,peak_at=20h")
    assert len(time) == pytest.approx(864_000, rel=0.01)
    hours = np.bincount((time / 3600).astype(int), minlength=24)
    assert hours.argmax() in (19, 20)
    assert hours.max() / 36_000 == pytest.approx(1.8, rel=0.03)
    assert hours.min() / 36_000 == pytest.approx(0.2, abs=0.03)


def test_clients_come_and_go_and_the_rate_stays():
    time, client, _ = drawn("zipf:rate=50,duration=6h,clients=20,on=0.25,session=10m")
    assert len(time) == pytest.approx(50 * 21600, rel=0.15)
    busy = np.histogram2d(client, time, bins=(20, 144), range=((0, 20), (0, 21600)))[0]
    assert np.mean(busy == 0) > 0.4  # in most stretches of 150 s a client is silent throughout
    assert set(client.tolist()) == set(range(20))


def test_an_attack_comes_on_top_and_only_in_its_time():
    time, _, attack = drawn("zipf:rate=10,duration=1000,attack_rate=90,attack_at=200,attack_for=100")
    assert attack.sum() == pytest.approx(9000, rel=0.05)
    assert (~attack).sum() == pytest.approx(10_000, rel=0.05)
    assert time[attack].min() >= 200
    assert time[attack].max() < 300
