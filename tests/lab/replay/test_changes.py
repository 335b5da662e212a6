# SPDX-License-Identifier: ISC
"""When data change: a Poisson process for each RRset, or what questions saw; the same whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from resolver.lab.replay.changes import ChangeLog, ChangesByRate, NoChanges, grown
from resolver.lab.traces.rows import UNKNOWN


def test_by_rate_the_next_change_is_exponentially_far() -> None:
    time = np.arange(50_000) * 1000.0  # so far apart that each question finds its own change
    wait = ChangesByRate(10.0, 1).next_after(time, np.zeros(len(time), np.int32)) - time
    assert wait.min() > 0
    assert wait.mean() == pytest.approx(10.0, rel=0.03)
    assert (wait > 10.0).mean() == pytest.approx(np.exp(-1), abs=0.01)


def test_a_change_stays_the_next_one_until_it_is_over() -> None:
    time = np.arange(1000) / 10
    found = ChangesByRate(20.0, 2).next_after(time, np.zeros(1000, np.int32))
    assert (found > time).all()
    later = found[1:] != found[:-1]
    assert 0 < later.sum() < 20
    assert (found[:-1][later] <= time[1:][later]).all()


def test_blocks_do_not_matter() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    time, rrset = np.sort(rng.random(2000)) * 100, rng.integers(0, 50, 2000).astype(np.int32)
    whole = ChangesByRate(10.0, 3).next_after(time, rrset)
    cut = ChangesByRate(10.0, 3)
    parts = [cut.next_after(time[a:b], rrset[a:b]) for a, b in ((0, 7), (7, 7), (7, 900), (900, 2000))]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_what_questions_saw() -> None:
    log = ChangeLog()
    data = np.array([5, 7, 5, 5, 6, UNKNOWN, 6, 7, 9])
    rrset = np.array([0, 1, 0, 0, 0, 0, 0, 1, 0], np.int32)
    time = np.arange(9.0)
    for part in (slice(0, 4), slice(4, 9)):
        log.note(time[part], rrset[part], data[part])
    changes = log.changes()
    found = np.concatenate(
        [changes.next_after(time[part], rrset[part]) for part in (slice(0, 4), slice(4, 9))]
    )
    never = np.inf
    assert found.tolist() == [4, never, 4, 4, 8, 8, 8, never, never]
    assert changes.next_after(np.array([1.0]), np.array([7], np.int32)).tolist() == [never]


def test_a_trace_that_shows_none() -> None:
    log = ChangeLog()
    log.note(np.zeros(2), np.zeros(2, np.int32), np.full(2, 5))
    changes = log.changes()
    assert isinstance(changes, NoChanges)
    assert changes.next_after(np.zeros(2), np.zeros(2, np.int32)).tolist() == [np.inf, np.inf]


def test_grown_keeps_what_was_there() -> None:
    array = np.arange(3)
    assert grown(array, 2, 9) is array
    assert grown(array, 4, 9).tolist() == [0, 1, 2, 9, 9, 9]
